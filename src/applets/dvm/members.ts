/** Which devices a VG has. */
import { parseSize } from "../../core/base/units.ts";
import { importClone } from "../../core/dvm/import-clone.ts";
import { initVg } from "../../core/dvm/init.ts";
import { expandVg, reduceVg } from "../../core/dvm/members.ts";
import { verb } from "../applet.ts";
import { asJson, dryRun, tellingWhatWasDone, told, vg, where } from "./common.ts";

const force = { summary: "Wipe what is on the devices", type: "flag" } as const;

export const init = verb({
  name: "init",
  summary: "Make a VG of devices: label them, format their regions, write the first metadata",
  description:
    "Every device gets two regions for the metadata while the VG has fewer than four devices, else the " +
    "first sixteen get one each.",
  examples: [
    "dvm init vg1 /dev/sde /dev/sdf",
    "dvm init vg1 /dev/sde --extent-size 1M",
    "dvm init vg1 /dev/sde /dev/sdf --force --dry-run",
  ],
  operands: {
    vg: { summary: "The new VG's name", required: true },
    devices: { summary: "Block devices or image files", required: true, many: true, placeholder: "DEVICE" },
  },
  options: {
    regions: { summary: "How many devices get one region each: a number, or all", placeholder: "N" },
    "region-size": { summary: "Size of each region (default 16M)", type: "size", placeholder: "SIZE" },
    "extent-size": { summary: "Size of an extent (default 4M)", type: "size", placeholder: "SIZE" },
    force,
    ...dryRun,
  },
  output: "text",
  run: async (sys, { operands, options }) => {
    const made = await initVg(sys, {
      ...operands,
      regions: options.regions,
      regionSize: options["region-size"] ?? parseSize("16M"),
      extentSize: options["extent-size"] ?? parseSize("4M"),
      force: options.force,
      dryRun: options["dry-run"],
    });
    return options["dry-run"] ? asJson(made) : `${made.summary}\n`;
  },
});

export const expand = verb({
  name: "expand",
  summary: "Add devices to a VG, in one transaction",
  examples: [
    "dvm expand vg0 /dev/sde",
    "dvm expand vg0 /dev/sde /dev/sdf --tag fast",
    "dvm expand vg0 /dev/sdf --force --dry-run",
  ],
  operands: {
    vg,
    added: { summary: "Block devices or image files", required: true, many: true, placeholder: "DEVICE" },
  },
  options: {
    regions: {
      summary: "Regions on each device (default 1, while fewer than 16 devices have any)",
      type: "count",
      placeholder: "N",
    },
    "region-size": {
      summary: "Size of each region (default as the VG's shortest)",
      type: "size",
      placeholder: "SIZE",
    },
    tag: { summary: "Tag of the new PVs", many: true },
    force,
    ...where,
    ...dryRun,
  },
  output: "text",
  run: async (sys, { operands, options }) => {
    const done = await tellingWhatWasDone(() =>
      expandVg(sys, {
        ...operands,
        devices: options.devices,
        regions: options.regions,
        regionSize: options["region-size"],
        force: options.force,
        tags: options.tag,
        dryRun: options["dry-run"],
      }),
    );
    return told(done, options["dry-run"]);
  },
});

export const reduce = verb({
  name: "reduce",
  summary: "Take devices that no LV uses out of a VG, in one transaction",
  examples: ["dvm reduce vg0 /dev/sdd", "dvm reduce vg0 /dev/sdd --dry-run"],
  operands: {
    vg,
    removed: { summary: "Paths or ids of devices", required: true, many: true, placeholder: "DEVICE" },
  },
  options: { ...where, ...dryRun },
  output: "text",
  run: async (sys, { operands, options }) => {
    const done = await tellingWhatWasDone(() =>
      reduceVg(sys, {
        ...operands,
        devices: options.devices,
        dryRun: options["dry-run"],
      }),
    );
    return told(done, options["dry-run"]);
  },
});

export const resizeVerb = verb({
  name: "resize-pv",
  summary: "Take up what a device has grown by, or make it ready to become smaller",
  description:
    "Without --size the PV gets as long as its device is now. With a smaller --size the device may be cut " +
    "to that afterwards; refused while an LV has extents behind it. Regions at the end of the device go " +
    "along. What was interrupted, the same call finishes.",
  examples: ["dvm resize-pv vg0 /dev/sdd", "dvm resize-pv vg0 /dev/sdd --size 192M --dry-run"],
  operands: {
    vg,
    resized: { summary: "Path or id of the device", required: true, placeholder: "DEVICE" },
  },
  options: {
    size: { summary: "The size that the device has, or shall have", type: "size", placeholder: "SIZE" },
    ...where,
    ...dryRun,
  },
  output: "text",
  run: async (sys, { operands, options }) => {
    const { resizePv } = await import("../../core/dvm/resize-pv.ts");
    const call = { ...operands, devices: options.devices, size: options.size, dryRun: options["dry-run"] };
    return told(await tellingWhatWasDone(() => resizePv(sys, call)), options["dry-run"]);
  },
});

export const evacuate = verb({
  name: "evacuate",
  summary: "Move everything off a PV, so that it can be taken out of the VG (reduce)",
  description:
    "LVs stay in use and are copied as by `manip move`: a transaction begins all moves, and when the " +
    "copies are in sync another ends them. What does not fit, and LVs that are down, are refused " +
    "before anything moves. What was interrupted, the same call finishes.",
  examples: ["dvm evacuate vg0 /dev/sdd", "dvm evacuate vg0 /dev/sdb --to /dev/sdd --dry-run"],
  operands: {
    vg,
    left: { summary: "Path or id of the device that is left", required: true, placeholder: "DEVICE" },
  },
  options: {
    to: { summary: "Move to this PV (path, id or tag); else to any", many: true, placeholder: "PV" },
    ...where,
    ...dryRun,
  },
  output: "text",
  run: async (sys, { operands, options }) => {
    const { evacuatePv } = await import("../../core/dvm/evacuate.ts");
    const call = { ...operands, devices: options.devices, to: options.to, dryRun: options["dry-run"] };
    return told(await tellingWhatWasDone(() => evacuatePv(sys, call)), options["dry-run"]);
  },
});

export const removeVerb = verb({
  name: "remove-vg",
  summary: "Take a VG apart: its devices are free again",
  description:
    "Refused while an LV is live, and without --force while there are LVs. What was interrupted, the " +
    "same call finishes.",
  examples: ["dvm remove-vg vg0", "dvm remove-vg vg0 --force"],
  operands: { vg },
  options: {
    force: { summary: "With its LVs; also when devices are missing, which keep their labels", type: "flag" },
    ...where,
  },
  output: "text",
  run: async (sys, { operands, options }) => {
    const { removeVg } = await import("../../core/dvm/remove-vg.ts");
    return `${await removeVg(sys, { ...operands, ...options })}\n`;
  },
});

export const importCopy = verb({
  name: "import-clone",
  summary: "Make copies of all devices of a VG a VG of its own, for use beside the original",
  description: "It gets new ids and another name. What was interrupted, the same call finishes.",
  examples: [
    "dvm import-clone vg0 /dev/sde /dev/sdf /dev/sdg",
    "dvm import-clone vg0 /dev/sde /dev/sdf /dev/sdg --name backup",
  ],
  operands: {
    vg,
    copies: { summary: "Every device of the copy", required: true, many: true, placeholder: "DEVICE" },
  },
  options: {
    name: { summary: "The copy's name (default: the original's with a number)" },
    ...where,
  },
  output: "text",
  run: (sys, { operands, options }) =>
    importClone(sys, { ...operands, name: options.name, devices: options.devices }),
});

export const adopt = verb({
  name: "adopt",
  summary: "Make a VG of LVM2 dvm's, in place: no data moves",
  description:
    "LVs that are live stay so, under LVM2's names, until they are taken down once. " +
    "What cannot be adopted is refused with every reason, before anything is written. " +
    "What was interrupted, the same call finishes, and dvm release undoes.",
  examples: ["dvm adopt vg0", "dvm adopt vg0 --dry-run"],
  operands: { vg },
  options: { ...where, ...dryRun },
  output: "text",
  run: async (sys, { operands, options }) => {
    const { adoptVg } = await import("../../core/dvm/adopt.ts");
    const done = await adoptVg(sys, { ...operands, devices: options.devices, dryRun: options["dry-run"] });
    return typeof done === "string" ? `${done}\n` : asJson(done);
  },
});

export const release = verb({
  name: "release",
  summary: "Give a VG to LVM2, in place: no data moves",
  description:
    "One that was adopted gets back the ids that it had. LVs that dvm has brought up have to be down; " +
    "those that are live as LVM2 made them stay so. What was interrupted, the same call finishes, and " +
    "dvm adopt undoes; on a VG that is LVM2's it takes away what an adoption has left.",
  examples: ["dvm release vg0", "dvm release vg0 --dry-run"],
  operands: { vg },
  options: {
    ...where,
    "dry-run": { summary: "Refuse what would be refused; change nothing", type: "flag" },
  },
  output: "text",
  run: async (sys, { operands, options }) => {
    const { releaseVg } = await import("../../core/dvm/release.ts");
    const done = { ...operands, devices: options.devices, dryRun: options["dry-run"] };
    return `${await releaseVg(sys, done)}\n`;
  },
});
