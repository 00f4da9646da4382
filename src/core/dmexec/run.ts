/** Executes a program after checking it. */
import type { Program, ProgramResult } from "../../schema/index.ts";
import { assert } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import type { Dm } from "../port/dm.ts";
import { type Hazards, hazardsOf, LOST_STATUS } from "./check.ts";
import { checkDrivers } from "./drivers.ts";
import { causesEvent, nameOf } from "./instructions.ts";
import { Machine } from "./machine.ts";
import { overlapsOf } from "./overlaps.ts";
import { Ownership } from "./ownership.ts";
import { plainPerformer } from "./performer.ts";
import { runLocked, type Section } from "./run-locked.ts";
import { sectionEnds } from "./sections.ts";
import { type Asking, unansweredBelow } from "./unanswered.ts";

/**
 * @param asking left out: all disks are taken for such that answer
 * @returns what it gathered and did, when it ended with 0
 * @throws DvmError UNSAFE_PROGRAM before anything is done; likewise EXISTS for a device that is not dvm's,
 *   and UNSUPPORTED for a target of another version; PROGRAM_FAILED with the result as output when it ended
 *   with another status, DEADLINE when a device was not suspended in time, HALF_DONE when that status is 8
 */
export async function runProgram(dm: Dm, program: Program, asking?: Asking): Promise<ProgramResult> {
  // What must never run: a way on which something stays suspended, or on which one waits meanwhile (check.ts
  // has all of it). A name that no device has is no such thing: a plan may well name what is gone by then,
  // and the way for that is proven.
  const hazards = hazardsOf(program);
  const { instructions, owns } = program;
  checkDrivers(dm, instructions);
  const suspends = asking !== undefined && hazards.risky.includes(1);
  const unanswered = suspends ? await unansweredBelow(dm, asking, program) : undefined;
  const ownership = new Ownership(dm, instructions, owns);
  const machine = new Machine(dm, instructions, ownership, unanswered);
  const exact = ownership.someUnused ? hazardsOf(program, (name) => ownership.wasUnused(name)) : hazards;
  const work = () => execute(dm, program, exact, machine, ownership);
  let sections: Section[] = [];
  try {
    sections = await (instructions.some(causesEvent) ? dm.withEvents(work) : work());
  } catch (thrown) {
    if (!(thrown instanceof DvmError) || machine.journal.length === 0) throw thrown;
    // A later section that memory could not be made ready for.
    const output = { ...resultOf(machine, sections, ownership), exit: 1 };
    throw new DvmError("PROGRAM_FAILED", thrown.message, { cause: thrown, details: { exit: 1 }, output });
  }
  // The counterpart of the check: what is left suspended all the same counts as 8, however the program ended.
  const result = resultOf(machine, sections, ownership);
  if (result.exit !== 0) throw failed(machine, result);
  return result;
}

/**
 * Where nothing can be suspended operations are performed as they come, everywhere else in a locked section.
 */
async function execute(
  dm: Dm,
  { instructions }: Program,
  hazards: Hazards,
  machine: Machine,
  ownership: Ownership,
): Promise<Section[]> {
  let ends: Uint8Array | undefined;
  const plain = plainPerformer(dm);
  const sections: Section[] = [];
  const overlaps = dm.removeTogether ? overlapsOf(instructions) : new Map<number, string[]>();
  const stops = hazards.risky.slice();
  for (const at of overlaps.keys()) stops[at] = 1;
  while (machine.exit === undefined) {
    const from = machine.journal.length;
    const { at: begin } = machine;
    if (hazards.risky[begin] === 1) {
      ends ??= sectionEnds(instructions, hazards);
      sections.push(await runLocked(dm, instructions, machine, ends));
      assert(machine.exit !== undefined || machine.at > begin, "a locked section goes on");
      continue;
    }
    const together = overlaps.get(machine.at)?.filter((name) => ownership.has(name));
    if (together) plain.foresee(await dm.removeTogether?.(together));
    stops[machine.at] = 0;
    machine.walk(plain, stops);
    const { journal } = machine;
    journal.each((at, instruction) => journal.note(at, plain.outcome(at, instruction)), from);
  }
  return sections;
}

function resultOf(machine: Machine, sections: readonly Section[], ownership: Ownership): ProgramResult {
  const { journal } = machine;
  const suspended = machine.suspended();
  const suspensions = journal.suspensions((name) => ownership.wasLive(name));
  return {
    exit: suspended.length > 0 ? LOST_STATUS : (machine.exit ?? 0),
    values: journal.values(),
    trace: journal.trace(),
    ...(suspended.length > 0 && { suspended }),
    ...(suspensions.length > 0 && { suspensions }),
    ...(sections.length > 0 && {
      locked: sections.every(({ locked }) => locked),
      faults: {
        minor: sections.reduce((sum, { faults }) => sum + faults.minor, 0),
        major: sections.reduce((sum, { faults }) => sum + faults.major, 0),
      },
    }),
  };
}

function failed({ journal }: Machine, result: ProgramResult): DvmError {
  const { exit, suspended } = result;
  const reasons = journal
    .failures()
    .map(({ instruction, failure: { errno, reason } }) =>
      reason === undefined
        ? `${nameOf(instruction)}: ${errno}`
        : `${nameOf(instruction)}: ${errno} (${reason})`,
    );
  const left = suspended ? `; left suspended: ${suspended.join(", ")}` : "";
  const why = reasons.length > 0 ? reasons.slice(0, 4).join("; then ") : `it ended with ${exit}`;
  const hung = journal
    .failures()
    .some(({ instruction, failure }) => instruction.op === "suspend" && failure.errno === "ETIMEDOUT");
  const code = exit === LOST_STATUS ? "HALF_DONE" : hung ? "DEADLINE" : "PROGRAM_FAILED";
  return new DvmError(code, `${why}${left}`, {
    output: result,
    details: { exit, ...(suspended && { suspended }) },
  });
}
