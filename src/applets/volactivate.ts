import { DvmError } from "../core/base/error.ts";
import { desiredState } from "../core/volume/activation/desired.ts";
import { abort, commit } from "../core/volume/activation/finish.ts";
import { prepare } from "../core/volume/activation/prepare.ts";
import { settle } from "../core/volume/activation/settle.ts";
import { type Applet, verb } from "./applet.ts";

const metadata = {
  summary: "The VG's metadata",
  document: "metadata",
  required: true,
  placeholder: "FILE",
} as const;
const discovery = {
  summary: "The VG's devices (discover find)",
  document: "discovery",
  required: true,
  placeholder: "FILE",
} as const;
const lv = { summary: "Only this LV, by name or id", many: true, placeholder: "NAME" } as const;
const partial = { summary: "Map what is missing to errors, and the LV read-only", type: "flag" } as const;

/** Which dm devices make the LVs, and which changes of the metadata would lose data. */
export const volactivate: Applet = {
  name: "volactivate",
  summary: "Bring device-mapper along with the metadata of a VG",
  verbs: [
    verb({
      name: "desired",
      summary: "Show the dm devices that make the LVs",
      options: {
        metadata,
        discovery,
        lv,
        partial,
        paths: { summary: "Name disks by path instead of major:minor", type: "flag" },
      },
      output: "dm-state",
      run: async (_sys, { options }) => desiredState({ ...options, lvs: options.lv }),
    }),
    verb({
      name: "name",
      summary: "Print the VG's name, as the metadata has it",
      options: { metadata },
      output: "text",
      run: async (_sys, { options }) => `${options.metadata.vg.name}\n`,
    }),
    verb({
      name: "prepare",
      summary: "Do what nobody sees of a change of the metadata, and give what is left to do",
      description:
        "Refuses (3) what would lose data. The result goes to commit once the metadata is committed, or to abort.",
      options: {
        old: { ...metadata, summary: "The metadata as it is" },
        new: { ...metadata, summary: "The metadata as it shall be" },
        discovery,
        "no-activate": {
          summary: "Refuse what would need a change of a dm device; activate nothing",
          type: "flag",
        },
        "no-wipe": {
          summary: "Leave what new LVs have on the disks: an earlier state comes back",
          type: "flag",
        },
        "dry-run": { summary: "Change nothing; also give what would have been done now", type: "flag" },
      },
      output: "activation",
      run: (sys, { options }) =>
        prepare(sys, {
          old: options.old,
          next: options.new,
          discovery: options.discovery,
          activate: !options["no-activate"],
          wipe: !options["no-wipe"],
          dryRun: options["dry-run"],
        }),
    }),
    verb({
      name: "commit",
      summary: "Do the rest, once the metadata is committed",
      stdin: "activation",
      output: "none",
      run: (sys, { stdin }) => commit(sys, stdin),
    }),
    verb({
      name: "abort",
      summary: "Undo what prepare has done",
      stdin: "activation",
      output: "none",
      run: (sys, { stdin }) => abort(sys, stdin),
    }),
    verb({
      name: "settle",
      summary: "Make device-mapper agree with the metadata; finish what a crash has left",
      options: {
        metadata,
        discovery,
        lv,
        activate: {
          summary: "Bring LVs up: those named, else all that are activated by default",
          type: "flag",
        },
        deactivate: { summary: "Take LVs down: those named, else all", type: "flag" },
        partial,
        degraded: { summary: "Bring up LVs without their stale legs", type: "flag" },
        "dry-run": { summary: "Show the programs; change nothing", type: "flag" },
      },
      output: "settled",
      run: async (sys, { options }) => {
        const { activate, deactivate, "dry-run": dryRun, lv: lvs, ...rest } = options;
        if (activate && deactivate) throw new DvmError("USAGE", "--activate or --deactivate, not both");
        const direction = activate ? "activate" : deactivate ? "deactivate" : "keep";
        return settle(sys, { ...rest, lvs, direction, dryRun });
      },
    }),
  ],
};
