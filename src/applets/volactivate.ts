import { claim } from "../core/volactivate/claim.ts";
import { desiredState } from "../core/volactivate/desired.ts";
import { abort, commit } from "../core/volactivate/finish.ts";
import { legsOnDisk } from "../core/volactivate/legs-on-disk.ts";
import { observe } from "../core/volactivate/observe.ts";
import { prepare } from "../core/volactivate/prepare.ts";
import { restore } from "../core/volactivate/restore.ts";
import { settle } from "../core/volactivate/settle.ts";
import { account, forget } from "../core/volume/freed.ts";
import type { Metadata } from "../schema/index.ts";
import { applet, verb } from "./applet.ts";
import { metadataText } from "./metadata-text.ts";

const optional = { document: "metadata", placeholder: "FILE" } as const;
const metadata = { ...optional, summary: "The VG's metadata", required: true } as const;
const old = { ...metadata, summary: "The metadata as it is" } as const;
const next = { ...metadata, summary: "The metadata as it shall be" } as const;
const noWipe = {
  summary: "Leave what new LVs have on the disks: an earlier state comes back",
  type: "flag",
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
export const volactivate = applet({
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
        live: {
          summary: "What is live (dmexec state --all): LVs as LVM2 has made them have its names",
          document: "dm-state",
          placeholder: "FILE",
        },
      },
      output: "dm-state",
      run: async (_sys, { options }) => desiredState({ ...options, lvs: options.lv }),
    }),
    verb({
      name: "legs",
      summary: "Show what the superblocks of raid1 LVs that are not live say of their legs",
      options: { metadata, discovery, lv },
      output: "legs",
      run: async (sys, { options }) => legsOnDisk(sys.disks, { ...options, lvs: options.lv }),
    }),
    verb({
      name: "name",
      summary: "Print the VG's name, as the metadata has it",
      options: { metadata },
      output: "text",
      run: async (_sys, { options }) => `${options.metadata.vg.name}\n`,
    }),
    verb({
      name: "account",
      summary: "Give the new metadata with what is known of its free extents, as it follows from the old",
      description:
        "It gives nothing when the new metadata has that already, as what manip makes. Without --old " +
        "nothing is known of what free extents hold.",
      options: { old: { ...optional, summary: old.summary }, new: next },
      output: "bytes",
      run: async ({ chance }, { options: { old, new: next } }) =>
        textIfOther(next, old ? account(old, next, chance) : forget(next, chance)),
    }),
    verb({
      name: "observe",
      summary: "Give the new metadata with legs called recovering that a kernel has begun to rebuild",
      description:
        "A table that says of a leg that it is to be rebuilt has the kernel begin anew. It gives nothing " +
        "when there is no such leg.",
      options: { old, new: next, discovery },
      output: "bytes",
      run: async (sys, { options }) =>
        textIfOther(
          options.new,
          await observe(sys, { old: options.old, next: options.new, discovery: options.discovery }),
        ),
    }),
    verb({
      name: "claim",
      summary: "Give the old metadata without what it knows of free extents that prepare is going to wipe",
      description:
        "It has to be committed before prepare. It gives nothing when there is nothing to be left out.",
      options: { old, new: next, "no-wipe": noWipe },
      output: "bytes",
      run: async (_sys, { options }) =>
        textIfOther(options.old, claim(options.old, options.new, !options["no-wipe"])),
    }),
    verb({
      name: "restore",
      summary: "Give an earlier state as the new metadata, unless it would lose data",
      description:
        "An LV comes back only with its own bytes: refused (3) are LVs whose extents were not free all " +
        "the time since, and whatever shrinks or removes an LV that is there. Legs of mirrors that " +
        "cannot be believed come back to be rebuilt.",
      options: {
        old,
        earlier: { ...metadata, summary: "The metadata that shall come back" },
        allow: {
          summary: "Let this LV shrink, or go: shrink:VG/LV or remove:VG/LV",
          many: true,
          placeholder: "WHAT",
        },
      },
      output: "metadata",
      run: async ({ chance }, { options }) => metadataText(options.earlier, restore(options, chance)),
    }),
    verb({
      name: "prepare",
      summary: "Do what nobody sees of a change of the metadata, and give what is left to do",
      description:
        "Refuses (3) what would lose data. The result goes to commit once the metadata is committed, " +
        "or to abort.",
      options: {
        old,
        new: next,
        discovery,
        "no-activate": {
          summary: "Refuse what would need a change of a dm device; activate nothing",
          type: "flag",
        },
        "no-wipe": noWipe,
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
      groups: [{ give: "at-most-one", of: ["activate", "deactivate"] }],
      output: "settled",
      run: async (sys, { options }) => {
        const { activate, deactivate, "dry-run": dryRun, lv: lvs, ...rest } = options;
        const direction = activate ? "activate" : deactivate ? "deactivate" : "keep";
        return settle(sys, { ...rest, lvs, direction, dryRun });
      },
    }),
  ],
});

const textIfOther = (before: Metadata, after: Metadata): Buffer =>
  after === before ? Buffer.alloc(0) : metadataText(before, after);
