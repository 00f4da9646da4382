/** Changes of the metadata, each a pure function: metadata in, metadata out. */

import { batch } from "../core/manip/batch.ts";
import { createVg } from "../core/manip/create-vg.ts";
import { importClone } from "../core/manip/import-clone.ts";
import { type Change, changes } from "../core/manip/index.ts";
import type { Sys } from "../core/port/sys.ts";
import { type ChangeContext, type ChangeVerb, makeChange } from "../core/volume/change.ts";
import { applet, verb } from "./applet.ts";
import { metadataText } from "./metadata-text.ts";

export const manip = applet({
  name: "manip",
  summary: "Change the metadata of a VG",
  verbs: [
    verb({
      ...createVg,
      output: "metadata",
      run: async (sys, { options }) => metadataText(undefined, createVg.create(options, contextOf(sys))),
    }),
    ...(changes.map(changeVerb) as readonly ReturnType<
      typeof changeVerb
    >[] as readonly VerbOfChange<Change>[]),
    verb({
      ...importClone,
      stdin: "metadata",
      output: "metadata",
      run: async (_, { options, stdin }) => metadataText(stdin, importClone.create(stdin, options)),
    }),
    verb({
      name: "batch",
      summary: "Make many changes, all or none",
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
  tell: (message) => terminal.warn(message),
});
