import type { Batch, Metadata } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { type ChangeContext, readOptions } from "../volume/change.ts";
import { Workspace } from "../volume/workspace.ts";
import { changes } from "./index.ts";

const byName = new Map(changes.map((change) => [change.name, change]));

/**
 * Makes many changes, all or none, over one map of the space.
 * @throws DvmError as the change that failed did, with its number (from 1) and verb
 */
export function batch(metadata: Metadata, { changes }: Batch, context: ChangeContext): Metadata {
  const workspace = new Workspace(metadata);
  changes.forEach(({ verb, ...given }, index) => {
    try {
      const change = byName.get(verb);
      if (!change)
        throw new DvmError("BAD_INPUT", `no change of that name: there is ${[...byName.keys()].join(", ")}`);
      change.apply(workspace, readOptions(change, given), context);
    } catch (cause) {
      const { code, message, details } = toDvmError(cause);
      throw new DvmError(code, `change ${index + 1} (${verb}): ${message}`, {
        cause,
        details: { ...details, change: index + 1, verb },
      });
    }
  });
  return workspace.result(context.chance);
}
