import { isPowerOfTwo, type Sectors } from "../../base/units.ts";
import { joinArgs, splitArgs } from "../args.ts";
import { ascending, decodeOptions, encodeOptions, MAX_DEVICES, type RaidOptions } from "./raid/options.ts";
import { dataLegs, type Redundancy, suffices } from "./raid/redundancy.ts";
import { decodeRaidStatus, judgeRaid, type RaidStatus } from "./raid-health.ts";
import { isRaidType, parityDevices, type RaidType } from "./raid-words.ts";
import {
  ALL,
  insist,
  onceOpened,
  readCount,
  type Target,
  type TargetRange,
  TargetRefusal,
} from "./target.ts";

/** One member. `metadata` null: none; `data` null: the member is missing. */
export interface RaidDevice {
  readonly metadata: string | null;
  readonly data: string | null;
}

/** `<type> <#params> <chunk size> [<option>…] <#devices> (<metadata> <data>)…` */
export interface Raid extends RaidOptions {
  readonly type: RaidType;
  readonly devices: readonly RaidDevice[];
}

/** Place of the health letters among the words of the status, and the letter of a member in sync. */
const HEALTH = 2;
const IN_SYNC = "A";
const OUT_OF_SYNC = "a";
const FAILED = "D";

/** Linux Documentation/admin-guide/device-mapper/dm-raid.rst */
export const raid: Target<Raid, RaidStatus> = {
  type: "raid",
  version: [1, 15, 1],
  features: {},
  modules: ["dm-raid", "raid0", "raid1", "raid10", "raid456"],
  worksAlone: true,
  growsInPlace: true,
  loadsQuietly: false,
  readsBelow: true,
  decodeParams(params) {
    const words = splitArgs(params);
    const [type, paramCount] = words;
    insist(type !== undefined, "No arguments");
    insist(isRaidType(type), "Unrecognised raid_type");
    const count = readCount(paramCount, "Cannot understand number of raid parameters", 1, words.length - 2);
    const deviceCount = readCount(
      words[2 + count],
      "Cannot understand number of raid devices",
      1,
      Math.floor((words.length - 3 - count) / 2),
    );
    insist(deviceCount <= MAX_DEVICES, "Invalid number of supplied raid devices");
    insist(deviceCount > parityDevices(type), "Insufficient number of devices");
    const given = decodeOptions(type, words.slice(2, 2 + count), deviceCount);
    const devices = Array.from({ length: deviceCount }, (_, index): RaidDevice => {
      const metadata = present(words[3 + count + 2 * index]);
      const data = present(words[4 + count + 2 * index]);
      onceOpened(ALL, () =>
        insist(data !== null || metadata === null, "No data device supplied with metadata device"),
      );
      return { metadata, data };
    });
    const raid: Raid = { type, ...given, devices };
    onceOpened(ALL, () => checkMembers(raid));
    return raid;
  },
  encodeParams(raid) {
    const options = encodeOptions(raid);
    const devices = raid.devices.flatMap(({ metadata, data }) => [metadata ?? "-", data ?? "-"]);
    return joinArgs([
      raid.type,
      options.length + 1,
      raid.chunkSize,
      ...options,
      raid.devices.length,
      ...devices,
    ]);
  },
  devicePositions(words) {
    const first = Number(words[1]) + 3;
    if (!(first >= 4)) return [];
    const end = first + 2 * Number(words[first - 1]);
    const members = words.flatMap((_, at) => (at >= first && at < end ? [at] : []));
    const journal = words.slice(0, first - 1).indexOf("journal_dev");
    return journal > 0 ? [journal + 1, ...members] : members;
  },
  check(raid, range) {
    checkRegion(raid, range);
    onceOpened(ALL, () => checkArray(raid, range));
  },
  areas(raid, range) {
    const length = memberLength(raid, range);
    const start = raid.options?.data_offset ?? 0;
    const members = raid.devices.flatMap(({ metadata, data }) => [
      ...(metadata === null ? [] : [{ device: metadata, start: 0, length: 0 }]),
      ...(data === null ? [] : [{ device: data, start, length }]),
    ]);
    return raid.journal ? [{ device: raid.journal.device, start: 0, length: 0 }, ...members] : members;
  },
  lasting: ({ sync: _sync, rebuild: _rebuild, ...raid }) => raid,
  copies: ({ type, devices, rebuild = [] }) => {
    if (type !== "raid1") return [];
    const where = (own: string, leg: number) => ({
      at: HEALTH,
      is: devices.map((_, other) => (other === leg ? own : "?")).join(""),
    });
    // While it is suspended in the middle of a rebuild, Linux 6.1 gives every leg that is alive the letter of
    // those that are not in sync. One that is not rebuilt itself can only have failed, which has another
    // letter.
    const isSource = (leg: number) => rebuild.length > 0 && !rebuild.includes(leg);
    return devices.map(({ data }, leg) => ({
      device: data,
      proof: [where(IN_SYNC, leg), ...(isSource(leg) ? [where(OUT_OF_SYNC, leg)] : [])],
    }));
  },
  stores: ({ devices, journal }) => [
    ...devices.flatMap(({ metadata }) => metadata ?? []),
    ...(journal ? [journal.device] : []),
  ],
  // Superblocks are read by the constructor alone: a leg that fails afterwards, the table takes for whole.
  knownBy(params, status) {
    const whole = () => raid.decodeParams(params).devices.map(({ data }) => (data === null ? "-" : IN_SYNC));
    const then = decodeRaidStatus(status)?.health ?? whole().join("");
    // Legs may have come to be in sync since, and what has grown is resynchronised as a whole; a leg that was
    // failed has not.
    const since = [then, then.replaceAll(OUT_OF_SYNC, IN_SYNC), then.replaceAll(IN_SYNC, OUT_OF_SYNC)];
    return [...new Set(since)].map((is) => ({ at: HEALTH, is }));
  },
  // A failed leg that answers again is taken back by the bitmap of what it missed; of an array that shrinks
  // Linux 6.1 does so without copying anything, and calls it in sync. So it is rebuilt from the beginning.
  distrust(params, live, status) {
    const health = decodeRaidStatus(status)?.health ?? "";
    const before = raid.decodeParams(live).devices;
    const array = raid.decodeParams(params);
    const isDoubtful = ({ data }: RaidDevice): boolean => {
      const leg = before.findIndex((each) => each.data === data);
      return data !== null && leg >= 0 && health[leg] === FAILED;
    };
    const doubtful = array.devices.flatMap((device, leg) => (isDoubtful(device) ? [leg] : []));
    if (doubtful.length === 0) return params;
    return raid.encodeParams({ ...array, rebuild: ascending([...(array.rebuild ?? []), ...doubtful]) });
  },
  leftOut: ({ devices }, { health }) =>
    devices.flatMap(({ metadata, data }, leg) =>
      health[leg] === FAILED ? [metadata, data].filter((device) => device !== null) : [],
    ),
  decodeStatus: decodeRaidStatus,
  troubles(status) {
    const health = status && judgeRaid(status);
    if (!health) return ["unreadable"];
    return [
      ...(health.stopped ? (["sync-stopped"] as const) : []),
      ...(health.mismatches > 0 ? (["copies-differ"] as const) : []),
    ];
  },
  progress: (status) => ({ sync: judgeRaid(status)?.percent ?? null, health: status.health }),
};

const present = (word: string | undefined): string | null =>
  word === undefined || word === "-" ? null : word;

function checkRegion({ type, options, chunkSize }: Raid, { length }: TargetRange): void {
  const region = options?.region_size;
  if (region === undefined || type === "raid0") return;
  insist(region <= length, "Supplied region size is too large");
  insist(region >= Math.floor(length / 2 ** 21), "Supplied region size is too small");
  insist(isPowerOfTwo(region), "Region size is not a power of 2");
  insist(region >= chunkSize, "Region size is smaller than the chunk size");
}

function checkMembers({ type, devices, rebuild }: Raid): void {
  const withMetadata = devices.some(({ metadata }) => metadata !== null);
  insist(!rebuild?.length || withMetadata, "Unable to rebuild drive while array is not in-sync");
  insist(type !== "raid10" || withMetadata, "Failed to run raid array");
  insist(parityDevices(type) < 2 || devices.length >= 4, "Failed to run raid array");
}

function checkArray(raid: Raid, { length }: TargetRange): void {
  if (raid.type !== "raid1" && raid.type !== "raid10")
    insist(
      length % dataLegs(redundancyOf(raid)) === 0,
      "Target length not divisible by number of data devices",
    );
  if (suffices(redundancyOf(raid), (leg) => raid.devices[leg]?.data !== null)) return;
  // With metadata dm-raid counts what is there, else md does.
  if (raid.devices.some(({ metadata }) => metadata !== null))
    throw new TargetRefusal("Insufficient redundancy to activate array");
  const errno = hasSome(raid) && parityDevices(raid.type) > 0 ? "EIO" : "EINVAL";
  throw new TargetRefusal("Failed to run raid array", errno);
}

const hasSome = ({ devices }: Raid): boolean => devices.some(({ data }) => data !== null);

/** What decides which members it can do without. */
export const redundancyOf = ({ type, devices, options, raid10Format }: Raid): Redundancy => ({
  type,
  legs: devices.length,
  ...(options?.raid10_copies !== undefined && { copies: options.raid10_copies }),
  ...(raid10Format && { format: raid10Format }),
});

/** Sectors of data on each member. */
export const memberLength = (raid: Raid, { length }: TargetRange): Sectors =>
  Math.ceil(length / dataLegs(redundancyOf(raid)));
