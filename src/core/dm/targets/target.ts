/**
 * What a device-mapper target is to us: its table line both ways, the devices it uses, and the checks that
 * its constructor in the kernel makes. One file per target; index.ts has them all.
 */
import type { Sectors } from "../../base/units.ts";
import type { Progress } from "./progress.ts";
import type { Trouble } from "./trouble.ts";

/** The range of the dm device that a target serves. */
export interface TargetRange {
  readonly start: Sectors;
  readonly length: Sectors;
}

/** The parameters of a target that takes none. */
export type NoParams = Readonly<Record<never, never>>;

/** A range of an underlying device that a target maps to. */
export interface DeviceRange {
  /** The token as it stands in the parameters, unescaped. */
  readonly device: string;
  readonly start: Sectors;
  readonly length: Sectors;
}

/** One of several devices with the same content. */
export interface TargetCopy {
  /** As it stands in the parameters. null: it is missing. */
  readonly device: string | null;
  /** The words of the status by which it has all that was ever written; a `?` stands for any character. */
  readonly proof: readonly StatusWord[];
}

/** The flags of struct target_type that decide which tables are allowed. */
export interface TargetFeatures {
  /** Stands alone in its table. */
  readonly singleton?: true;
  /** A device that has it live can only get it (or a wildcard) again. */
  readonly immutable?: true;
  /** Cannot be in a read-only table. */
  readonly alwaysWritable?: true;
  /** May replace an immutable one. */
  readonly wildcard?: true;
}

/** A word of a status by its place, counted from 0. */
export interface StatusWord {
  readonly at: number;
  readonly is: string;
}

export interface Target<Params, Status = unknown> {
  readonly type: string;
  /** The version whose behaviour this describes: that of Linux 6.1. */
  readonly version: readonly [number, number, number];
  readonly features: TargetFeatures;
  /**
   * The kernel's modules that have it, and those that it asks for by name when a table is loaded. Left out:
   * it is in dm-mod, or those who set it up bring its modules along.
   */
  readonly modules?: readonly string[];
  /**
   * Does I/O that nobody has asked it for: copies, writes back, keeps metadata. One that we do not know may.
   */
  readonly worksAlone: boolean;
  /** Where its table only gets longer, what was there before is mapped as before. */
  readonly growsInPlace: boolean;
  /** Its constructor reads and writes nothing: it can be loaded over what is suspended. */
  readonly loadsQuietly: boolean;
  /**
   * Reads the parameters, with the constructor's checks on their form.
   * @throws TargetRefusal with the kernel's errno and reason
   */
  decodeParams(params: string): Params;
  /** The parameters in the order in which the kernel prints them. */
  encodeParams(params: Params): string;
  /** Where device tokens stand among the words; works on any words, wrong ones too. "-" may stand there. */
  devicePositions(words: readonly string[]): readonly number[];
  /** The constructor's checks that need the range. @throws TargetRefusal */
  check(params: Params, range: TargetRange): void;
  /**
   * The ranges of devices that must exist: what the kernel compares with the devices' sizes. A target that
   * finds its length by itself names length 0: the device need only be there.
   */
  areas(params: Params, range: TargetRange): readonly DeviceRange[];
  /**
   * The devices on which it keeps what it knows, of those that the table names: it writes them once more when
   * its table is dropped, suspended or not. Left out: none.
   */
  stores?(params: Params): readonly string[];
  /** It looks at the size of its stores whenever it needs more of them. */
  readonly usesGrowthAtOnce?: true;
  /**
   * While it is live, what it maps is where the table says, up to writes that are under way: it can be read
   * there by somebody else.
   */
  readonly readsBelow?: true;
  /**
   * It stands for an origin: before a write goes on, what was there is kept in the stores of its snapshots.
   */
  readonly standsForOrigin?: true;
  /** Keeps in a store what differs from an origin: both as they stand in the parameters. */
  differences?(params: Params): { readonly origin: string; readonly store: string };
  /**
   * Devices of which each holds all that the table maps: none may take the others' place unless its status
   * proves that nothing is missing from it. Left out, or empty: there are none.
   */
  copies?(params: Params): readonly TargetCopy[];
  /**
   * The parameters with `?` for each key that stands in them; works on wrong ones too. Left out: none ever
   * does. Keys belong into the kernel's keyring: no document of ours holds one.
   */
  withoutSecrets?(params: string): string;
  /** The parameters without what is asked for once, when a table is loaded. Left out: all of it lasts. */
  lasting?(params: Params): Params;
  /**
   * Of a target whose constructor reads what the live table of its device writes as it goes: the words that
   * the live one's status must still have for a table that was loaded at `status` to know all; where that
   * says nothing, those of a device with which nothing is wrong.
   */
  knownBy?(params: string, status: string): readonly StatusWord[];
  /**
   * For such a target: the parameters of a table that takes nothing for right that the live one's status
   * denies.
   */
  distrust?(params: string, live: string, status: string): string;
  /**
   * The devices of the table that the status shows to be left out: nothing is sent to them any more. Left
   * out: none ever is.
   */
  leftOut?(params: Params, status: Status): readonly string[];
  /** Reads a status line; undefined when it is in no form that is known. Left out: it is always empty. */
  decodeStatus?(text: string): Status | undefined;
  /** What the status tells of its progress and health. Left out: nothing. */
  progress?(status: Status): Partial<Progress>;
  /** What in it is not well; undefined: it is in no form that is known. Left out: it tells no such thing. */
  troubles?(status: Status | undefined): readonly Trouble[];
}

/** A constructor's refusal: the reason is what the kernel logs. */
export class TargetRefusal extends Error {
  override readonly name = "TargetRefusal";
  readonly errno: string;
  readonly reason: string;
  /** How many of its devices, in the order of devicePositions, the constructor has opened by then. */
  readonly opened: number;

  constructor(reason: string, errno = "EINVAL", opened = 0) {
    super(`${reason} (${errno})`);
    this.errno = errno;
    this.reason = reason;
    this.opened = opened;
  }
}

/** Refuses with EINVAL unless the condition holds. */
export function insist(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new TargetRefusal(reason);
}

/** All of its devices. */
export const ALL = Number.POSITIVE_INFINITY;

/** Reads or checks what the constructor looks at when it has opened so many of its devices. */
export function onceOpened<T>(devices: number, read: () => T): T {
  try {
    return read();
  } catch (refusal) {
    if (!(refusal instanceof TargetRefusal)) throw refusal;
    throw new TargetRefusal(refusal.reason, refusal.errno, devices);
  }
}

/** A whole number in decimal within bounds, digits alone. @throws TargetRefusal EINVAL with the reason */
export function readCount(
  word: string | undefined,
  reason: string,
  least = 0,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  insist(word !== undefined && /^\d{1,16}$/.test(word), reason);
  const value = Number(word);
  insist(Number.isSafeInteger(value) && value >= least && value <= most, reason);
  return value;
}

/** The same where the kernel reads by kstrtoul, which lets a plus stand before the digits. */
export const readSigned: typeof readCount = (word, ...rest) => readCount(word?.replace(/^\+/, ""), ...rest);

/** Takes `<#words> word…` from the front of words. @throws TargetRefusal EINVAL with the reason */
export function takeGroup(words: string[], reason: string, most: number): string[] {
  const count = readCount(words.shift(), reason, 0, most);
  insist(words.length >= count, reason);
  return words.splice(0, count);
}
