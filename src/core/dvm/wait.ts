/** Waits until work on LVs that the kernel does by itself is over. Nothing is locked meanwhile. */
import type { Lv, LvRow, Segment } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { steadyMs } from "../base/steady-ms.ts";
import type { Sys } from "../port/sys.ts";
import { legsOf } from "../volume/model.ts";
import { typeOf } from "../volume/types/index.ts";
import { wrappedBy } from "../volume/users.ts";
import { finish } from "./tend/finish.ts";
import { merged } from "./tend/merged.ts";
import { lookAtVg, type TendView } from "./tend/view.ts";

export type WaitFor = "synced" | "merged" | "moved" | "flushed";

export interface WaitOptions {
  readonly vg: string;
  /** Left out: all LVs of the VG. */
  readonly lv: string | undefined;
  readonly devices: readonly string[];
  readonly what: WaitFor;
  /** Left out: for ever. */
  readonly timeoutMs: number | undefined;
}

const POLL_MS = 1000;

/** @throws DvmError DEADLINE; NOT_ACTIVATED, INCOMPLETE when it will not come to that by itself */
export async function waitFor(sys: Sys, { vg, lv, devices, what, timeoutMs }: WaitOptions): Promise<void> {
  const begun = steadyMs();
  for (let slept = 0; ; slept += POLL_MS) {
    const left = await notYet(await lookAtVg(sys, { vg, devices }), what, lv);
    if (left.length === 0) return;
    const waited = Math.max(slept, steadyMs() - begun);
    if (timeoutMs !== undefined && waited >= timeoutMs)
      throw new DvmError(
        "DEADLINE",
        `not ${what} within ${timeoutMs / 1000} s: ${left.map(told).join("; ")}`,
      );
    const done = left.reduce((sum, { sync, dirty }) => sum + (sync ?? 100 - (dirty ?? 100)), 0);
    sys.terminal.progress(
      `waiting for ${left.map(({ name }) => name).join(", ")} (%)`,
      done,
      100 * left.length,
    );
    await sys.clock.sleep(POLL_MS);
  }
}

const told = ({ name, sync, dirty }: LvRow): string => {
  if (typeof sync === "number") return `LV ${name} has come to ${sync} %`;
  return `LV ${name}${typeof dirty === "number" ? `'s origin still lacks ${dirty} % of its cache` : ""}`;
};

/** The rows of those that have not come to it. */
async function notYet(view: TendView, what: WaitFor, lv: string | undefined): Promise<readonly LvRow[]> {
  const { metadata, rows } = view;
  const wanted = metadata.lvs.filter(({ id, name }) => lv === undefined || lv === id || lv === name);
  if (wanted.length === 0 && lv !== undefined)
    throw new DvmError("NOT_FOUND", `VG ${metadata.vg.name} has no LV ${lv}`);
  const { due } =
    what === "merged" ? await merged(view) : what === "moved" ? await finish(view) : { due: [] };
  const isDue = new Set(due.map((duty) => duty.lv?.id));
  return wanted
    .filter((each) => isUnderWay(each, what, rows.get(each.id)) && !isDue.has(each.id))
    .map((each) => {
      if (what === "flushed") refuseUnflushed(each, metadata.vg.name);
      return goesOn(each, what, rows.get(workerOf(each, what)), metadata.vg.name);
    });
}

function isUnderWay(lv: Lv, what: WaitFor, row: LvRow | undefined): boolean {
  if (what === "moved") return lv.work !== undefined;
  if (what === "synced") return legsOf(lv).length > 0 && row?.sync !== 100;
  const [first] = lv.segments;
  if (what === "flushed") return first !== undefined && isCached(first) && row?.dirty !== 0;
  return first !== undefined && typeOf(first)?.wraps?.isMixed(first) === true;
}

const isCached = (segment: Segment): boolean => typeOf(segment)?.caches !== undefined;

/** @throws DvmError when nobody has begun to write back what a cache has */
function refuseUnflushed({ name, segments: [first] }: Lv, vg: string): void {
  const state = first && typeOf(first)?.caches?.state(first);
  if (state === "flushing") return;
  throw new DvmError(
    "INCOMPLETE",
    state === "lost"
      ? `the cache of LV ${name} has been given up, so it will not be flushed: ` +
          `dvm uncache ${vg}/${name} --drop`
      : `nothing empties the cache of LV ${name} yet: dvm uncache ${vg}/${name} begins that`,
  );
}

/** The LV whose device does it: that of an origin for what is put back into it. */
const workerOf = (lv: Lv, what: WaitFor): string => (what === "merged" ? (wrappedBy(lv) ?? lv.id) : lv.id);

/** @throws DvmError when nothing works on it */
function goesOn({ name }: Lv, what: WaitFor, row: LvRow | undefined, vg: string): LvRow {
  if (row?.state !== "active")
    throw new DvmError(
      "NOT_ACTIVATED",
      `LV ${name} is not live, so it will not be ${what}: dvm activate ${vg}`,
    );
  if (what === "synced" && (row.sync === null || row.sync === undefined))
    throw new DvmError(
      "INCOMPLETE",
      `a leg of LV ${name} is left out, so it will not be ${what} by itself: dvm doctor says why`,
    );
  return row;
}
