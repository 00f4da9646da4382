/** The last phase: the programs that are made of what the others have found. */
import type { Program } from "../../../schema/index.ts";
import { assert } from "../../base/assert.ts";
import { Assembly } from "./assembly.ts";
import type { PlannedChange } from "./change.ts";
import { writeCommit } from "./commit.ts";
import { writeAbort, writePrepare } from "./prepare.ts";

/** prepare: leaves all as it was with 1, or something half done with 8, when it cannot do its work. */
export function prepareProgram(change: PlannedChange): Program {
  const assembly = new Assembly();
  const prepared = writePrepare(assembly, change);
  assembly.exit(0);
  prepared.finish();
  return checked(assembly.finish(), currentNames(change));
}

/** commit: what can be seen, when the metadata is committed. */
export function commitProgram(change: PlannedChange): Program {
  const assembly = new Assembly();
  writeCommit(assembly, change);
  return checked(assembly.finish(), preparedNames(change));
}

/** abort: after a prepare that succeeded, or that was cut off anywhere. */
export function abortProgram(change: PlannedChange): Program {
  const assembly = new Assembly();
  writeAbort(assembly, change);
  return checked(assembly.finish(), preparedNames(change));
}

/** prepare and then commit, in one. */
export function applyingProgram(change: PlannedChange): Program {
  const assembly = new Assembly();
  const prepared = writePrepare(assembly, change);
  writeCommit(assembly, change);
  prepared.finish();
  return checked(assembly.finish(), currentNames(change));
}

const currentNames = ({ decisions: { devices } }: PlannedChange): Set<string> =>
  new Set(devices.byCurrentName.keys());

function preparedNames(change: PlannedChange): Set<string> {
  const names = currentNames(change);
  for (const { name } of change.order.prepare) names.add(name);
  return names;
}

/**
 * Nothing is done to a name that no device can have by then, and what is suspended is resumed somewhere. That
 * it is so on every way through the program dmexec proves before it runs one.
 * @param names that devices have when the program begins
 */
function checked(program: Program, names: Set<string>): Program {
  const suspended = new Set<string>();
  const resumed = new Set<string>();
  program.instructions.forEach((instruction) => {
    if (!("name" in instruction)) return;
    const { op, name } = instruction;
    if (op === "create") names.add(name);
    // Whether it is there is what such a one asks.
    const mayBeAbsent = op === "info" && instruction.expect?.exists === false;
    assert(mayBeAbsent || names.has(name), "a program names devices that are there by then");
    if (op === "rename") names.add(instruction.newName);
    if (op === "suspend") suspended.add(name);
    if (op === "resume") resumed.add(name);
  });
  for (const name of suspended) assert(resumed.has(name), "a program resumes what it suspends");
  return program;
}
