import type { Parameters } from "../core/port/parameters.ts";
import { adoptVg } from "../core/tm/adopt.ts";
import { choose } from "../core/tm/choose.ts";
import { exclude } from "../core/tm/exclude.ts";
import { expandVg } from "../core/tm/expand.ts";
import { listHistory } from "../core/tm/history.ts";
import { initVg } from "../core/tm/init.ts";
import { readMetadata } from "../core/tm/read.ts";
import { recoverVg } from "../core/tm/recover.ts";
import { reduceVg } from "../core/tm/reduce.ts";
import { resizeMember } from "../core/tm/resize.ts";
import { restoreVg } from "../core/tm/restore.ts";
import { resync } from "../core/tm/resync.ts";
import { updateVg } from "../core/tm/update.ts";
import { verifyVg } from "../core/tm/verify.ts";
import { applet, verb } from "./applet.ts";

const MUTATOR = "MUTATOR [ARGUMENTS]";
const MUTATES =
  "The mutator reads the metadata on its stdin and gives the new metadata on its stdout; " +
  "what it is given it gives back to change nothing, and any exit status but 0 changes " +
  "nothing either. It is one of the verbs of manip, or any command: that runs without a " +
  "shell, with PATH, TMPDIR and LANG=C as its environment. The word {discovery} in its " +
  "arguments stands for a file with the discovery document.";

const everywhere = {
  discovery: { summary: "Read the discovery document from FILE instead of stdin", placeholder: "FILE" },
  "lock-timeout": {
    summary: "How long to wait when others have the VG locked (default 10000)",
    type: "count",
    placeholder: "MS",
  },
} as const satisfies Parameters;
const dryRun = {
  summary: "Give the difference of the metadata and the programs for dm devices; change nothing",
  type: "flag",
} as const;
const noActivate = { summary: "Touch no dm device", type: "flag" } as const;
const stdin = { stdin: "discovery", stdinOption: "discovery" } as const;

export const tm = applet({
  name: "tm",
  summary: "Read and change the metadata of a VG in transactions that take device-mapper along",
  verbs: [
    verb({
      name: "init",
      summary: "Format the regions of a VG and write its first metadata",
      description: `The members are the devices of the discovery document. ${MUTATES}`,
      ...stdin,
      options: {
        force: { summary: "Over regions that are formatted already; what they hold is lost", type: "flag" },
        "beside-lvm2": {
          summary: "Also while LVs of LVM2 are live there: in sectors 1040-2047, which lvm2 seal has cleared",
          type: "flag",
        },
        "dry-run": { summary: "Refuse what would be refused; change nothing", type: "flag" },
        ...everywhere,
      },
      command: MUTATOR,
      output: "tm-result",
      run: (sys, { stdin: discovery, options, command }) =>
        initVg(sys, discovery, {
          ...locking(options),
          force: options.force,
          besideLvm2: options["beside-lvm2"],
          dryRun: options["dry-run"],
          command,
        }),
    }),
    verb({
      name: "verify",
      summary: "Tell whether the devices make a complete VG, in sync",
      ...stdin,
      options: everywhere,
      output: "tm-verify",
      run: (sys, { stdin: discovery, options }) => verifyVg(sys, discovery, locking(options)),
    }),
    verb({
      name: "read",
      summary: "Verify the VG, then give its metadata",
      ...stdin,
      options: {
        txid: {
          summary: "An earlier state, as replicate history lists them",
          type: "count",
          placeholder: "N",
        },
        partial: { summary: "Although members are missing, as far as the others agree", type: "flag" },
        ...everywhere,
      },
      output: "bytes",
      run: (sys, { stdin: discovery, options: { txid, partial, ...options } }) =>
        readMetadata(sys, discovery, { ...locking(options), txid, partial }),
    }),
    verb({
      name: "update",
      summary: "Change the metadata by a mutator, and the live dm devices with it",
      description: MUTATES,
      ...stdin,
      options: {
        "no-activate": noActivate,
        rename: { summary: "Refuse unless the mutator gives the VG this name", placeholder: "NAME" },
        "dry-run": dryRun,
        ...everywhere,
      },
      command: MUTATOR,
      output: "tm-result",
      run: (sys, { stdin: discovery, options, command }) =>
        updateVg(sys, discovery, { ...changing(options), command, rename: options.rename }),
    }),
    verb({
      name: "expand",
      summary: "Add devices to the VG, and change the metadata by a mutator, in one transaction",
      description:
        "The devices are labelled and their regions brought to the state of the others " +
        "before the commit; a failure takes the labels off again. The mutator learns of the devices from " +
        `{discovery}. ${MUTATES}`,
      ...stdin,
      operands: {
        device: { summary: "Paths of the devices to add", required: true, many: true, placeholder: "DEVICE" },
      },
      options: {
        regions: {
          summary: "Regions on each device (default 1, while fewer than 16 devices have any)",
          type: "count",
          placeholder: "N",
        },
        "region-size": {
          summary: "How long those are (default as the shortest of the VG)",
          type: "size",
          placeholder: "SIZE",
        },
        force: { summary: "Wipe what is on the devices", type: "flag" },
        "no-activate": noActivate,
        "dry-run": dryRun,
        ...everywhere,
      },
      command: MUTATOR,
      output: "tm-result",
      run: (sys, { stdin: discovery, operands, options, command }) =>
        expandVg(sys, discovery, {
          ...changing(options),
          command,
          devices: operands.device,
          regions: options.regions,
          regionSize: options["region-size"],
          force: options.force,
        }),
    }),
    verb({
      name: "reduce",
      summary: "Remove devices from the VG, and change the metadata by a mutator, in one transaction",
      description:
        "The mutator has to refuse when the devices are in use. Their labels are wiped " +
        `after the commit. ${MUTATES}`,
      ...stdin,
      operands: {
        device: {
          summary: "Paths or ids of the devices to remove",
          required: true,
          many: true,
          placeholder: "DEVICE",
        },
      },
      options: { "no-activate": noActivate, "dry-run": dryRun, ...everywhere },
      command: MUTATOR,
      output: "tm-result",
      run: (sys, { stdin: discovery, operands, options, command }) =>
        reduceVg(sys, discovery, { ...changing(options), command, devices: operands.device }),
    }),
    verb({
      name: "resize",
      summary: "Divide a device of the VG anew that has, or shall have, another size",
      description:
        "Regions at its end go along, and hold the metadata before the label says where they are. The " +
        "mutator counts the extents, and has to refuse when those that go are in use; it learns of the " +
        `device as it will be from {discovery}. What was interrupted, the same call finishes. ${MUTATES}`,
      ...stdin,
      operands: { device: { summary: "Path or id of the device", required: true } },
      options: {
        size: { summary: "Its size (default as it is now)", type: "size", placeholder: "SIZE" },
        "no-activate": noActivate,
        "dry-run": dryRun,
        ...everywhere,
      },
      command: MUTATOR,
      output: "tm-result",
      run: (sys, { stdin: discovery, operands, options, command }) =>
        resizeMember(sys, discovery, {
          ...changing(options),
          command,
          device: operands.device,
          size: options.size,
        }),
    }),
    verb({
      name: "recover",
      summary:
        "Finish or undo an interrupted transaction; make labels and dm devices agree with the metadata",
      description:
        "With --without, --resync or --choose it does what nobody but a person can decide. " +
        "--without goes on without devices, in a new epoch, after a mutator has told the metadata. " +
        "--resync takes devices back that were away. --choose settles a split brain: one of the states " +
        `that tm verify lists becomes that of every device, and the others are lost. ${MUTATES}`,
      ...stdin,
      options: {
        without: {
          summary: "Go on without this device (its id), missing or failing",
          many: true,
          placeholder: "ID",
        },
        resync: { summary: "Bring this device (its id) up to date", many: true, placeholder: "ID" },
        choose: { summary: "Make this state the VG's", placeholder: "TXID[:HASH]" },
        "no-activate": noActivate,
        ...everywhere,
      },
      groups: [{ give: "at-most-one", of: ["without", "resync", "choose"] }],
      command: MUTATOR,
      commandGoesWith: "without",
      output: "tm-recovered",
      run: (sys, { stdin: discovery, options, command }) => {
        const { without, resync: back, choose: state } = options;
        const how = { ...locking(options), activate: !options["no-activate"] };
        if (without.length > 0) return exclude(sys, discovery, { ...how, without, command });
        if (back.length > 0) return resync(sys, discovery, { ...how, resync: back });
        if (state !== undefined) return choose(sys, discovery, { ...how, choose: state });
        return recoverVg(sys, discovery, how);
      },
    }),
    verb({
      name: "adopt",
      summary: "Make copied regions those of the VG that discover import-clone has labelled",
      description:
        "The regions hold the metadata of the VG that was copied; the mutator makes that of " +
        `the copy. ${MUTATES}`,
      ...stdin,
      options: everywhere,
      command: MUTATOR,
      output: "tm-result",
      run: (sys, { stdin: discovery, options, command }) =>
        adoptVg(sys, discovery, { ...locking(options), command }),
    }),
    verb({
      name: "history",
      summary: "List the earlier states of the metadata that the regions still hold",
      ...stdin,
      options: everywhere,
      output: "tm-history",
      run: (sys, { stdin: discovery, options }) => listHistory(sys, discovery, locking(options)),
    }),
    verb({
      name: "restore",
      summary: "Make old metadata the new metadata, through the same refusals as any change",
      description:
        "Refused (3) is what shrinks or removes an LV without being allowed to, and an LV that could " +
        "not have its bytes back: its extents must have been free all the time since. Of a mirror, " +
        "legs of which that cannot be said come back to be rebuilt.",
      ...stdin,
      operands: {
        from: {
          summary:
            "A transaction of tm history, previous for the one before the last, or a file with metadata",
          required: true,
          placeholder: "TXID|previous|FILE",
        },
      },
      options: {
        allow: {
          summary: "Let this LV shrink, or go: shrink:VG/LV or remove:VG/LV",
          many: true,
          placeholder: "WHAT",
        },
        "no-activate": noActivate,
        "dry-run": dryRun,
        ...everywhere,
      },
      output: "tm-result",
      run: (sys, { stdin: discovery, operands, options }) =>
        restoreVg(sys, discovery, { ...changing(options), from: operands.from, allow: options.allow }),
    }),
  ],
});

const locking = (options: { readonly "lock-timeout": number | undefined }) => ({
  lockTimeoutMs: options["lock-timeout"],
});

const changing = (options: {
  readonly "lock-timeout": number | undefined;
  readonly "no-activate": boolean;
  readonly "dry-run": boolean;
}) => ({ ...locking(options), activate: !options["no-activate"], dryRun: options["dry-run"] });
