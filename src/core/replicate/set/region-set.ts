/** A region file opened: every region looked at, and what they amount to. */
import { DvmError, isNotPermitted, toDvmError } from "../../base/error.ts";
import { inParallel } from "../../base/in-parallel.ts";
import type { BlockDevice } from "../../port/block.ts";
import type { Sys } from "../../port/sys.ts";
import { checkOverlaps, failureIn, placesOf, type RegionAddress, type RegionPlace } from "../disk/place.ts";
import { devicePool } from "./device-pool.ts";
import { type KnownRoots, type Looked, lookAt, type RegionView, viewOf } from "./region-view.ts";
import { type SetState, setStateOf } from "./set-state.ts";

/** What of the world the regions need. */
export type RegionSys = Pick<Sys, "config" | "disks" | "clock" | "chance" | "terminal">;

export interface RegionSet {
  readonly sys: RegionSys;
  readonly views: readonly RegionView[];
  readonly state: SetState;
  /** Regions worked on at once. */
  readonly inFlight: number;
  /** Runs `use` with the region's device open. Not to be nested. */
  with<T>(place: RegionPlace, use: (device: BlockDevice) => Promise<T>): Promise<T>;
}

export interface OpenSet {
  readonly write: boolean;
  /** Read and check the root pages in every region; otherwise equal ones are read once. */
  readonly thorough: boolean;
}

/**
 * Checks the region file, looks at every region and runs `use`. Regions that cannot be read are views with a
 * failure. A device that is not there, can be none or ends before its region is one, too; when that is so of
 * all of them, the region file is wrong.
 * @throws DvmError BAD_REGION, BAD_INPUT, NOT_FOUND before anything is written; what `use` throws
 */
export async function withRegionSet<T>(
  sys: RegionSys,
  regions: readonly RegionAddress[],
  { write, thorough }: OpenSet,
  use: (set: RegionSet) => Promise<T>,
): Promise<T> {
  const inFlight = sys.config.replicate?.inFlight ?? 64;
  const places = placesOf(regions);
  const forWriting = devicePool(sys.disks, write);
  const forReading = devicePool(sys.disks, false);
  /** Path -> why it cannot be written to. */
  const readOnly = new Map<string, string>();
  const withDevice: RegionSet["with"] = async (place, use) => {
    if (!readOnly.has(place.path)) {
      try {
        return await forWriting.with(place.path, use);
      } catch (error) {
        if (!write || !isReadOnly(error)) throw error;
        readOnly.set(place.path, error.message);
      }
    }
    return forReading.with(place.path, use);
  };
  try {
    const known: KnownRoots = { seen: new Map(), asked: new Map() };
    const looked: (Looked | DvmError)[] = [];
    await inParallel(places, inFlight, async (place, index) => {
      looked[index] = await withDevice(place, (device) => lookAt(device, place, known, thorough)).catch(
        (error) => {
          const failure = toDvmError(error);
          if (failure.code === "BUG") throw error;
          return failure;
        },
      );
    });
    // Now that they are open, they need not be asked for once more.
    await checkOverlaps(sys.disks, places, inFlight);
    const failures = looked.filter((each) => each instanceof DvmError);
    const [first] = failures;
    if (first && failures.length === places.length && failures.every(isNoRegion))
      throw failureIn(places[0] as RegionPlace, first);
    const views = places.map((place, index) =>
      viewOf(place, looked[index] as Looked | DvmError, known, readOnly.get(place.path) ?? null),
    );
    return await use({ sys, views, state: setStateOf(views), inFlight, with: withDevice });
  } finally {
    await forWriting.close();
    await forReading.close();
  }
}

/** To be read all the same: it, or this user, may not be written. */
const isReadOnly = (error: unknown): error is DvmError =>
  error instanceof DvmError && (error.code === "READ_ONLY" || isNotPermitted(error));

/**
 * There is no such range of bytes: nothing at the path, what can be no device, or one that ends before it.
 */
const isNoRegion = ({ code, status }: DvmError): boolean => code === "NOT_FOUND" || status === 2;
