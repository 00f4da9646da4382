import type { DmState, Plan, Program } from "../../schema/index.ts";
import { Assembly } from "./emit/assembly.ts";
import { commitProgram, writeCommit } from "./emit/commit.ts";
import { abortProgram, prepareProgram, writePrepare } from "./emit/prepare.ts";
import { summarize } from "./emit/summarize.ts";
import { layOut } from "./layout.ts";

/**
 * The three programs around a metadata commit.
 *
 * prepare exits 0, or 1 with everything as before, or 8 when undoing failed as well. abort undoes a prepare:
 * 0, or 8 when something of it is left. commit exits 0, or 1 when something could not be done (nothing is
 * suspended, what was possible is done, planning again finishes it), or 8 with a device that stays suspended.
 *
 * @param current all devices as they are, references by current names
 * @param desired devices as they shall be, references by desired names; scope: what may be removed
 * @throws DvmError BAD_INPUT (ring, dangling reference, duplicate, table that a target refuses), IN_USE
 * (what shall go is used by what stays), EXISTS (a wanted name belongs to what stays)
 */
export function planPrograms(current: DmState, desired: DmState): Plan {
  const layout = layOut(current, desired);
  return {
    prepare: prepareProgram(layout),
    commit: commitProgram(layout),
    abort: abortProgram(layout),
    summary: summarize(layout),
  };
}

/**
 * One program for when no transaction is involved: prepare, then commit. What fails while preparing is undone
 * (1, or 8); what fails after that is as with commit. Its summary is empty when there is nothing to do.
 * @throws as planPrograms
 */
export function applyProgram(current: DmState, desired: DmState): Program {
  const layout = layOut(current, desired);
  const assembly = new Assembly();
  const prepared = writePrepare(assembly, layout);
  writeCommit(assembly, layout);
  prepared.finish();
  return { ...assembly.finish(), summary: summarize(layout) };
}
