/**
 * From two states to three programs, phase by phase: compare, decide, heal, order, emit. Each is a folder,
 * goes by what those before it have found, and changes nothing of that.
 */
import type { DmState, Plan, Program } from "../../schema/index.ts";
import { ownsOf } from "../dm/uuid.ts";
import { compare } from "./compare/compare.ts";
import { decide } from "./decide/decide.ts";
import type { PlannedChange } from "./emit/change.ts";
import { abortProgram, applyingProgram, commitProgram, prepareProgram } from "./emit/programs.ts";
import { summarize } from "./emit/summarize.ts";
import { type Heal, heal } from "./heal/heal.ts";
import { healed } from "./heal/healed.ts";
import { order } from "./order/order.ts";

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
  const change = planChange(current, desired);
  return {
    prepare: owning(prepareProgram(change), desired),
    commit: owning(commitProgram(change), desired),
    abort: owning(abortProgram(change), desired),
    summary: summarize(change),
  };
}

/**
 * One program for when no transaction is involved: prepare, then commit. What fails while preparing is undone
 * (1, or 8); what fails after that is as with commit. Its summary is empty when there is nothing to do.
 * @throws as planPrograms
 */
export function applyProgram(current: DmState, desired: DmState): Program {
  const change = planChange(current, desired);
  return { ...owning(applyingProgram(change), desired), summary: summarize(change) };
}

/** It may change what is in the scope, whoever has made it. */
function owning(program: Program, { scope = [] }: DmState): Program {
  const owns = ownsOf(scope);
  return owns.length > 0 ? { ...program, owns } : program;
}

/** @param heals what is resumed before that which is found suspended in the current state */
function planChange(current: DmState, desired: DmState, heals: readonly Heal[] = []): PlannedChange {
  const comparison = compare(current, desired);
  const decisions = decide(comparison);
  const more = heal(decisions);
  // What is resumed may go on with another table: everything is planned for the state that is there then.
  if (more.length > 0) return planChange(healed(current, more), desired, [...heals, ...more]);
  return { decisions, heals, order: order(decisions) };
}
