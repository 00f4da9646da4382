import { isPowerOfTwo, type Sectors } from "../../base/units.ts";
import { joinArgs, splitArgs } from "../args.ts";
import { percent } from "./progress.ts";
import { type Ratio, readNumber, readRatio, statusWords } from "./status.ts";
import { ALL, insist, onceOpened, readCount, type Target, type TargetRange, takeGroup } from "./target.ts";

/** Where it is written which regions are in sync: `core` is forgotten with the device, `disk` is kept. */
export interface MirrorLog {
  readonly type: "core" | "disk";
  /** Of a disk log only. */
  readonly device?: string;
  readonly regionSize: Sectors;
  /**
   * nosync: all of it counts as in sync, nothing is copied; sync: all is copied. Left out: as the log says.
   */
  readonly sync?: "sync" | "nosync";
}

/** `<log type> <#words> [<device>] <region size> [<sync>] <#legs> (<device> <offset>)… [<#features> …]` */
export interface Mirror {
  readonly log: MirrorLog;
  /** The first is the source as long as another is not in sync. */
  readonly legs: readonly { readonly device: string; readonly offset: Sectors }[];
  /** Goes on without a leg that fails, as soon as somebody has handled the event. */
  readonly handleErrors?: true;
  readonly keepLog?: true;
}

export interface MirrorStatus {
  /** Regions in sync, of all. */
  readonly sync: Ratio;
  /** A letter a leg: A alive, D write failed, S sync failed, R read failed, F flush failed, U unknown. */
  readonly health: string;
  /** Of a disk log: A alive, D failed. */
  readonly logHealth?: string;
}

const MAX_LEGS = 9;
/** Sectors of a disk log before its bits. */
const LOG_HEADER: Sectors = 2;

/** drivers/md/dm-raid1.c, drivers/md/dm-log.c */
export const mirror: Target<Mirror, MirrorStatus> = {
  type: "mirror",
  version: [1, 14, 0],
  features: {},
  modules: ["dm-mirror"],
  worksAlone: true,
  growsInPlace: false,
  loadsQuietly: false,
  decodeParams(params) {
    const words = splitArgs(params);
    const log = decodeMirrorLog(words);
    const count = readCount(words.shift(), "Invalid number of mirrors", 2, MAX_LEGS);
    insist(words.length >= 2 * count, "Too few mirror arguments");
    // Each is opened when its offset has been read.
    const ofLog = log.device === undefined ? 0 : 1;
    const legs = Array.from({ length: count }, (_, leg) => ({
      device: words.shift() ?? "",
      offset: onceOpened(ofLog + leg, () => readCount(words.shift(), "Invalid offset")),
    }));
    return { log, legs, ...onceOpened(ALL, () => decodeFeatures(words)) };
  },
  encodeParams({ log, legs, handleErrors, keepLog }) {
    const logWords = [...(log.device === undefined ? [] : [log.device]), log.regionSize];
    if (log.sync) logWords.push(log.sync);
    const features = [...(handleErrors ? ["handle_errors"] : []), ...(keepLog ? ["keep_log"] : [])];
    return joinArgs([
      log.type,
      logWords.length,
      ...logWords,
      legs.length,
      ...legs.flatMap(({ device, offset }) => [device, offset]),
      ...(features.length > 0 ? [features.length, ...features] : []),
    ]);
  },
  devicePositions(words) {
    const first = 2 + Number(words[1]);
    const count = Math.min(Number(words[first]), words.length);
    const legs = Array.from({ length: count || 0 }, (_, index) => first + 1 + 2 * index);
    return words[0] === "disk" ? [2, ...legs] : legs;
  },
  check: ({ log }, range) => checkMirrorLog(log, range),
  areas({ log, legs }, { length }) {
    const regions = Math.ceil(length / log.regionSize);
    const bytes = Math.ceil(regions / 64) * 8;
    const needed = LOG_HEADER + Math.ceil(bytes / 512);
    const areas = legs.map(({ device, offset }) => ({ device, start: offset, length }));
    return log.device === undefined ? areas : [{ device: log.device, start: 0, length: needed }, ...areas];
  },
  lasting: ({ log: { sync: _sync, ...log }, ...mirror }) => ({ log, ...mirror }),
  decodeStatus(text) {
    const words = statusWords(text);
    const count = readNumber(words[0]);
    if (count === undefined) return undefined;
    const sync = readRatio(words[1 + count]);
    const health = words[3 + count];
    if (!sync || health === undefined || health.length !== count) return undefined;
    const disk = words[5 + count] === "disk" ? words[7 + count] : undefined;
    return { sync, health, ...(disk !== undefined && { logHealth: disk }) };
  },
  // A leg that is left out is brought in sync by nobody, whatever the ratio says.
  progress: ({ sync, health }) => ({ sync: /^A+$/.test(health) ? percent(sync) : null, health }),
};

/** What stands behind the legs. */
function decodeFeatures(words: string[]): Pick<Mirror, "handleErrors" | "keepLog"> {
  const features = words.length > 0 ? takeGroup(words, "Invalid number of features", words.length) : [];
  insist(words.length === 0, "Too many mirror arguments");
  for (const word of features)
    insist(word === "handle_errors" || word === "keep_log", "Unrecognised feature requested");
  const handleErrors = features.includes("handle_errors");
  const keepLog = features.includes("keep_log");
  insist(handleErrors || !keepLog, "keep_log feature requires the handle_errors feature");
  return { ...(handleErrors && { handleErrors: true }), ...(keepLog && { keepLog: true }) };
}

/** What the log's own constructor checks. @throws TargetRefusal */
export const checkMirrorLog = ({ regionSize }: MirrorLog, { length }: TargetRange): void =>
  insist(
    regionSize >= 2 && regionSize <= length && isPowerOfTwo(regionSize),
    `region size ${regionSize} invalid`,
  );

/** Takes the words of the log from the front. @throws TargetRefusal */
export function decodeMirrorLog(words: string[]): MirrorLog {
  const type = words.shift();
  insist(type !== undefined, "Insufficient mirror log arguments");
  insist(type === "core" || type === "disk", "Error creating mirror dirty log");
  const given = takeGroup(words, "Insufficient mirror log arguments", words.length);
  const device = type === "disk" ? given.shift() : undefined;
  const [size, sync] = given;
  insist(given.length >= 1 && given.length <= 2, "wrong number of arguments to dirty region log");
  insist(sync === undefined || sync === "sync" || sync === "nosync", "unrecognised sync argument");
  const regionSize = readCount(size, "invalid region size", 1, 2 ** 32 - 1);
  return { type, ...(device !== undefined && { device }), regionSize, ...(sync && { sync }) };
}
