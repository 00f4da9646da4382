/** Whether copies and parity are what they should be. */
import { DvmError } from "../../core/base/error.ts";
import type { Scrubbed } from "../../schema/index.ts";
import { verb } from "../applet.ts";
import { where } from "./common.ts";

export const scrub = verb({
  name: "scrub",
  summary: "Compare the copies of an LV, or its data and parity, and say where they do not agree",
  description:
    "It reads all legs, live or not, and what does not agree a second time; ends with 3 when something " +
    "does not. --repair has a leg rebuilt from the others, of a live LV: the one that --leg says is wrong, " +
    "those that differ from the copy that --from says is right, or of raid6 the one that its two parities " +
    "tell. Otherwise nobody can tell which is right, and nothing is changed. An array of parity that no " +
    "kernel has brought in sync yet does not agree where nothing was written.",
  examples: [
    "dvm scrub vg0/home",
    "dvm scrub vg0/home --repair --leg 1",
    "dvm scrub vg0/home --repair --from 0",
  ],
  operands: { lv: { summary: "The LV", required: true, placeholder: "VG/LV" } },
  options: {
    repair: { summary: "Rebuild the legs that are wrong", type: "flag" },
    from: {
      summary: "The copy that is right, by the number of its leg",
      type: "count",
      requires: ["repair"],
      placeholder: "LEG",
    },
    leg: {
      summary: "The leg that is wrong, by its number",
      type: "count",
      requires: ["repair"],
      placeholder: "LEG",
    },
    json: { summary: "Give a document (scrubbed) instead of text", type: "flag" },
    ...where,
  },
  groups: [{ give: "at-most-one", of: ["from", "leg"] }],
  output: "scrubbed",
  run: async (sys, { operands, options: { json, ...options } }) => {
    const { scrubLv } = await import("../../core/dvm/scrub.ts");
    const done = await scrubLv(sys, { ...operands, ...options });
    const output = json ? done : Buffer.from(told(done));
    const { mismatches, rebuilt, vg, lv } = done;
    if (mismatches.length === 0 || rebuilt.length > 0) return output;
    throw new DvmError("INCOMPLETE", `not all legs of ${vg}/${lv} agree`, { output });
  },
});

function told({ lv, mismatches, rebuilt }: Scrubbed): string {
  const lines = mismatches.map(({ start, length, blocks, legs, wrong }) => {
    const where = length === 1 ? `extent ${start}` : `extents ${start} to ${start + length - 1}`;
    const who = wrong === null ? `legs ${legs.join(", ")} do not agree` : `leg ${wrong} is wrong`;
    return `LV ${lv}: ${where}: ${who} in ${blocks} place${blocks === 1 ? "" : "s"} of 4 KiB`;
  });
  if (mismatches.length === 0) lines.push(`LV ${lv}: all legs agree`);
  if (rebuilt.length > 0) lines.push(`LV ${lv}: leg ${rebuilt.join(", ")} is rebuilt from the others`);
  return lines.map((line) => `${line}\n`).join("");
}
