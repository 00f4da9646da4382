import { addDevices } from "../core/discover/add.ts";
import { clearDevices, convertDevices } from "../core/discover/convert.ts";
import { findDevices } from "../core/discover/find.ts";
import { importClone } from "../core/discover/import-clone.ts";
import { listDevices } from "../core/discover/list.ts";
import { parseRange } from "../core/discover/parse-range.ts";
import { relabelDevices } from "../core/discover/relabel.ts";
import { removeDevices } from "../core/discover/remove.ts";
import { resizeDevice } from "../core/discover/resize.ts";
import { LABELS_LOCK } from "../core/port/locks.ts";
import type { Parameters } from "../core/port/parameters.ts";
import type { Sys } from "../core/port/sys.ts";
import { applet, verb } from "./applet.ts";

/** 16 MiB, in sectors. */
const DEFAULT_REGION = 32768;

const vg = { summary: "Name or id of the VG", required: true } as const;
const where = {
  devices: {
    summary: "Look at these devices, directories and globs instead of what the config says",
    many: true,
    alias: "d",
    placeholder: "PATH",
  },
} as const satisfies Parameters;
const which = {
  "vg-id": { summary: "Choose between VGs of one name", placeholder: "ID" },
  ...where,
} as const satisfies Parameters;
const said = {
  generation: { summary: "What the labels say of the VG's generation", type: "count", placeholder: "N" },
  members: { summary: "What they say of the number of its devices", type: "count", placeholder: "N" },
} as const satisfies Parameters;

export const discover = applet({
  name: "discover",
  summary: "Find the devices of a VG by their labels, and label devices",
  verbs: [
    verb({
      name: "list",
      summary: "Show every labelled device",
      options: { all: { summary: "Show every device, and why it is not used", type: "flag" }, ...where },
      output: "discover-list",
      run: (sys, { options }) => listDevices(sys, options),
    }),
    verb({
      name: "find",
      summary: "Give the discovery document of a VG",
      operands: { vg },
      options: which,
      output: "discovery",
      run: (sys, { operands, options }) =>
        findDevices(sys, { ...operands, ...options, vgId: options["vg-id"] }),
    }),
    verb({
      name: "add",
      summary: "Label devices as members of a VG",
      description:
        "Regions are sizes or sectors, as in 1M:16M or 2048:32768. Regions and data of the device stay " +
        "as they are until dvm resize-pv. With --generation and --members left out, each call counts one " +
        "change and the devices that it adds.",
      operands: {
        vg: { summary: "Name (or id, without --new) of the VG", required: true },
        device: { summary: "The device", required: true },
        regions: { summary: "Regions of the device", many: true, placeholder: "OFFSET:LENGTH" },
      },
      options: {
        new: { summary: "The VG does not exist yet", type: "flag" },
        force: { summary: "Wipe the signatures of others", type: "flag" },
        with: {
          summary: "Label this device in the same way, all or none",
          many: true,
          placeholder: "DEVICE",
        },
        regions: { summary: "Place N regions: first, last, second, …", type: "count", placeholder: "N" },
        "regions-on": { summary: "On the first N devices, not on all", type: "count", placeholder: "N" },
        "region-size": { summary: "How long those are (default 16M)", type: "size", placeholder: "SIZE" },
        data: { summary: "Exactly this data area, as a lost label had it", placeholder: "OFFSET:LENGTH" },
        id: { summary: "The device's id, as a lost label had it; one for each device", many: true },
        "dry-run": { summary: "Give what would be labelled and how; change nothing", type: "flag" },
        ...said,
        ...which,
      },
      output: "discover-change",
      run: (sys, { operands, options }) => {
        const { regions: count = 0, "region-size": length = DEFAULT_REGION, data } = options;
        const given = operands.regions.map((text) => parseRange(text, "region"));
        const layout = {
          ...(given.length > 0 ? { regions: given } : { place: { count, length } }),
          ...(data === undefined ? {} : { data: parseRange(data, "data area") }),
        };
        return whileLabelling(sys, options["dry-run"], () =>
          addDevices(sys, {
            ...options,
            vg: operands.vg,
            vgId: options["vg-id"],
            ids: options.id,
            dryRun: options["dry-run"],
            paths: [operands.device, ...options.with],
            regionsOn: options["regions-on"],
            isNew: options.new,
            layout,
          }),
        );
      },
    }),
    verb({
      name: "rm",
      summary: "Wipe the labels of devices; their regions and data stay",
      operands: { vg, device: { summary: "Path or id of the device", required: true } },
      options: {
        with: { summary: "Wipe the label of this device too", many: true, placeholder: "DEVICE" },
        "dry-run": { summary: "Refuse what would be refused; change nothing", type: "flag" },
        ...which,
      },
      output: "discover-change",
      run: (sys, { operands, options }) =>
        removeDevices(sys, {
          vg: operands.vg,
          vgId: options["vg-id"],
          members: [operands.device, ...options.with],
          dryRun: options["dry-run"],
          devices: options.devices,
        }),
    }),
    verb({
      name: "relabel",
      summary: "Bring the labels of a VG up to date and mend damaged copies",
      operands: { vg: { summary: "Name or id of the VG" } },
      options: {
        discovery: {
          summary: "Exactly the devices of this document",
          document: "discovery",
          placeholder: "FILE",
        },
        name: { summary: "The VG's new name" },
        ...said,
        converted: {
          summary: "The VG has come from LVM2: the labels stop saying that it does",
          type: "flag",
        },
        only: { summary: "Only the labels of these devices", many: true, placeholder: "ID" },
        ...which,
      },
      groups: [{ give: "some", of: ["vg", "discovery"] }],
      output: "discover-change",
      run: (sys, { operands, options }) =>
        relabelDevices(sys, { ...operands, ...options, vgId: options["vg-id"] }),
    }),
    verb({
      name: "resize",
      summary: "Divide a device anew that has, or shall have, another size; tm resize uses it",
      description:
        "Regions behind the data go to the new end, and the data reaches as far as they leave room. What " +
        "is in them has to be there before: tm resize brings it.",
      operands: { vg, device: { summary: "Path or id of the device", required: true } },
      options: {
        size: { summary: "Its size (default as it is now)", type: "size", placeholder: "SIZE" },
        "dry-run": { summary: "Give how it would be divided; change nothing", type: "flag" },
        ...which,
      },
      output: "discover-change",
      run: (sys, { operands, options }) =>
        resizeDevice(sys, {
          ...operands,
          ...options,
          vgId: options["vg-id"],
          dryRun: options["dry-run"],
        }),
    }),
    verb({
      name: "convert",
      summary:
        "Write labels that say that a VG changes hands between LVM2 and dvm; dvm adopt and release use it",
      description:
        "Only the second copy of each label is written, beside what LVM2 has there. Whose the VG is stays " +
        "as it " +
        "was.",
      options: {
        discovery: {
          summary: "The VG as dvm has it: exactly its devices get labels",
          document: "discovery",
          required: true,
          placeholder: "FILE",
        },
        decider: {
          summary: "Id of the device that decides whose the VG is",
          required: true,
          placeholder: "ID",
        },
        head: {
          summary: "SHA-256 of what LVM2 is going to have on it at byte 4096 (default: of what it has)",
          placeholder: "HEX",
        },
        "dry-run": { summary: "Refuse what would be refused; change nothing", type: "flag" },
      },
      output: "none",
      run: (sys, { options }) =>
        whileLabelling(sys, options["dry-run"], () =>
          convertDevices(sys, { ...options, dryRun: options["dry-run"] }),
        ),
    }),
    verb({
      name: "clear",
      summary: "Take off devices of LVM2 what labels a broken-off dvm adopt or release has left",
      operands: { device: { summary: "The devices", required: true, many: true } },
      output: "text",
      run: async (sys, { operands }) => {
        const cleared = await whileLabelling(sys, false, () => clearDevices(sys, operands.device));
        return cleared.map((path) => `${path}\n`).join("");
      },
    }),
    verb({
      name: "import-clone",
      summary: "Give a copied set of devices new ids, for use beside the original",
      description:
        "Name every device of the copy. It changes labels only; the ids are derived from the old ones, " +
        "so that the same call finishes what was interrupted.",
      operands: {
        vg: { summary: "Name or id of the VG that was copied", required: true },
        device: { summary: "The devices of the copy", required: true, many: true },
      },
      options: {
        name: { summary: "The copy's name (default: the original's with a number)" },
        ...which,
      },
      output: "discover-change",
      run: (sys, { operands, options }) =>
        importClone(sys, { ...options, vg: operands.vg, paths: operands.device, vgId: options["vg-id"] }),
    }),
  ],
});

/** One at a time, unless nothing is written. */
async function whileLabelling<T>(sys: Sys, dryRun: boolean, work: () => Promise<T>): Promise<T> {
  if (dryRun) return work();
  const lock = await sys.locks.acquire(LABELS_LOCK, "exclusive", sys.config.tm?.lockTimeoutMs ?? 10_000);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
