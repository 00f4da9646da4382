/** LV contents, without a kernel's help. */
import { formatSize } from "../../core/base/units.ts";
import type { Sys } from "../../core/port/sys.ts";
import type { ContentsOptions } from "../../core/umbrella/contents.ts";
import { verb } from "../applet.ts";
import { where } from "./common.ts";

const lv = { summary: "The LV", required: true, placeholder: "VG/LV" } as const;

export const exportVerb = verb({
  name: "export",
  summary: "Read an LV's content without a kernel's help, to a file or - for stdout",
  operands: { lv, file: { summary: "A file, or -", required: true, placeholder: "DEST" } },
  options: where,
  output: "none",
  run: (sys, { operands, options }) => copied(sys, "exportLv", { ...operands, ...options }),
});

export const importVerb = verb({
  name: "import",
  summary: "Write a file, or - for stdin, over an LV's content without a kernel's help",
  operands: { lv, file: { summary: "A file, or -", required: true, placeholder: "SOURCE" } },
  options: where,
  output: "none",
  run: (sys, { operands, options }) => copied(sys, "importLv", { ...operands, ...options }),
});

async function copied(sys: Sys, direction: "exportLv" | "importLv", options: ContentsOptions): Promise<void> {
  const bytes = await (await import("../../core/umbrella/contents.ts"))[direction](sys, options);
  sys.terminal.info(`${options.lv}: ${formatSize(bytes / 512)} copied`);
}
