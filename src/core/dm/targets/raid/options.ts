import { isPowerOfTwo, type Sectors } from "../../../base/units.ts";
import { isNumberOption, type NumberOption, type RaidType, validOptions } from "../raid-words.ts";
import { insist, readCount, readSigned } from "../target.ts";

/** What a table of dm-raid says besides the members: `<chunk size> [<option>…]`. */
export interface RaidOptions {
  /** 0 for raid1, which has none. */
  readonly chunkSize: Sectors;
  /** sync: rebuild nothing; nosync: what is there counts as in sync. Left out: as the metadata says. */
  readonly sync?: "sync" | "nosync";
  /** Members by number that are to be rebuilt from the others. */
  readonly rebuild?: readonly number[];
  readonly writeMostly?: readonly number[];
  readonly options?: Readonly<Partial<Record<NumberOption, number>>>;
  readonly raid10Format?: "near" | "far" | "offset";
  readonly journal?: { readonly device: string; readonly mode?: "writethrough" | "writeback" };
}

/** Members at most. */
export const MAX_DEVICES = 253;

/**
 * The words between the type and the number of devices, the count of them left out.
 * @throws TargetRefusal as the constructor does
 */
export function decodeOptions(type: RaidType, words: readonly string[], deviceCount: number): RaidOptions {
  // raid1 has no chunks: any whole number does.
  const chunk = type === "raid1" ? words[0]?.replace(/^-/, "") : words[0];
  const chunkSize = readSigned(chunk, "Bad numerical argument given for chunk_size");
  if (type !== "raid1") {
    insist(isPowerOfTwo(chunkSize), "Chunk size must be a power of 2");
    insist(chunkSize >= 8, "Chunk size value is too small");
  }
  const rebuild: number[] = [];
  const writeMostly: number[] = [];
  const options: Partial<Record<NumberOption, number>> = {};
  const valid = validOptions(type);
  let sync: RaidOptions["sync"];
  let format: RaidOptions["raid10Format"];
  let journal: RaidOptions["journal"];
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at] ?? "";
    insist(!isOption(word) || valid.includes(word), "Invalid flags combination");
    if (word === "sync" || word === "nosync") {
      insist(sync === undefined, `Only one '${word}' argument allowed`);
      sync = word;
      continue;
    }
    at += 1;
    const value = words[at];
    insist(value !== undefined, "Wrong number of raid parameters given");
    if (word === "rebuild" || word === "write_mostly") {
      const index = readSigned(value, `Invalid ${word} index given`, 0, deviceCount - 1);
      (word === "rebuild" ? rebuild : writeMostly).push(index);
    } else if (word === "raid10_format") {
      insist(
        value === "near" || value === "far" || value === "offset",
        "Invalid 'raid10_format' value given",
      );
      format = value;
    } else if (word === "journal_dev") {
      journal = { device: value };
    } else if (word === "journal_mode") {
      insist(value === "writethrough" || value === "writeback", "Invalid 'journal_mode' argument");
      insist(journal !== undefined, "raid456 journal device is not given before its mode");
      journal = { ...journal, mode: value };
    } else {
      insist(isNumberOption(word), "Unable to parse RAID parameter");
      insist(options[word] === undefined, `Only one ${word} argument pair allowed`);
      options[word] = readOption(word, value, deviceCount);
    }
  }
  insist(
    writeMostly.length < deviceCount || new Set(writeMostly).size < deviceCount,
    "Can't set all raid1 devices to write_mostly",
  );
  insist(
    type !== "raid10" || deviceCount % (options.raid10_copies ?? 2) === 0 || format !== "far",
    "Invalid number of raid10 devices",
  );
  return {
    chunkSize: type === "raid1" ? 0 : chunkSize,
    ...(sync && { sync }),
    ...(rebuild.length > 0 && { rebuild: ascending(rebuild) }),
    ...(writeMostly.length > 0 && { writeMostly: ascending(writeMostly) }),
    ...(Object.keys(options).length > 0 && { options }),
    ...(format && { raid10Format: format }),
    ...(journal && { journal }),
  };
}

const isOption = (word: string): boolean =>
  isNumberOption(word) ||
  ["sync", "nosync", "rebuild", "write_mostly", "raid10_format", "journal_dev", "journal_mode"].includes(
    word,
  );

export const ascending = (numbers: readonly number[]): number[] =>
  [...new Set(numbers)].sort((a, b) => a - b);

function readOption(word: NumberOption, value: string, deviceCount: number): number {
  if (word === "raid10_copies") return readSigned(value, "Bad value for 'raid10_copies'", 2, deviceCount);
  if (word === "delta_disks" && value.startsWith("-"))
    return -readCount(value.slice(1), "Bad numerical argument given in raid params", 0, MAX_DEVICES);
  return readSigned(value, "Bad numerical argument given in raid params", 0, 2 ** 31 - 1);
}

/** What follows the chunk size, in the order that the kernel's documentation promises to user space. */
export function encodeOptions(raid: RaidOptions): (string | number)[] {
  const { sync, rebuild = [], writeMostly = [], options = {}, raid10Format, journal } = raid;
  const number = (...names: NumberOption[]) =>
    names.flatMap((name) => (options[name] === undefined ? [] : [name, options[name]]));
  return [
    ...(sync ? [sync] : []),
    ...rebuild.flatMap((index) => ["rebuild", index]),
    ...number("daemon_sleep", "min_recovery_rate", "max_recovery_rate"),
    ...writeMostly.flatMap((index) => ["write_mostly", index]),
    ...number("max_write_behind", "stripe_cache", "region_size", "raid10_copies"),
    ...(raid10Format ? ["raid10_format", raid10Format] : []),
    ...number("delta_disks", "data_offset"),
    ...(journal ? ["journal_dev", journal.device] : []),
    ...(journal?.mode ? ["journal_mode", journal.mode] : []),
  ];
}
