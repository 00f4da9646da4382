/**
 * Random programs of device-mapper operations, right and wrong ones, to be run on the simulator and on a real
 * kernel.
 *
 * What would hang a kernel is left out: I/O to something that is suspended, which raid, snapshots and pools
 * do by themselves. So they stand on devices that no program suspends, and while a pool is suspended nothing
 * is done to its thin devices.
 */
import type { TableLine } from "../../src/schema/index.ts";

export type Step =
  | { readonly op: "create"; readonly name: string; readonly uuid: string }
  /** Devices in the tables stand as `@NAME`. */
  | {
      readonly op: "load";
      readonly name: string;
      readonly table: readonly TableLine[];
      readonly readOnly: boolean;
    }
  | { readonly op: "rename"; readonly name: string; readonly newName: string }
  | { readonly op: "message"; readonly name: string; readonly sector: number; readonly message: string }
  | { readonly op: "suspend"; readonly name: string; readonly noflush: boolean; readonly skipLockfs: boolean }
  | { readonly op: "remove" | "clear" | "resume" | "hold" | "release"; readonly name: string };

/** What a program's tables may stand on. */
export interface Ground {
  /** Tokens of disks. */
  readonly disks: readonly string[];
  /** Sectors of each. */
  readonly diskSectors: number;
  /** Sectors that each program has for itself, behind the first half of the disks. */
  readonly partSectors: number;
}

type Roll = (sides: number) => number;

/** Kinds of programs, each with how many of ten are of it. */
const KINDS = [
  [6, stack],
  [1, raids],
  [1, snapshots],
  [1, thins],
  [1, caches],
] as const;

/** @param index of the program: the same seed and index give the same program */
export function randomProgram(seed: number, index: number, ground: Ground): Step[] {
  const roll = dice(seed * 1_000_003 + index);
  let at = roll(10);
  for (const [share, make] of KINDS) {
    if (at < share) return make(roll, ground, index);
    at -= share;
  }
  return [];
}

const NAMES = ["t-a", "t-b", "t-c", "t-d"];
const LENGTHS = [8, 64, 96, 128, 1024, 4096, 4104];

function pick<T>(roll: Roll, from: readonly [T, ...T[]] | readonly T[]): T {
  const chosen = from[roll(from.length)];
  if (chosen === undefined) throw new Error("nothing to pick from");
  return chosen;
}

/** Linear, striped, error and zero devices upon each other; everything is done to them. */
function stack(roll: Roll, ground: Ground): Step[] {
  const steps: Step[] = [];
  for (let left = 8 + roll(10); left > 0; left -= 1) {
    const name = pick(roll, NAMES);
    switch (roll(14)) {
      case 0:
      case 1:
      case 2:
        steps.push({ op: "create", name, uuid: roll(8) === 0 ? "DVM-same" : `DVM-${name}` });
        break;
      case 3:
      case 4:
      case 5:
      case 6:
        steps.push({ op: "load", name, table: simpleTable(roll, ground), readOnly: roll(6) === 0 });
        if (roll(2)) steps.push({ op: "resume", name });
        break;
      case 7:
      case 8:
        steps.push({ op: "resume", name });
        break;
      case 9:
        steps.push({ op: "suspend", name, noflush: roll(2) === 0, skipLockfs: roll(2) === 0 });
        break;
      case 10:
        steps.push({ op: "remove", name });
        break;
      case 11:
        steps.push({ op: "rename", name, newName: pick(roll, [...NAMES, "t-e", "t/f", ""]) });
        break;
      case 12:
        steps.push({ op: pick(roll, ["clear", "hold", "release"] as const), name });
        break;
      default:
        steps.push({
          op: "message",
          name,
          sector: roll(3) * 4096,
          message: pick(roll, ["hello", "create_thin 1"]),
        });
    }
  }
  return steps;
}

function simpleTable(roll: Roll, { disks, diskSectors }: Ground): TableLine[] {
  const token = (): string => (roll(3) === 0 ? pick(roll, disks) : `@${pick(roll, NAMES)}`);
  const offset = (): number => (roll(10) === 0 ? diskSectors - roll(200) : roll(4) * 32);
  const lines: TableLine[] = [];
  let start = 0;
  for (let left = roll(12) === 0 ? 0 : 1 + roll(2); left > 0; left -= 1) {
    const length = pick(roll, LENGTHS);
    const line = { start, length };
    switch (roll(6)) {
      case 0:
        lines.push({ ...line, type: "zero", params: "" });
        break;
      case 1:
        lines.push({ ...line, type: "error", params: roll(4) ? "" : "whatever" });
        break;
      case 2: {
        const count = 1 + roll(3);
        const places = Array.from({ length: count }, () => `${token()} ${offset()}`);
        lines.push({
          ...line,
          type: "striped",
          params: `${count} ${pick(roll, [8, 16, 24, 4])} ${places.join(" ")}`,
        });
        break;
      }
      default:
        lines.push({ ...line, type: "linear", params: `${token()} ${offset()}` });
    }
    start += length;
  }
  return roll(5) === 0 ? damage(roll, lines) : lines;
}

const WORDS = ["", "0", "1", "-1", "2", "x", "8", "99999999999", "@t-none", "/dev/none", "+8", "007"];

/** Makes one line wrong in one place, perhaps. */
function damage(roll: Roll, lines: readonly TableLine[]): TableLine[] {
  const at = roll(lines.length + 1);
  return lines.map((line, index) => {
    if (index !== at) return line;
    const words = line.params.split(" ");
    const word = roll(words.length);
    switch (roll(6)) {
      case 0:
        return { ...line, start: line.start + 8 };
      case 1:
        return { ...line, length: 0 };
      case 2:
        return { ...line, type: pick(roll, ["nonesuch", "linear", "striped", "zero"]) };
      case 3:
        return { ...line, params: words.filter((_, each) => each !== word).join(" ") };
      case 4:
        return { ...line, params: `${line.params} ${pick(roll, WORDS)}`.trim() };
      default:
        return {
          ...line,
          params: words.map((each, which) => (which === word ? pick(roll, WORDS) : each)).join(" "),
        };
    }
  });
}

/** Devices that are there for the others to stand on: fresh sectors that nobody has written to. */
function floor({ disks, diskSectors, partSectors }: Ground, index: number, sizes: readonly number[]): Step[] {
  let offset = diskSectors / 2 + index * partSectors;
  return sizes.flatMap((length, at): Step[] => {
    const name = `f-${at}`;
    const table = [{ start: 0, length, type: "linear", params: `${disks[0]} ${offset}` }];
    offset += length;
    return [
      { op: "create", name, uuid: `DVM-${index}-${name}` },
      { op: "load", name, table, readOnly: false },
      { op: "resume", name },
    ];
  });
}

/** Loads, and mostly resumes, tables of one line; suspends and removes what came of them. */
function pullAbout(
  roll: Roll,
  names: readonly string[],
  make: (name: string) => TableLine,
  damaged: number,
): Step[] {
  const steps: Step[] = names.map((name) => ({ op: "create", name, uuid: `DVM-${name}` }));
  for (let left = 5 + roll(6); left > 0; left -= 1) {
    const name = pick(roll, names);
    const kind = roll(8);
    if (kind < 5) {
      const line = make(name);
      const table = roll(damaged) === 0 ? damage(roll, [line]) : [line];
      steps.push({ op: "load", name, table, readOnly: roll(8) === 0 });
      if (roll(4)) steps.push({ op: "resume", name });
    } else if (kind === 5) {
      steps.push({ op: "suspend", name, noflush: roll(2) === 0, skipLockfs: false }, { op: "resume", name });
    } else if (kind === 6) steps.push({ op: "clear", name });
    else steps.push({ op: "remove", name }, { op: "create", name, uuid: `DVM-${name}` });
  }
  return steps;
}

function raids(roll: Roll, ground: Ground, index: number): Step[] {
  const member = (at: number): string => (roll(8) === 0 ? "- -" : `- @f-${at}`);
  const members = (count: number): string => Array.from({ length: count }, (_, at) => member(at)).join(" ");
  const make = (): TableLine => {
    const base = { start: 0, length: pick(roll, [512, 1024, 1000, 2048]) };
    if (roll(3) === 0) {
      const count = 1 + roll(3);
      const legs = Array.from({ length: count }, (_, at) => `@f-${at} ${roll(2) * 8}`).join(" ");
      const log = pick(roll, [
        "core 1 64",
        "core 2 64 nosync",
        "core 1 63",
        "disk 2 @f-5 64",
        "core 3 64 nosync x",
      ]);
      const features = pick(roll, ["", "", " 1 handle_errors", " 1 nonesuch", " 1 keep_log"]);
      return { ...base, type: "mirror", params: `${log} ${count} ${legs}${features}` };
    }
    const count = 1 + roll(5);
    const type = pick(roll, ["raid0", "raid1", "raid1", "raid4", "raid5_ls", "raid6_zr", "raid7"]);
    const chunk = type === "raid1" ? 0 : pick(roll, [64, 128, 100, 4]);
    const options = pick(roll, [
      "",
      "",
      " nosync",
      " sync",
      " region_size 256",
      " write_mostly 0",
      " stripe_cache 64",
    ]);
    const words = options === "" ? 1 : 1 + options.trim().split(" ").length;
    return {
      ...base,
      type: "raid",
      params: `${type} ${words} ${chunk}${options} ${count} ${members(count)}`,
    };
  };
  return [...floor(ground, index, Array(6).fill(1024)), ...pullAbout(roll, ["t-a", "t-b"], make, 6)];
}

function snapshots(roll: Roll, ground: Ground, index: number): Step[] {
  const store = (): string => pick(roll, ["P", "PO", "N", "p", "X", "P"]);
  const make = (name: string): TableLine => {
    const length = pick(roll, [1024, 1024, 1024, 2048, 512]);
    const base = { start: 0, length };
    if (name === "t-o") return { ...base, type: "snapshot-origin", params: "@f-0" };
    // A COW store for each: two snapshots of one store are a handover.
    const cow = name === "t-a" ? "@f-1" : "@f-2";
    const chunk = pick(roll, [16, 16, 16, 0, 15]);
    const features = pick(roll, [
      "",
      "",
      "",
      " 1 discard_zeroes_cow",
      " 1 nonesuch",
      " 1 discard_passdown_origin",
    ]);
    return { ...base, type: "snapshot", params: `@f-0 ${cow} ${store()} ${chunk}${features}` };
  };
  return [...floor(ground, index, [1024, 512, 512]), ...pullAbout(roll, ["t-a", "t-b", "t-o"], make, 8)];
}

function thins(roll: Roll, ground: Ground, index: number): Step[] {
  const steps = floor(ground, index, [1024, 2048, 512]);
  const pool = (length: number): Step => ({
    op: "load",
    name: "t-p",
    table: [
      {
        start: 0,
        length,
        type: "thin-pool",
        params: `@f-0 @f-1 128 ${roll(9)}${pick(roll, ["", " 0", " 1 skip_block_zeroing", " 1 nonesuch", " 2 ignore_discard"])}`,
      },
    ],
    readOnly: roll(12) === 0,
  });
  steps.push({ op: "create", name: "t-p", uuid: "DVM-t-p" }, pool(1024), { op: "resume", name: "t-p" });
  steps.push(...["t-a", "t-b"].map((name): Step => ({ op: "create", name, uuid: `DVM-${name}` })));
  const id = (): number => roll(4);
  for (let left = 8 + roll(8); left > 0; left -= 1) {
    const name = pick(roll, ["t-a", "t-b"]);
    switch (roll(9)) {
      case 0:
      case 1:
      case 2: {
        const message = pick(roll, [
          `create_thin ${id()}`,
          `create_thin ${id()}`,
          `create_snap ${id()} ${id()}`,
          `delete ${id()}`,
          `set_transaction_id ${roll(2)} ${roll(2)}`,
          "create_thin 99999999",
          "reserve_metadata_snap",
          "release_metadata_snap",
          "nonesuch",
        ]);
        steps.push({ op: "message", name: "t-p", sector: 0, message });
        break;
      }
      case 3:
      case 4:
      case 5: {
        const origin = pick(roll, ["", "", " @f-2", " @t-p"]);
        const table = [
          { start: 0, length: pick(roll, LENGTHS), type: "thin", params: `@t-p ${id()}${origin}` },
        ];
        steps.push({
          op: "load",
          name,
          table: roll(8) ? table : damage(roll, table),
          readOnly: roll(8) === 0,
        });
        if (roll(3)) steps.push({ op: "resume", name });
        break;
      }
      case 6:
        steps.push({ op: "remove", name }, { op: "create", name, uuid: `DVM-${name}` });
        break;
      case 7:
        steps.push(pool(pick(roll, [1024, 2048, 512, 4096])));
        if (roll(2)) steps.push({ op: "clear", name: "t-p" });
        break;
      default:
        steps.push({ op: "suspend", name, noflush: true, skipLockfs: true }, { op: "resume", name });
    }
  }
  return steps;
}

function caches(roll: Roll, ground: Ground, index: number): Step[] {
  const make = (name: string): TableLine => {
    const base = { start: 0, length: pick(roll, [1024, 1024, 2048, 512]) };
    if (name === "t-a") {
      const mode = pick(roll, [
        "0",
        "1 writethrough",
        "2 metadata2 writeback",
        "1 nonesuch",
        "1 passthrough",
      ]);
      const policy = pick(roll, ["smq 0", "default 0", "nonesuch 0", "smq 1 x"]);
      const block = pick(roll, [64, 64, 32, 100, 4096]);
      return { ...base, type: "cache", params: `@f-0 @f-1 @f-2 ${block} ${mode} ${policy}` };
    }
    const options = pick(roll, [
      "0",
      "0",
      "2 high_watermark 60",
      "1 cleaner",
      "1 nonesuch",
      "1 fua",
      "2 max_age 1000",
    ]);
    const block = pick(roll, [4096, 512, 100, 8192]);
    return {
      ...base,
      type: "writecache",
      params: `${pick(roll, ["s", "s", "x"])} @f-3 @f-4 ${block} ${options}`,
    };
  };
  return [...floor(ground, index, [1024, 512, 1024, 1024, 512]), ...pullAbout(roll, ["t-a", "t-b"], make, 8)];
}

/** A small generator of numbers, the same everywhere (mulberry32). */
function dice(seed: number): Roll {
  let state = seed >>> 0;
  return (sides) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}
