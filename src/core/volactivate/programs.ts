/** The calls to dmactivate and dmexec. */
import type { DmState, Plan, Program, ProgramResult } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { sharedSectors } from "../dm/shared-sectors.ts";
import { thinPool } from "../dm/targets/thin-pool.ts";
import type { Sys } from "../port/sys.ts";
import { refusalOf } from "./users.ts";

/**
 * @throws DvmError WOULD_LOSE_DATA for devices on the same sectors; as dmactivate plan: IN_USE, EXISTS,
 * BAD_INPUT
 */
export async function plan({ toolbox }: Sys, current: DmState, desired: DmState): Promise<Plan> {
  refuseSharedSectors(desired);
  return toolbox.call({ applet: "dmactivate", verb: "plan", options: { current, desired } });
}

/** Prepares and commits in one. @throws as plan */
export async function apply({ toolbox }: Sys, current: DmState, desired: DmState): Promise<Program> {
  refuseSharedSectors(desired);
  return toolbox.call({ applet: "dmactivate", verb: "apply", options: { current, desired } });
}

/**
 * What the metadata's check has refused for extents is looked at once more in the tables that are made of
 * them.
 */
function refuseSharedSectors({ devices }: DmState): void {
  const shared = sharedSectors(devices);
  if (shared !== undefined) throw new DvmError("WOULD_LOSE_DATA", `${shared}: one would overwrite the other`);
}

/**
 * @throws DvmError PROGRAM_FAILED, HALF_DONE, in words of LVs when their legs are not as they have to be;
 *   IN_USE when nothing failed but that something stayed open; KERNEL when there is no device-mapper
 */
export async function run(sys: Sys, program: Program): Promise<void> {
  // A program that does nothing needs no device-mapper.
  if (doesNothing(program)) return;
  try {
    await sys.toolbox.call({ applet: "dmexec", verb: "run", operands: { program } });
  } catch (thrown) {
    const failure = toDvmError(thrown);
    const { trace = [] } = (failure.output ?? {}) as Partial<ProgramResult>;
    const open = failure.code === "PROGRAM_FAILED" ? stillOpen(trace) : [];
    throw open.length > 0 ? await refusalOf(sys, open) : inWordsOfLvs(failure, trace, program);
  }
}

/** Devices that were not removed for being open, when nothing else was refused. */
function stillOpen(trace: ProgramResult["trace"]): string[] {
  // An expectation that is not met shows a program its way.
  const refused = trace.filter(({ op, errno }) => errno !== null && !(op === "info" && errno !== "EBUSY"));
  const isOpen = refused.every(({ op, errno }) => errno === "EBUSY" && (op === "info" || op === "remove"));
  return isOpen ? [...new Set(refused.flatMap(({ device }) => device ?? []))] : [];
}

/**
 * The statuses that a program of ours checks are those of pools, which show it its way, and those of raids:
 * whether one leg may be left, or all are as they were.
 */
function inWordsOfLvs(failure: DvmError, trace: ProgramResult["trace"], program: Program): DvmError {
  const pools = new Set(
    program.instructions.flatMap((each) =>
      each.op === "check-status" && each.type === thinPool.type ? [each.name] : [],
    ),
  );
  const isOfPool = ({ op, device }: ProgramResult["trace"][number]) =>
    op === "check-status" && pools.has(device ?? "");
  const cause = { cause: failure, details: failure.details };
  // What looks at devices is how it is undone.
  const last = trace.findLast(({ op, errno }) => errno !== null && op !== "info");
  if (last && isOfPool(last))
    return new DvmError(
      failure.code,
      `${last.device} is at another transaction than the metadata has (${last.reason ?? ""}): it was ` +
        "changed without this VG, or is of another past, and stays as it is",
      cause,
    );
  const kept = trace.filter((each) => each.op === "check-status" && each.errno !== null && !isOfPool(each));
  if (kept.length === 0) return new DvmError(failure.code, failure.message, cause);
  const names = [...new Set(kept.map(({ device }) => device))].join(", ");
  const reason = kept[0]?.reason ?? "";
  return new DvmError(
    failure.code,
    reason.endsWith('?"') || reason.includes('"?')
      ? `${names} stays on all of its legs: the leg that was to be left alone is not in sync any more ` +
          `(${reason}); once its device gives no errors, dvm recover has the kernel rebuild it, ` +
          "and a later one does the rest"
      : `${names} stays as it is: a leg has failed or come back since the change was planned (${reason})`,
    cause,
  );
}

export const doesNothing = ({ instructions }: Program): boolean =>
  instructions.every(({ op }) => op === "exit");
