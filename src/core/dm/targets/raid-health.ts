/** What a raid's status tells of its members. A status proves nothing that it does not say. */
import type { DmDevice } from "../../../schema/index.ts";
import { type Ratio, readNumber, readRatio, statusWords } from "./status.ts";

export interface RaidStatus {
  readonly type: string;
  /** A letter a member: A in sync, a alive and not in sync, D failed, - missing. */
  readonly health: string;
  /** Sectors in sync, of all. */
  readonly sync: Ratio;
  /** idle, frozen, resync, recover, check, repair, reshape. */
  readonly action: string;
  /** Sectors that differed when they were last checked. */
  readonly mismatches: number;
}

/** Reads `<type> <#devices> <health> <in sync>/<total> <action> <mismatches> …` */
export function decodeRaidStatus(text: string): RaidStatus | undefined {
  const [type, count, health, share, action, different] = statusWords(text);
  const sync = readRatio(share);
  const mismatches = readNumber(different);
  if (type === undefined || health === undefined || action === undefined) return undefined;
  if (!sync || mismatches === undefined || readNumber(count) !== health.length) return undefined;
  return { type, health, sync, action, mismatches };
}

/**
 * in-sync: has all data; syncing: alive, and not yet; failed: thrown out by the kernel; absent: not in the
 * table.
 */
export type MemberHealth = "in-sync" | "syncing" | "failed" | "absent";

const HEALTH: ReadonlyMap<string, MemberHealth> = new Map([
  ["A", "in-sync"],
  ["a", "syncing"],
  ["D", "failed"],
  ["-", "absent"],
]);

export interface RaidHealth extends RaidStatus {
  /** In the order of the table. */
  readonly members: readonly MemberHealth[];
  /** Percent in sync with one decimal, rounded down so that 100 means all; null while a member is out. */
  readonly percent: number | null;
  /** Something is not in sync, and nothing is being done about it. */
  readonly stopped: boolean;
}

/**
 * @param device as dmexec state has it
 * @returns undefined when it is no raid alone, or its status is in no form that is known
 */
export function raidHealthOf({ table, status }: Pick<DmDevice, "table" | "status">): RaidHealth | undefined {
  if (table?.length !== 1 || table[0]?.type !== "raid") return undefined;
  const read = decodeRaidStatus(status?.[0] ?? "");
  return read && judgeRaid(read);
}

/** @returns undefined for a letter that is not known */
export function judgeRaid(status: RaidStatus): RaidHealth | undefined {
  const { health, sync, action } = status;
  const members = [...health].flatMap((letter) => HEALTH.get(letter) ?? []);
  if (members.length !== health.length) return undefined;
  // Only what has been in sync is compared, and the ratio tells then how far that has come.
  const isCompared = action === "check" || action === "repair";
  const isLeft = members.includes("syncing") || (sync.part < sync.whole && !isCompared);
  const isOut = members.some((member) => member === "failed" || member === "absent");
  return {
    ...status,
    members,
    percent: isOut || sync.whole === 0 ? null : isLeft ? percentBelow(sync) : 100,
    stopped: isLeft && (action === "idle" || action === "frozen"),
  };
}

/** What is left, however little, is not nothing. */
const percentBelow = ({ part, whole }: Ratio): number =>
  Math.min(Math.floor((part / whole) * 1000) / 10, 99.9);
