import { checkLvm2 } from "../core/lvm2/check.ts";
import { findLvm2Vg } from "../core/lvm2/find.ts";
import { readLvm2Vg } from "../core/lvm2/read.ts";
import type { Parameters } from "../core/port/parameters.ts";
import { checkDocument } from "../schema/index.ts";
import { applet, verb } from "./applet.ts";
import { passed } from "./passed.ts";

const vg = { summary: "Name of the VG, or its id as LVM2 or dvm has it" } as const;
const where = {
  devices: {
    summary: "Look at these devices, directories and globs instead of what the config says",
    many: true,
    alias: "d",
    placeholder: "PATH",
  },
} as const satisfies Parameters;

export const lvm2 = applet({
  name: "lvm2",
  summary: "Read volume groups of LVM2, without LVM2; nothing is ever written",
  verbs: [
    verb({
      name: "find",
      summary: "Give the discovery document of a VG of LVM2",
      operands: { vg: { ...vg, required: true } },
      options: where,
      output: "discovery",
      run: (sys, { operands, options }) => findLvm2Vg(sys, { ...operands, ...options }),
    }),
    verb({
      name: "read",
      summary: "Give the metadata of a VG of LVM2 as dvm's, marked foreign",
      description:
        "Ids follow from LVM2's, which stand beside them. What dvm has no type for is there as lvm2:TYPE, " +
        "with the extents that it uses.",
      operands: { vg: { ...vg, required: true } },
      options: {
        "system-id": {
          summary: "A system id of this machine, instead of what LVM2's configuration says",
          many: true,
          placeholder: "ID",
        },
        ...where,
      },
      output: "metadata",
      async run(sys, { operands, options }) {
        const { devices, "system-id": systemIds } = options;
        const metadata = await readLvm2Vg(sys, { ...operands, devices, systemIds });
        const text = Buffer.from(`${JSON.stringify(metadata)}\n`);
        checkDocument("metadata", metadata, "that was made");
        passed("metadata", text, metadata);
        return text;
      },
    }),
    verb({
      name: "check",
      summary: "Look at every copy of LVM2's metadata, and say what is wrong with it",
      description:
        "Labels, metadata areas, and the texts in them, with their checksums and numbers. Ends with 6 when " +
        "something is damaged, with 3 when something is missing or out of date.",
      operands: { vg: { summary: "Only this VG: its name, or id" } },
      options: where,
      output: "lvm2-check",
      run: (sys, { operands, options }) => checkLvm2(sys, { ...operands, ...options }),
    }),
  ],
});
