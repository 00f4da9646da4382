/** Changes of LVs, and what a crash left of one. */
import { recoverVg } from "../../core/dvm/recover.ts";
import { runChange } from "../../core/dvm/run.ts";
import { verb } from "../applet.ts";
import { dryRun, noActivate, tellingWhatWasDone, told, vg, where } from "./common.ts";

export const run = verb({
  name: "run",
  summary: "Change a VG in one transaction, live LVs with it",
  description:
    "What follows -- is a verb of manip with its options; `manip --help` lists them. For the ids of " +
    "PVs it takes paths of their devices too.",
  examples: [
    "dvm run vg0 -- create-lv --name data --size 64M",
    "dvm run vg0 --dry-run -- remove-lv --name swap",
  ],
  operands: { vg },
  options: {
    ...where,
    ...dryRun,
    ...noActivate,
  },
  command: "VERB [OPTIONS]",
  output: "text",
  run: async (sys, { operands, options, command }) => {
    const done = await tellingWhatWasDone(() =>
      runChange(sys, {
        ...operands,
        devices: options.devices,
        change: command,
        activate: !options["no-activate"],
        dryRun: options["dry-run"],
      }),
    );
    return told(done, options["dry-run"]);
  },
});

export const recover = verb({
  name: "recover",
  summary: "Finish or undo an interrupted transaction, then make the live LVs agree with the metadata",
  description:
    "--without, --resync and --choose decide what nobody but a person can: to go on without devices, " +
    "to take devices back that were away, or which state of a split brain is the VG's. `dvm doctor` " +
    "tells of them.",
  examples: [
    "dvm recover vg0 --dry-run",
    "dvm recover vg0 --without missing",
    "dvm recover vg0 --resync /dev/sdd",
  ],
  operands: { vg },
  options: {
    without: {
      summary: "Go on without this device (path or id), or all that are `missing`",
      many: true,
      placeholder: "DEVICE",
    },
    resync: { summary: "Bring this device (path or id) up to date", many: true, placeholder: "DEVICE" },
    choose: { summary: "Make this state the VG's, as tm verify lists them", placeholder: "TXID[:HASH]" },
    "dry-run": { summary: "Tell what each of these would lose; change nothing", type: "flag" },
    ...where,
  },
  groups: [{ give: "at-most-one", of: ["without", "resync", "choose", "dry-run"] }],
  output: "text",
  run: async (sys, { operands, options: { "dry-run": dryRun, ...options } }) => {
    if (!dryRun)
      return told(await tellingWhatWasDone(() => recoverVg(sys, { ...operands, ...options })), false);
    const { recoverChoices } = await import("../../core/dvm/recover-choices.ts");
    return told({ summary: await recoverChoices(sys, { ...operands, devices: options.devices }) }, false);
  },
});
