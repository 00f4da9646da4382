/**
 * Finds what of an LV's legs does not agree, and has legs rebuilt that somebody, or two parities, say are
 * wrong. Nothing else mends it: of two copies that differ, nobody can tell which is right.
 */
import type { Discovery, Lv, Scrubbed, ScrubbedExtents } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import type { Extents } from "../base/units.ts";
import type { Mismatch } from "../mapper/scrub/scrub.ts";
import { scrubDevice } from "../mapper/scrub/scrub-device.ts";
import type { Sys } from "../port/sys.ts";
import { identityOf } from "../volume/identity.ts";
import { arraysOf, type LegArray } from "../volume/model.ts";
import { refuseInWork } from "../volume/work.ts";
import { underLvLocks } from "./lv-locks.ts";
import { type LegChoice, wrongLegs } from "./scrub-choice.ts";
import { takeBackLegs } from "./take-back.ts";
import { lookAtVg, type TendView } from "./tend/view.ts";
import { findVg, type Where, withLock } from "./vg.ts";

export interface ScrubOptions extends LegChoice {
  /** vg/lv */
  readonly lv: string;
  readonly devices: readonly string[];
}

/** Between two looks at what a live LV may be writing. */
const PAUSE_MS = 100;

/**
 * @throws DvmError UNSUPPORTED for an LV that has everything once; INCOMPLETE for one whose legs are not all
 *   in sync, or that is down and shall be mended; WOULD_LOSE_DATA when it cannot be told which leg is wrong
 */
export async function scrubLv(sys: Sys, { lv: named, devices, ...choice }: ScrubOptions): Promise<Scrubbed> {
  const [vg = "", name = "", more] = named.split("/");
  if (vg === "" || name === "" || more !== undefined)
    throw new DvmError("USAGE", `"${named}" names no LV: write VG/LV`);
  const where: Where = { vg, devices };
  const { id } = (await findVg(sys, where)).vg;
  const before = await withLock(sys, id, "shared", () => subjectOf(sys, where, name));
  const { live, view, lv, array } = before;
  const compare = () => compared(sys, before);
  // What is down is kept so; what is live is not kept from being changed for as long as that takes.
  const found = live ? await compare() : await whileDown(sys, where, before, compare);
  const after = live ? await withLock(sys, id, "shared", () => subjectOf(sys, where, name)) : before;
  refuseChanged(after.lv, lv);
  const mismatches = extentsOf(found, array, view.metadata.vg.extentSize);
  const wrong = choice.repair ? wrongLegs(lv, array, mismatches, choice) : [];
  if (wrong.length > 0) await rebuild(sys, where, before, wrong);
  return { vg: view.metadata.vg.name, lv: lv.name, live, mismatches, rebuilt: [...wrong] };
}

/** Nobody writes it meanwhile, or brings it up; others of the VG go on. */
async function whileDown<T>(
  sys: Sys,
  where: Where,
  { view, lv }: Subject,
  work: () => Promise<T>,
): Promise<T> {
  const { release } = await underLvLocks(sys, view.discovery as Discovery, async ({ take }) => {
    const now = await subjectOf(sys, where, lv.id);
    if (now.live) throw changedMeanwhile(lv);
    refuseChanged(now.lv, lv);
    await take(now.lv, "shared", "content");
  });
  return work().finally(release);
}

const changedMeanwhile = ({ name }: Lv): DvmError =>
  new DvmError("STALE", `LV ${name} was changed meanwhile: scrub it again`);

function refuseChanged(now: Lv, lv: Lv): void {
  if (JSON.stringify(now) !== JSON.stringify(lv)) throw changedMeanwhile(lv);
}

interface Subject {
  readonly view: TendView;
  readonly lv: Lv;
  readonly array: LegArray;
  readonly live: boolean;
}

async function subjectOf(sys: Sys, where: Where, name: string): Promise<Subject> {
  const view = await lookAtVg(sys, where);
  const lv = view.metadata.lvs.find((each) => each.name === name || each.id === name);
  if (!lv) throw new DvmError("NOT_FOUND", `VG ${view.metadata.vg.name} has no LV ${name}`);
  refuseInWork(lv);
  const [array] = arraysOf(lv);
  if (!array) throw new DvmError("UNSUPPORTED", `LV ${lv.name} has everything once: nothing can be compared`);
  const { state, problems = [] } = view.rows.get(lv.id) ?? {};
  const bad = problems.filter((code) => code !== "lv-copies-differ");
  if (bad.length > 0)
    throw new DvmError(
      "INCOMPLETE",
      `LV ${lv.name} is not well (${bad.join(", ")}): only legs that are all in sync are compared`,
    );
  return { view, lv, array, live: state !== "inactive" };
}

async function compared(sys: Sys, { view, lv, array, live }: Subject): Promise<readonly Mismatch[]> {
  const { metadata, discovery } = view;
  const desired = await sys.toolbox.call({
    applet: "volactivate",
    verb: "desired",
    options: { metadata, discovery: discovery as Discovery, lv: [lv.name], paths: true },
  });
  const { uuid } = identityOf(metadata.vg, lv, array.layer);
  const device = defined(
    desired.devices.find((each) => each.uuid === uuid),
    "the device of the array",
  );
  const found: Mismatch[] = [];
  const dm = live ? await sys.openDm() : undefined;
  try {
    await scrubDevice(
      desired,
      device.name,
      sys.disks,
      () => dm?.pause(PAUSE_MS),
      (mismatch) => void found.push(mismatch),
    );
  } finally {
    dm?.close();
  }
  return found;
}

/** By the extents in which they are, neighbours of the same legs together. */
function extentsOf(found: readonly Mismatch[], { legs }: LegArray, extentSize: number): ScrubbedExtents[] {
  const runs: ScrubbedExtents[] = [];
  const numberOf = (index: number): number => defined(legs[index], "a leg").number;
  for (const { start, length, legs: places, wrong } of found) {
    const first: Extents = Math.floor(start / extentSize);
    const end: Extents = Math.ceil((start + length) / extentSize);
    const at = {
      legs: places.map(numberOf).sort((a, b) => a - b),
      wrong: wrong === undefined ? null : numberOf(wrong),
    };
    const last = runs.at(-1);
    const isNext =
      last &&
      first <= last.start + last.length &&
      last.wrong === at.wrong &&
      last.legs.join() === at.legs.join();
    if (isNext) {
      last.length = Math.max(end, last.start + last.length) - last.start;
      last.blocks += 1;
    } else runs.push({ start: first, length: end - first, blocks: 1, ...at });
  }
  return runs;
}

async function rebuild(sys: Sys, where: Where, { view, lv, live }: Subject, wrong: readonly number[]) {
  const { name } = view.metadata.vg;
  if (!live)
    throw new DvmError(
      "INCOMPLETE",
      `LV ${lv.name} is down, and only a live one rebuilds legs: dvm activate ${name} ${lv.name} first`,
    );
  const legs = (view.legs.get(lv.id) ?? []).filter(({ number }) => wrong.includes(number));
  const all = legs.map(({ number, devices }) => ({
    lv: lv.name,
    lvId: lv.id,
    number,
    devices,
    problem: "leg-failed",
  }));
  await takeBackLegs(sys, where, { unmarked: [], failed: all, back: all });
}
