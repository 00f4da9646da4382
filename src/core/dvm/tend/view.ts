/** A VG as tend finds it: asked anew for each duty, under the VG's lock. */
import type { Discovery, LvRow, Metadata, SegRow, TmVerify } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import type { Sys } from "../../port/sys.ts";
import { rowsOf } from "../rows-of.ts";
import { verifyAnyway } from "../verify.ts";
import { findVg, readMetadata, type Where } from "../vg.ts";

/** A leg of an LV that something is wrong with, or that comes with the work on it. */
export interface SeenLeg {
  readonly number: number;
  /** Paths of its devices; ids of missing ones. */
  readonly devices: readonly string[];
  /** Ids of the PVs. */
  readonly pvs: readonly string[];
  /** As in reports. */
  readonly state: string | null;
  readonly problem: string | null;
}

export interface TendView {
  readonly sys: Sys;
  readonly where: Where;
  readonly discovery: Discovery;
  readonly verified: TmVerify;
  readonly metadata: Metadata;
  /** By id. */
  readonly rows: ReadonlyMap<string, LvRow>;
  /** Of an LV, by its id. */
  readonly legs: ReadonlyMap<string, readonly SeenLeg[]>;
}

/** @throws DvmError OUT_OF_SYNC, STALE when nobody can tell which metadata is the VG's */
export async function lookAtVg(sys: Sys, where: Where): Promise<TendView> {
  const discovery = await findVg(sys, where);
  const verified = await verifyAnyway(sys, discovery);
  if (verified.txid === null || verified.state === "out-of-sync")
    throw new DvmError(
      "OUT_OF_SYNC",
      verified.problems.join("; ") || `VG ${discovery.vg.name} has no metadata`,
    );
  const metadata = await readMetadata(sys, discovery);
  const columns = "id,name,state,sync,fill,metaFill,dirty,availability,problems,missing";
  const rows = await rowsOf<LvRow>(sys, where, "lv", columns);
  return {
    sys,
    where,
    discovery,
    verified,
    metadata,
    rows: new Map(rows.flatMap((row) => (row.id === undefined ? [] : [[row.id, row] as const]))),
    legs: await legsSeen(sys, where),
  };
}

type Gathered = SeenLeg & { readonly devices: string[]; readonly pvs: string[] };

async function legsSeen(sys: Sys, where: Where): Promise<ReadonlyMap<string, readonly SeenLeg[]>> {
  const parts = await rowsOf<SegRow>(sys, where, "seg", "lvId,leg,device,pv,legState,problem");
  const legs = new Map<string, Map<number, Gathered>>();
  for (const { lvId = "", leg: number, device, pv, legState = null, problem = null } of parts) {
    if (number === null || number === undefined) continue;
    const ofLv = legs.get(lvId) ?? new Map<number, Gathered>();
    const leg = ofLv.get(number) ?? { number, devices: [], pvs: [], state: legState, problem };
    if (device && !leg.devices.includes(device)) leg.devices.push(device);
    if (pv && !leg.pvs.includes(pv)) leg.pvs.push(pv);
    legs.set(lvId, ofLv.set(number, leg));
  }
  return new Map([...legs].map(([id, ofLv]) => [id, [...ofLv.values()]]));
}

/** What people are told of a leg. */
export const nameOfLeg = ({ number, devices }: SeenLeg): string =>
  devices.length > 0 ? `leg ${number} on ${devices.join(", ")}` : `leg ${number}`;
