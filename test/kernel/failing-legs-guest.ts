/**
 * Legs that fail between the programs around a metadata commit, on the kernel below. One line of JSON for
 * each case.
 */
import { closeSync, constants, openSync, readSync, statSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { alignedBuffer } from "../../src/core/base/aligned.ts";
import { planPrograms } from "../../src/core/dmactivate/plan.ts";
import { runProgram } from "../../src/core/dmexec/run.ts";
import { dmState } from "../../src/core/dmexec/state.ts";
import { openHostDm } from "../../src/core/host/dm/open-dm.ts";
import { hostChance } from "../../src/core/host/process/chance.ts";
import { hostTerminal } from "../../src/core/host/process/terminal.ts";
import type { DmState, Program } from "../../src/schema/index.ts";
import { removeAll } from "../contract/dm.ts";

type Devices = DmState["devices"];

const disks = process.argv.slice(2, 5).map((path) => {
  const { rdev } = statSync(path);
  return `${rdev >> 8}:${rdev & 0xff}`;
});
const dm = openHostDm({ config: {}, terminal: hostTerminal(false), chance: hostChance(undefined) });

const MIB = 2048;
const BYTES = 2 * 2 ** 20;

/** The disks, each below a device that can be made to give errors. */
function disk(index: number, type: "linear" | "error"): void {
  const name = `disk${index}`;
  const params = type === "linear" ? `${disks[index]} 0` : "";
  dm.load(name, [{ start: 0, length: 40 * MIB, type, params }], { readOnly: false });
  dm.suspend(name, { noflush: true, skipLockfs: true });
  dm.resume(name);
}

const device = (name: string, table: string, length: number): Devices[number] => {
  const [type = "", ...params] = table.split(" ");
  return { name, uuid: `DVM-${name}`, table: [{ start: 0, length, type, params: params.join(" ") }] };
};
const legs = (count: number, length: number): Devices =>
  Array.from({ length: count }, (_, leg) => leg).flatMap((leg) => [
    device(`m${leg}`, `linear @disk${leg} 0`, 4 * MIB),
    device(`i${leg}`, `linear @disk${leg} ${4 * MIB}`, length),
  ]);
const raid1 = "raid raid1 3 0 region_size 1024 2 @m0 @i0 @m1 @i1";
const array = (length: number): Devices => [...legs(2, length), device("r", raid1, length)];
const raid5 = "raid raid5_ls 3 128 region_size 1024 3 @m0 @i0 @m1 @i1 @m2 @i2";
/** Of the same length as the other one. */
const parity = (length: number): Devices => [...legs(3, length / 2), device("r", raid5, length)];

const plan = (devices: Devices) => planPrograms(dmState(dm, { all: true }), { scope: ["DVM-"], devices });
const exitOf = (program: Program): Promise<number> =>
  runProgram(dm, program).then(
    ({ exit }) => exit,
    (thrown) => thrown.details?.exit ?? String(thrown),
  );
async function go(devices: Devices): Promise<void> {
  const { prepare, commit } = plan(devices);
  await runProgram(dm, prepare);
  await runProgram(dm, commit);
}

const healthOf = (name: string): string => dm.status(name, { noflush: true })[0]?.status.split(" ")[2] ?? "";
async function until(name: string, health: RegExp): Promise<void> {
  for (let attempt = 0; !health.test(healthOf(name)); attempt += 1) {
    if (attempt > 600) throw new Error(`${name} is ${healthOf(name)}, not ${health}`);
    await delay(50);
  }
}

function write(name: string, letter: string): void {
  const file = openSync(`/dev/mapper/${name}`, constants.O_RDWR | constants.O_DIRECT);
  writeSync(file, alignedBuffer(BYTES).fill(letter), 0, BYTES, 0);
  closeSync(file);
}

/** Which letters stand there; "EIO" where nothing could be read. */
function read(name: string): string {
  const file = openSync(`/dev/mapper/${name}`, constants.O_RDONLY | constants.O_DIRECT);
  try {
    const found = alignedBuffer(BYTES);
    readSync(file, found, 0, BYTES, 0);
    return [...new Set(found.toString("latin1"))].join("");
  } catch (thrown) {
    return String((thrown as { code?: unknown }).code);
  } finally {
    closeSync(file);
  }
}

/** The disk of the second leg is gone for a while, in which something is written. */
async function failSecondLeg(name: string): Promise<void> {
  disk(1, "error");
  write(name, "b");
  await until(name, /^ADA?$/);
  disk(1, "linear");
}

interface Case {
  readonly name: string;
  readonly from: Devices;
  readonly to: Devices;
  /** Where content is looked at. */
  readonly top: string;
  readonly whens: readonly When[];
}

const whens = ["known", "planned", "prepared", "aborted"] as const;
const topped = (length: number): Devices => [...array(length), device("top", "linear @r 0", length)];
const cases: readonly Case[] = [
  {
    name: "grows",
    from: array(4 * MIB),
    to: array(6 * MIB),
    top: "r",
    whens,
  },
  { name: "with parity grows", from: parity(4 * MIB), to: parity(6 * MIB), top: "r", whens },
  { name: "shrinks", from: array(6 * MIB), to: array(4 * MIB), top: "r", whens: ["known", "prepared"] },
  {
    name: "grows below",
    from: topped(4 * MIB),
    to: topped(6 * MIB),
    top: "top",
    whens: ["known", "prepared", "aborted"],
  },
];

/** When the leg fails: before the plan, since then, after prepare, or then with an abort. */
type When = "known" | "planned" | "prepared" | "aborted";

async function run({ name, from, to, top }: Case, when: When): Promise<void> {
  for (const index of disks.keys()) {
    dm.create(`disk${index}`, "");
    disk(index, "linear");
    // An array of another case knows nothing of this one's legs.
    write(`disk${index}`, "\0");
  }
  await go(from);
  await until("r", /^A+$/);
  write(top, "a");
  if (when === "known") await failSecondLeg("r");
  const { prepare, commit, abort } = plan(to);
  const exits: number[] = [];
  if (when === "planned") await failSecondLeg("r");
  exits.push(await exitOf(prepare));
  if (when === "prepared" || when === "aborted") await failSecondLeg("r");
  exits.push(await exitOf(when === "aborted" ? abort : commit));
  // A leg that the kernel has taken back is rebuilt by now.
  await until("r", /^A[AD]A?$/);
  const health = healthOf("r");
  const size = dm.table(top, "live")[0]?.length;
  const found = read(top);
  // Whatever can be read still is on the other leg alone.
  disk(0, "error");
  const alone = read(top);
  disk(0, "linear");
  console.log(JSON.stringify({ name, when, exits, health, size, found, alone }));
  removeAll(dm);
}

async function all(): Promise<void> {
  for (const each of cases) for (const when of each.whens) await run(each, when);
}

all().then(() => dm.close());
