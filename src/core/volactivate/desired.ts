import type { Discovery, DmState, Metadata } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { asLive } from "../volume/as-live.ts";
import { checkMetadata } from "../volume/check.ts";
import { scopesOfLv, scopesOfVg } from "../volume/identity.ts";
import { requireKnownVersion, whyUnknown } from "../volume/known.ts";
import { isKnownLv } from "../volume/model.ts";
import { together } from "../volume/users.ts";
import { chooseLvs } from "./choose.ts";
import { desireLv } from "./desire.ts";
import { byDev, byPath, placesOf, requireSameVg } from "./places.ts";
import { requireWhole } from "./prepare.ts";

export interface DesiredRequest {
  readonly metadata: Metadata;
  readonly discovery: Discovery;
  /** Names or ids; none means all. */
  readonly lvs: readonly string[];
  readonly partial: boolean;
  /** Name disks by path instead of major:minor. */
  readonly paths: boolean;
  /** What is live: LVs that are so as LVM2 made them, before the VG was dvm's, have its names. */
  readonly live?: DmState | undefined;
}

/**
 * The dm devices that make these LVs, with the scope in which nothing else of them shall be.
 * @throws DvmError NOT_FOUND, UNSUPPORTED, BAD_INPUT; INCOMPLETE, unless partial
 */
export function desiredState({
  metadata: given,
  discovery,
  lvs,
  partial,
  paths,
  live,
}: DesiredRequest): DmState {
  requireKnownVersion(given);
  requireSameVg(given, discovery);
  const metadata = live ? asLive(given, live, discovery) : given;
  const relations = checkMetadata(metadata, "BAD_INPUT");
  const { vg } = metadata;
  const chosen = together(chooseLvs(metadata, lvs), relations);
  const places = placesOf(metadata, discovery, paths ? byPath : byDev(new Map()), { anyBlocks: paths });
  const unknown = chosen.find((lv) => !isKnownLv(lv));
  if (unknown) throw new DvmError("UNSUPPORTED", `LV ${unknown.name} ${whyUnknown(unknown)}`);
  if (!partial) requireWhole(chosen, places.of, places);
  return {
    scope: lvs.length === 0 ? [...scopesOfVg(vg)] : chosen.flatMap((lv) => scopesOfLv(vg, lv)),
    devices: chosen.flatMap((lv) => desireLv(vg, lv, relations, places.of, { partial })),
  };
}
