/** What would be, without touching anything. */
import type { WhatIf, WhatIfLv } from "../../schema/index.ts";
import { verb } from "../applet.ts";
import { vg, where } from "./common.ts";

export const whatIf = verb({
  name: "what-if",
  summary: "Tell what would become of LVs without some devices, or with more",
  description:
    "Changes nothing. For each LV: whole, degraded or lost, now and then; where what it has on the devices " +
    "that are lost could be moved beforehand; and the smallest sets of devices whose loss loses something, " +
    "of up to three devices as far as there are not too many.",
  examples: [
    "dvm what-if vg0 lose /dev/sdb",
    "dvm what-if vg0 lose /dev/sdb /dev/sdc --json",
    "dvm what-if vg0 add /dev/sde",
  ],
  operands: {
    vg,
    what: { summary: "lose or add", required: true, choices: ["lose", "add"] },
    named: { summary: "Paths or ids of devices", required: true, many: true, placeholder: "DEVICE" },
  },
  options: {
    json: { summary: "Give a document (what-if) instead of text", type: "flag" },
    ...where,
  },
  output: "what-if",
  run: async (sys, { operands, options: { json, devices } }) => {
    const { whatIf: answer } = await import("../../core/dvm/what-if/what-if.ts");
    const told = await answer(sys, { ...operands, devices });
    return json ? told : Buffer.from(inWords(told));
  },
});

function inWords({ vg: { name }, lvs, sets, triedUpTo, freeNow, freeThen }: WhatIf): string {
  const some = triedUpTo === 1 ? "one device" : `up to ${triedUpTo} devices`;
  const lines = [
    ...lvs.map(lvLine),
    ...sets.map((set) => `the loss of ${set.join(" and ")} loses data`),
    ...(sets.length === 0 ? [`the loss of ${some} loses nothing`] : []),
    `VG ${name}: ${freeThen} extents free, ${freeNow} now`,
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function lvLine({ name, now, after, to, stays }: WhatIfLv): string {
  const places = to?.map(({ device, extents }) => `${extents} extents to ${device}`).join(", ");
  const more = places
    ? `; could be moved before: ${places}`
    : stays
      ? `; cannot be moved before: ${stays}`
      : "";
  return `${after.padEnd(8)} ${name}${now === after ? "" : ` (${now} now)`}${more}`;
}
