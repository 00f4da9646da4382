/** LV contents, without a kernel's help. */
import { formatSize } from "../../core/base/units.ts";
import type { Sys } from "../../core/port/sys.ts";
import { verb } from "../applet.ts";
import { where } from "./common.ts";

const lv = { summary: "The LV", required: true, placeholder: "VG/LV" } as const;

export const exportVerb = verb({
  name: "export",
  summary:
    "Read an LV's content without a kernel's help, to a file, a disk that nothing uses, or - for stdout",
  examples: ["dvm export vg0/root root.image", "dvm export vg0/root /dev/sdf --force"],
  operands: { lv, file: { summary: "A file, a disk, or -", required: true, placeholder: "DEST" } },
  options: { force: { summary: "Over what is on the disk, or over a disk's image", type: "flag" }, ...where },
  output: "none",
  run: async (sys, { operands, options: { force, devices } }) => {
    const { exportLv } = await import("../../core/dvm/contents.ts");
    const { openDestination } = await import("../../core/discover/destination.ts");
    const scanned = devices.length > 0 ? devices : (sys.config.discover?.scan ?? []);
    const bytes = await exportLv(sys, { ...operands, devices }, ({ size, from: { vg, devices } }) =>
      openDestination(sys, {
        path: operands.file,
        size,
        force,
        vg,
        sources: devices.map(({ path }) => path),
        scanned,
      }),
    );
    tellCopied(sys, operands.lv, bytes);
  },
});

export const importVerb = verb({
  name: "import",
  summary: "Write a file, or - for stdin, over an LV's content without a kernel's help",
  examples: ["dvm import vg0/root root.image", "dvm import vg0/swap - < root.image"],
  operands: { lv, file: { summary: "A file, or -", required: true, placeholder: "SOURCE" } },
  options: where,
  output: "none",
  run: async (sys, { operands, options }) => {
    const { importLv } = await import("../../core/dvm/contents.ts");
    tellCopied(sys, operands.lv, await importLv(sys, { ...operands, ...options }));
  },
});

const tellCopied = (sys: Sys, lv: string, bytes: number): void =>
  sys.terminal.info(`${lv}: ${formatSize(bytes / 512)} copied`);
