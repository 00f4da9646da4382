import { initVg } from "../core/txn/init.ts";
import { readMetadata } from "../core/txn/read.ts";
import { recoverVg } from "../core/txn/recover.ts";
import { updateVg } from "../core/txn/update.ts";
import { verifyVg } from "../core/txn/verify.ts";
import { type Applet, type Parameters, verb } from "./applet.ts";

const MUTATOR = "MUTATOR [ARGUMENTS]";
const MUTATES = `The mutator reads the metadata on its stdin and gives the new metadata on its stdout; what it is given it gives back to change nothing, and any exit status but 0 changes nothing either. It is one of the verbs of manip, or any command: that runs without a shell, with PATH, TMPDIR and LANG=C as its environment. The word {discovery} in its arguments stands for a file with the discovery document.`;

const everywhere = {
  discovery: { summary: "Read the discovery document from FILE instead of stdin", placeholder: "FILE" },
  "lock-timeout": {
    summary: "How long to wait when others have the VG locked (default 10000)",
    type: "count",
    placeholder: "MS",
  },
} as const satisfies Parameters;
const noActivate = { summary: "Touch no dm device", type: "flag" } as const;
const stdin = { stdin: "discovery", stdinOption: "discovery" } as const;

export const tm: Applet = {
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
        ...everywhere,
      },
      command: MUTATOR,
      output: "tm-result",
      run: (sys, { stdin: discovery, options, command }) =>
        initVg(sys, discovery, { ...locking(options), force: options.force, command }),
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
        rename: { summary: "Give the VG another name", placeholder: "NAME" },
        "dry-run": { summary: "Give the plan; change nothing", type: "flag" },
        ...everywhere,
      },
      command: MUTATOR,
      output: "tm-result",
      run: (sys, { stdin: discovery, options, command }) =>
        updateVg(sys, discovery, {
          ...locking(options),
          command,
          activate: !options["no-activate"],
          rename: options.rename,
          dryRun: options["dry-run"],
        }),
    }),
    verb({
      name: "recover",
      summary:
        "Finish or undo an interrupted transaction; make labels and dm devices agree with the metadata",
      ...stdin,
      options: { "no-activate": noActivate, ...everywhere },
      output: "tm-recovered",
      run: (sys, { stdin: discovery, options }) =>
        recoverVg(sys, discovery, { ...locking(options), activate: !options["no-activate"] }),
    }),
  ],
};

const locking = (options: { readonly "lock-timeout": number | undefined }) => ({
  lockTimeoutMs: options["lock-timeout"],
});
