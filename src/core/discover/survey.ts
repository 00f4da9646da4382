import type { Label } from "../../schema/index.ts";
import { toDvmError } from "../base/error.ts";
import { globMatcher, isGlob } from "../base/glob.ts";
import { inParallel } from "../base/in-parallel.ts";
import { type Bytes, bytesToSectors, formatSize, PAGE, SECTOR, sectorsToBytes } from "../base/units.ts";
import { isMultipath } from "../dm/others-uuid.ts";
import type { BlockDevice } from "../port/block.ts";
import type { Candidate } from "../port/scanner.ts";
import type { Sys } from "../port/sys.ts";
import { type Handover, handoverOf, hasForeignLabel, settleHandovers } from "./conversion.ts";
import { compileFilter } from "./filter.ts";
import { RESERVED } from "./layout.ts";
import { probeSignatures, signaturesIn } from "./probe.ts";
import { type LabelState, readLabel } from "./read-label.ts";
import { LVM2, mdAtEnd } from "./signatures.ts";
import { isUsedUnnamed } from "./unnamed.ts";

/** What the label domain needs of the world. */
export type LabelSys = Pick<
  Sys,
  "scanner" | "disks" | "terminal" | "chance" | "config" | "processes" | "ownFiles"
>;

/** A device, and what its label says or why it is not used. */
export interface Surveyed {
  readonly candidate: Candidate;
  /** Of the newest valid copy; there too when the device is skipped in spite of it. */
  readonly label?: Label;
  /** Its logical block size; there whenever its label is. */
  readonly blockBytes?: Bytes;
  /** Why it is not used. Left out when it is. */
  readonly skipped?: string;
  /** Another volume manager's that dvm reads: the tool of that name tells what it is. */
  readonly foreign?: "lvm2";
  /** Its VG changes hands. */
  readonly handover?: Handover;
  /** It could not be looked at: whatever it is, it may be what is asked for. */
  readonly unread?: true;
  /** What is wrong with it although it is used. */
  readonly problems: readonly DeviceProblem[];
}

export interface DeviceProblem {
  /**
   * short: it ends before what its label says; label-copy: a copy of its label is damaged, old or not there;
   * twin: another device has its id.
   */
  readonly kind: "short" | "label-copy" | "twin";
  /** For people. */
  readonly text: string;
}

/** Devices read at once: some may hang until their deadline and must not hold up the others. */
const AT_ONCE = 48;

/**
 * Looks at every device and reads the labels. What the config names and is not there is a device that was not
 * found.
 * @param devices paths, directories and globs to look at instead of what the config says
 * @throws DvmError NOT_FOUND for a plain path of these that is not there, BAD_INPUT for a bad filter
 */
export async function surveyDevices(sys: LabelSys, devices: readonly string[]): Promise<Surveyed[]> {
  const places = devices.length > 0 ? devices : (sys.config.discover?.scan ?? []);
  const passes = compileFilter(sys.config.discover?.filter ?? []);
  const isAskedFor = compilePlaces(places);
  const candidates = await sys.scanner.scan(places, devices.length > 0 ? undefined : tellAbsent(sys));
  let done = 0;
  const surveyed = await inParallel(candidates, AT_ONCE, async (candidate) => {
    const each = await surveyOne(sys, candidate, isAskedFor, passes(candidate));
    done += 1;
    sys.terminal.progress("reading labels", done, candidates.length);
    return each;
  });
  return settleHandovers(surveyed);
}

/** A disk that the config names may be lost, which keeps nobody from the VGs on the others. */
const tellAbsent =
  ({ terminal }: LabelSys) =>
  (path: string): void =>
    terminal.warn(`${path}: not found, although discover.scan of the config names it`);

async function surveyOne(
  sys: LabelSys,
  candidate: Candidate,
  isAskedFor: Asked,
  passes: boolean,
): Promise<Surveyed> {
  const skipped = passes ? reasonToSkip(candidate, isAskedFor) : "rejected by discover.filter";
  if (skipped !== undefined) return { candidate, skipped, problems: [] };
  if (candidate.unreachable !== undefined) {
    sys.terminal.warn(`${candidate.path}: not used: ${candidate.unreachable}`);
    return { candidate, skipped: candidate.unreachable, unread: true, problems: [] };
  }
  try {
    const device = await sys.disks.open(candidate.path, { write: false });
    try {
      const state = await readLabel(device).catch((thrown: unknown) => unlessForeign(device, thrown));
      if (!state.newest) return withoutLabel(candidate, state.head, device.size);
      const { label } = state.newest;
      const handover = handoverOf(label, state, device.size);
      const refused = await reasonToDistrust(device, candidate, state, label);
      if (refused !== undefined) sys.terminal.warn(`${candidate.path}: not used: ${refused}`);
      return {
        candidate,
        label,
        blockBytes: device.logicalBlockSize,
        problems: [...shortness(candidate, label), ...problemsOf(state)],
        ...(handover && { handover }),
        ...(refused === undefined ? {} : { skipped: refused }),
      };
    } finally {
      await device.close();
    }
  } catch (thrown) {
    const error = toDvmError(thrown);
    if (error.code === "BUG") throw error;
    sys.terminal.warn(`not used: ${error.message}`);
    const unread = error.code === "IO" || error.code === "DEADLINE";
    return { candidate, skipped: error.message, ...(unread ? { unread } : {}), problems: [] };
  }
}

/** LVM2 writes over what is left of a label where it has something to write: then there is none. */
async function unlessForeign(device: BlockDevice, thrown: unknown): Promise<LabelState> {
  if (toDvmError(thrown).code !== "CORRUPT") throw thrown;
  const head = Buffer.alloc(PAGE);
  await device.read(0, head);
  if (!hasForeignLabel(head, device.size)) throw thrown;
  return { copies: [], head };
}

/** What is known without reading the device. */
function reasonToSkip(candidate: Candidate, isAskedFor: Asked): string | undefined {
  const { dev, fsType, holders, size, unreachable } = candidate;
  // Of a path that may not even be asked what it is nothing is known.
  if (dev === null && unreachable !== undefined) return undefined;
  if (size === 0) return "has no size";
  // Of a file that was named the reason is told; a directory may hold a config, or notes.
  if (size < SECTOR && !isAskedFor(candidate)) return "is less than one sector";
  const multipath = holders.find((holder) => isMultipath(holder.dmUuid));
  if (multipath) return `a path of the multipath device ${multipath.name}`;
  if (fsType === "mpath_member") return "a path of a multipath device";
  const array = holders.find(({ name }) => /^md[_\d]/.test(name));
  if (array) return `a member of the md array ${array.name}`;
  if (fsType === "linux_raid_member") return "a member of an md array";
  if (!isUsedUnnamed(candidate) && !isAskedFor(candidate))
    return "a device-mapper device that is not asked for: name it to use it";
  return undefined;
}

type Asked = (candidate: Candidate) => boolean;

/** Which devices are asked for by name or by a pattern; a directory asks for nothing in particular. */
export function compilePlaces(places: readonly string[]): Asked {
  const plain = new Set(places.filter((place) => !isGlob(place)));
  const patterns = places.filter(isGlob).map(globMatcher);
  return ({ path, aliases }) =>
    [path, ...aliases].some((name) => plain.has(name) || patterns.some((matches) => matches(name)));
}

/** What stands beside a valid label and says that the label is not the whole truth. */
async function reasonToDistrust(
  device: Parameters<typeof probeSignatures>[0],
  candidate: Candidate,
  { head, copies }: LabelState,
  label: Label,
): Promise<string | undefined> {
  // `add` made sure that there was none, so somebody else has taken the device since.
  const isExpected = ({ name }: { readonly name: string }) => label.converting !== undefined && name === LVM2;
  const foreign = signaturesIn(head.subarray(0, PAGE), device.size).find((each) => !isExpected(each));
  if (foreign) return `has a label, but also the signature of a newer use: ${foreign.name}`;
  if (copies.some(({ copy }) => copy === null)) {
    // Behind the first MiB stands data, which may look like anything.
    const until = sectorsToBytes(RESERVED);
    const others = await probeSignatures(device, { until });
    const other = others.find((each) => !each.name.includes("dvm") && !isExpected(each));
    if (other) return `has half a label, and the signature of a newer use: ${other.name}`;
  }
  const size = bytesToSectors(candidate.size);
  if (size > label.device.size) {
    // A label written on an array that ends in md's superblock: this is one of its members.
    const [md] = await probeSignatures(device, { table: mdAtEnd });
    if (md) return `a member of an md array: ${md.name}`;
  }
  return undefined;
}

/** Its LVs come up as far as they lie on what is left. */
function shortness({ size: bytes }: Candidate, { device, regions }: Label): DeviceProblem[] {
  const size = bytesToSectors(bytes);
  if (size >= device.size) return [];
  const lost = regions
    .filter(({ offset, length }) => offset + length > size)
    .map(
      ({ offset, length }) =>
        `, and lacks its region of ${length} sectors at ${offset}, for it ends at ${size}`,
    );
  const text = `has ${formatSize(size)}, less than the ${formatSize(device.size)} that its label says`;
  return [{ kind: "short", text: `${text}${lost.join("")}` }];
}

function problemsOf({ newest, copies }: LabelState): DeviceProblem[] {
  return copies.flatMap(({ offset, copy, error }) => {
    if (copy?.sequence === newest?.sequence) return [];
    const what = error
      ? error.code === "CORRUPT"
        ? "damaged"
        : "unreadable"
      : copy
        ? "out of date"
        : "missing";
    return [{ kind: "label-copy", text: `the copy of its label at byte ${offset} is ${what}` }];
  });
}

function withoutLabel(candidate: Candidate, head: Buffer, size: Bytes): Surveyed {
  const { partitioned } = candidate;
  const isLvm2 = !partitioned && hasForeignLabel(head, size);
  return isLvm2
    ? { candidate, skipped: `an ${LVM2}`, foreign: "lvm2", problems: [] }
    : { candidate, skipped: partitioned ? "partitioned" : "has no label", problems: [] };
}

/** Paths of devices of another volume manager that dvm reads. */
export const foreignPaths = (surveyed: readonly Surveyed[]): readonly string[] =>
  surveyed.flatMap(({ candidate, foreign }) => (foreign === undefined ? [] : [candidate.path]));
