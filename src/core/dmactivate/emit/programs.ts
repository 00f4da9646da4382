/** The last phase: the programs that are made of what the others have found. */
import type { Program } from "../../../schema/index.ts";
import { Assembly } from "./assembly.ts";
import type { Change } from "./change.ts";
import { writeCommit } from "./commit.ts";
import { writeAbort, writePrepare } from "./prepare.ts";

/** prepare: leaves all as it was with 1, or something half done with 8, when it cannot do its work. */
export function prepareProgram(change: Change): Program {
  const assembly = new Assembly();
  const prepared = writePrepare(assembly, change);
  assembly.exit(0);
  prepared.finish();
  return assembly.finish();
}

/** commit: what can be seen, when the metadata is committed. */
export function commitProgram(change: Change): Program {
  const assembly = new Assembly();
  writeCommit(assembly, change);
  return assembly.finish();
}

/** abort: after a prepare that succeeded, or that was cut off anywhere. */
export function abortProgram(change: Change): Program {
  const assembly = new Assembly();
  writeAbort(assembly, change);
  return assembly.finish();
}

/** prepare and then commit, in one. */
export function applyingProgram(change: Change): Program {
  const assembly = new Assembly();
  const prepared = writePrepare(assembly, change);
  writeCommit(assembly, change);
  prepared.finish();
  return assembly.finish();
}
