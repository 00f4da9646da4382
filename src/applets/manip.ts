/** Changes of the metadata, each a pure function: metadata in, metadata out. */

import { batch } from "../core/manip/batch.ts";
import { compare } from "../core/manip/compare/compare.ts";
import { converge } from "../core/manip/compare/converge.ts";
import type { CompareRules } from "../core/manip/compare/rules.ts";
import { createVg } from "../core/manip/create-vg.ts";
import { importClone } from "../core/manip/import-clone.ts";
import { type Change, changes } from "../core/manip/index.ts";
import type { Values } from "../core/port/parameters.ts";
import type { Sys } from "../core/port/sys.ts";
import { type ChangeContext, type ChangeVerb, makeChange } from "../core/volume/change.ts";
import { applet, verb } from "./applet.ts";
import { metadataText } from "./metadata-text.ts";

const desired = {
  operands: {
    desired: { summary: "How it shall be", document: "desired", required: true, placeholder: "FILE" },
  },
  options: {
    discovery: {
      summary: "Where the paths in it lead; devices of it that are no PVs yet become some",
      document: "discovery",
      placeholder: "FILE",
    },
    allow: {
      summary: "What may be lost: shrink:VG/LV or remove:VG/LV",
      many: true,
      placeholder: "WHAT",
    },
    "frees-only": { summary: "Only what frees extents: others are taken by a later change", type: "flag" },
  },
} as const;

const rulesOf = (options: Values<typeof desired.options>): CompareRules => ({
  discovery: options.discovery,
  allow: options.allow,
  freesOnly: options["frees-only"],
});

/** What is there already is nothing to be told. */
const quiet = ({ chance }: Sys): ChangeContext => ({ chance, tell: () => undefined });

/** A verb as it is typed. */
const typed = (words: string) => `manip ${words} < old.json > new.json`;

export const manip = applet({
  name: "manip",
  summary: "Change the metadata of a VG",
  verbs: [
    verb({
      ...createVg,
      output: "metadata",
      examples: [
        "manip create-vg --name vg0 > new.json",
        "manip create-vg --discovery where.json --extent-size 1M > new.json",
      ],
      run: async (sys, { options }) => metadataText(undefined, createVg.create(options, contextOf(sys))),
    }),
    ...(changes.map(changeVerb) as readonly ReturnType<
      typeof changeVerb
    >[] as readonly VerbOfChange<Change>[]),
    verb({
      ...importClone,
      examples: [
        typed("import-clone --discovery copy.json"),
        typed("import-clone --discovery copy.json --trace steps"),
      ],
      stdin: "metadata",
      output: "metadata",
      run: async (_, { options, stdin }) => metadataText(stdin, importClone.create(stdin, options)),
    }),
    verb({
      name: "compare",
      summary: "Hold a VG against a document of how it shall be",
      description:
        "Tells the changes that lead there, what they mean for each LV, and what of them has to be " +
        "allowed. Changes nothing: converge does.",
      examples: [
        "manip compare wanted.json < old.json",
        "manip compare desired.json --discovery where.json --allow remove:vg0/swap < old.json",
      ],
      ...desired,
      stdin: "metadata",
      output: "comparison",
      run: async (sys, { operands, options, stdin }) =>
        compare(stdin, operands.desired, rulesOf(options), quiet(sys)).comparison,
    }),
    verb({
      name: "converge",
      summary: "Make a VG what a document says it shall be, all changes or none",
      description: "What it is already is not changed. compare tells what it would do.",
      examples: [typed("converge wanted.json"), typed("converge desired.json --discovery where.json")],
      ...desired,
      stdin: "metadata",
      output: "metadata",
      run: async (sys, { operands, options, stdin }) =>
        metadataText(stdin, converge(stdin, operands.desired, rulesOf(options), quiet(sys))),
    }),
    verb({
      name: "batch",
      summary: "Make many changes, all or none",
      examples: [typed("batch changes.json"), typed("batch changes.json --trace steps")],
      operands: {
        changes: { summary: "The changes", document: "batch", required: true, placeholder: "FILE" },
      },
      stdin: "metadata",
      output: "metadata",
      run: async (sys, { operands, stdin }) =>
        metadataText(stdin, batch(stdin, operands.changes, contextOf(sys))),
    }),
  ],
});

function changeVerb(change: ChangeVerb) {
  return verb({
    name: change.name,
    summary: change.summary,
    ...(change.description !== undefined && { description: change.description }),
    examples: change.examples.map((words) => typed(`${change.name} ${words}`)),
    options: change.options,
    ...(change.groups && { groups: change.groups }),
    stdin: "metadata",
    output: "metadata",
    run: async (sys, { options, stdin }) =>
      metadataText(stdin, makeChange(change, stdin, options, contextOf(sys))),
  });
}

/** Each change by itself, so that the compiler knows the options of each name. */
type VerbOfChange<C extends Change> = C extends Change
  ? Omit<ReturnType<typeof changeVerb>, "name" | "options"> & Pick<C, "name" | "options">
  : never;

const contextOf = ({ chance, terminal }: Sys): ChangeContext => ({
  chance,
  tell: (message, of) => terminal.warn(message, of),
});
