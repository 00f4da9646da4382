import { checkLvm2 } from "../core/lvm2/check.ts";
import { unlabelVg } from "../core/lvm2/convert/unlabel.ts";
import { findOwn, readOwn, seal, unseal } from "../core/lvm2/convert/verbs.ts";
import { writeVg } from "../core/lvm2/convert/write-vg.ts";
import { findLvm2Vg } from "../core/lvm2/find.ts";
import { readLvm2Vg } from "../core/lvm2/read.ts";
import { refreshLvm2 } from "../core/lvm2/refresh.ts";
import type { Parameters } from "../core/port/parameters.ts";
import { serialise } from "../core/volume/serialise.ts";
import { checkDocument } from "../schema/index.ts";
import { applet, verb } from "./applet.ts";
import { passed } from "./passed.ts";

const vg = { summary: "Name of the VG, or its id as LVM2 or dvm has it" } as const;
const own = {
  own: { summary: "As it is once dvm adopt has made it dvm's, with dvm's own ids", type: "flag" },
} as const satisfies Parameters;
const ofDvm = {
  discovery: {
    summary: "The VG as dvm has it",
    document: "discovery",
    required: true,
    placeholder: "FILE",
  },
} as const satisfies Parameters;
const where = {
  devices: {
    summary: "Look at these devices, directories and globs instead of what the config says",
    many: true,
    alias: "d",
    placeholder: "PATH",
  },
} as const satisfies Parameters;
const decider = {
  decider: { summary: "Id of the device that decides whose the VG is", required: true, placeholder: "ID" },
} as const satisfies Parameters;

export const lvm2 = applet({
  name: "lvm2",
  summary: "Read volume groups of LVM2, without LVM2, and make them dvm's and LVM2's again",
  verbs: [
    verb({
      name: "find",
      summary: "Give the discovery document of a VG of LVM2",
      description: "With --own it is refused where the VG cannot be adopted, with every reason.",
      operands: { vg: { ...vg, required: true } },
      options: { ...own, ...where },
      output: "discovery",
      run: (sys, { operands, options }) =>
        (options.own ? findOwn : findLvm2Vg)(sys, { ...operands, ...options }),
    }),
    verb({
      name: "read",
      summary: "Give the metadata of a VG of LVM2 as dvm's, marked foreign",
      description:
        "Ids follow from LVM2's, which stand beside them. What dvm has no type for is there as lvm2:TYPE, " +
        "with the extents that it uses.",
      operands: { vg: { ...vg, required: true } },
      options: {
        ...own,
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
        if (options.own) return serialise(await readOwn(sys, { ...operands, devices }));
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
    verb({
      name: "seal",
      summary: "Write the metadata of a VG once more, clear of where dvm's label goes; dvm adopt uses it",
      description:
        "The VG stays LVM2's, and one metadata area of it counts: see docs/lvm2.md for what follows. Done " +
        "again, it " +
        "writes nothing.",
      operands: { vg: { ...vg, required: true } },
      options: where,
      output: "none",
      run: (sys, { operands, options }) => seal(sys, { ...operands, ...options }),
    }),
    verb({
      name: "unseal",
      summary: "Let all metadata areas of a VG count again that did before it was sealed",
      operands: { vg: { ...vg, required: true } },
      options: where,
      output: "none",
      run: (sys, { operands, options }) => unseal(sys, { ...operands, ...options }),
    }),
    verb({
      name: "refresh",
      summary: "Have LVM2 look anew at devices of a VG that has changed hands; dvm adopt and release use it",
      description: "Warns of a PV that LVM2's devices file does not have.",
      operands: { device: { summary: "Path of a device", required: true, many: true } },
      options: {},
      output: "none",
      run: (sys, { operands }) => refreshLvm2(sys, operands.device),
    }),
    verb({
      name: "unlabel",
      summary: "Take LVM2's labels off the devices of a VG that dvm has; dvm adopt uses it",
      description: "The first one that goes is what makes the VG dvm's.",
      options: { ...ofDvm, ...decider },
      output: "none",
      run: (sys, { options }) => unlabelVg(sys, options.discovery, options.decider),
    }),
    verb({
      name: "write",
      summary: "Write LVM2's metadata of a VG of dvm, step by step; dvm release uses it",
      description:
        "texts: the text, where nothing leads to it yet; gives the SHA-256 of what is going to stand at " +
        "byte 4096 of " +
        "the device that decides. headers: what leads to it, over the first copy of dvm's label. labels: " +
        "LVM2's " +
        "labels, that of the device that decides last, which makes the VG LVM2's. check: only refuse.",
      stdin: "metadata",
      operands: { step: { summary: "check, texts, headers or labels", required: true, placeholder: "STEP" } },
      options: {
        ...ofDvm,
        ...decider,
        live: {
          summary: "What is live of the VG: refused where the text would not have it so",
          document: "dm-state",
          placeholder: "FILE",
        },
      },
      output: "text",
      run: async (sys, { operands, options, stdin }) => {
        const { discovery, decider: id, live } = options;
        return writeVg(sys, { step: operands.step, discovery, metadata: stdin, decider: id, live });
      },
    }),
  ],
});
