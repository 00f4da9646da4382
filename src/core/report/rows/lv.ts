import type { Lv } from "../../../schema/index.ts";
import { blockBytesOf } from "../../volume/blocks.ts";
import { identityOf } from "../../volume/identity.ts";
import { eachSegment, isKnownLv, lengthOf, runsIn } from "../../volume/model.ts";
import type { Run } from "../../volume/runs.ts";
import { kindOf, typeOf } from "../../volume/types/index.ts";
import { usesOf, withUsed } from "../../volume/users.ts";
import { activationOf } from "../activation.ts";
import type { Row } from "../column.ts";
import { conditionOf } from "../condition.ts";
import { deviceName, type Facts } from "../facts.ts";

/** A row for each LV, in the order of the metadata. */
export function lvRows(facts: Facts): Row[] {
  const whereOf = locator(facts);
  return facts.metadata.lvs.map((lv) => lvRow(facts, lv, whereOf));
}

function lvRow(facts: Facts, lv: Lv, whereOf: (runs: readonly Run[]) => Where): Row {
  const { vg } = facts.metadata;
  const extents = lengthOf(lv);
  const { pvs, devices, missing } = whereOf(runsIn(lv.segments));
  const live = facts.dmOf.get(lv.id)?.get(identityOf(vg, lv).uuid)?.live;
  const {
    sync,
    health,
    fill,
    metaFill = null,
    dirty = null,
    availability,
    legs,
    mismatches,
    problems,
  } = conditionOf(facts, lv);
  return {
    name: lv.name,
    id: lv.id,
    vg: vg.name,
    type: typesOf(lv),
    size: extents * vg.extentSize,
    extents,
    legs: Math.max(1, legs.length),
    stripes: stripesOf(lv),
    segments: lv.segments.length,
    state: activationOf(facts, lv),
    sync,
    health,
    fill,
    metaFill,
    dirty,
    availability,
    mismatches,
    problems,
    blockBytes: blocksOf(facts, lv),
    legStates: legs.map(({ state }) => state),
    devices,
    pvs,
    missing,
    access: lv.access,
    activate: lv.activate,
    open: facts.dm ? (live?.openCount ?? (live ? null : 0)) : null,
    dm: live?.name ?? null,
    known: facts.metadata.version === 1 && isKnownLv(lv),
    work: lv.work ?? null,
    tags: lv.tags,
  };
}

/** The most devices that a segment of it, or of its parts, is striped over. */
function stripesOf({ segments }: Lv): number {
  let most = 1;
  eachSegment(segments, (segment) => {
    most = Math.max(most, typeOf(segment)?.width(segment) ?? 1);
  });
  return most;
}

/** The largest that it or an LV that it is built on has. */
function blocksOf(facts: Facts, lv: Lv): number | null {
  // Of ten thousand LVs, most are built on none.
  const isAlone = facts.users.size === 0 || usesOf(lv).length === 0;
  if (isAlone) return blockBytesOf(lv, facts.pvs) ?? null;
  const sizes = withUsed([lv], facts.lvs).flatMap((each) => blockBytesOf(each, facts.pvs) ?? []);
  return sizes.length === 0 ? null : Math.max(...sizes);
}

/** The PVs that an LV is on. */
interface Where {
  readonly pvs: readonly string[];
  readonly devices: readonly string[];
  /** Null when the devices are not known. */
  readonly missing: readonly string[] | null;
}

/** Most LVs are on one PV, and what is told of that is told once for all of them. */
function locator(facts: Facts): (runs: readonly Run[]) => Where {
  const tell = (pvs: readonly string[]): Where => ({
    pvs,
    devices: pvs.map((pv) => deviceName(facts, pv)),
    missing: facts.discovery ? pvs.filter((pv) => !facts.devices.has(pv)) : null,
  });
  const told = new Map<string, Where>();
  return (runs) => {
    const pv = runs.length === 1 ? runs[0]?.pv : undefined;
    if (pv === undefined) return tell([...new Set(runs.map((run) => run.pv))]);
    const where = told.get(pv) ?? tell([pv]);
    told.set(pv, where);
    return where;
  };
}

function typesOf({ segments }: Lv): string {
  const [first, second] = segments;
  if (first && !second) return kindOf(first);
  return [...new Set(segments.map(kindOf))].join("+");
}
