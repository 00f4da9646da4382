/**
 * Random VGs with LVs of every type that stands on PVs, on a real kernel and without it, by turns: the
 * kernel writes, the mapper reads, whole and with PVs away; the mapper writes, the kernel checks and reads,
 * whole and with a PV away. A line of JSON for each VG.
 */
import { closeSync, constants, fsyncSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { alignedBuffer } from "../../src/core/base/aligned.ts";
import { toDvmError } from "../../src/core/base/error.ts";
import { PAGE } from "../../src/core/base/units.ts";
import { isErrorLine } from "../../src/core/dm/targets/error.ts";
import { raidHealthOf } from "../../src/core/dm/targets/raid-health.ts";
import { hostDisks } from "../../src/core/host/disk/disks.ts";
import { openHostDm } from "../../src/core/host/dm/open-dm.ts";
import { hostChance } from "../../src/core/host/process/chance.ts";
import { hostTerminal } from "../../src/core/host/process/terminal.ts";
import { openMapped } from "../../src/core/mapper/open-mapped.ts";
import { desiredState } from "../../src/core/volactivate/desired.ts";
import { identityOf } from "../../src/core/volume/identity.ts";
import { arraysOf, isServed, type Lv } from "../../src/core/volume/model.ts";
import { kindOf } from "../../src/core/volume/types/index.ts";
import type { Discovery, DmDevice, DmState } from "../../src/schema/index.ts";
import { removeAll } from "../contract/dm.ts";
import { Bench } from "../lib/dm-bench.ts";
import { random } from "../lib/random.ts";
import { pathsAway, type RandomVg, randomVg } from "../lib/random-vgs.ts";

const [count = "1", ...paths] = process.argv.slice(2);
const AT_ONCE = 25;
const numberOf = (path: string): string => {
  const { rdev } = statSync(path);
  return `${rdev >> 8}:${rdev & 0xff}`;
};
const numbers = paths.map(numberOf);
const kernel = openHostDm({ config: {}, terminal: hostTerminal(false), chance: hostChance(undefined) });
const bench = new Bench(undefined, kernel);
const disks = hostDisks({ deadlineMs: 60_000 });

/** One VG under test, and what has been found wrong with it. */
interface Subject {
  readonly vg: RandomVg;
  readonly wrong: string[];
}

const discoveryOf = ({ discovery }: RandomVg, away: ReadonlySet<number> = new Set()): Discovery => ({
  ...discovery,
  devices: discovery.devices
    .map((device, at) => ({ ...device, path: paths[at] ?? "", dev: numbers[at] ?? null }))
    .filter((_, at) => !away.has(at)),
});

const stateOf = (vg: RandomVg, usesPaths: boolean, away?: ReadonlySet<number>): DmState =>
  desiredState({
    metadata: vg.metadata,
    discovery: discoveryOf(vg, away),
    lvs: [],
    partial: away !== undefined,
    paths: usesPaths,
  });

const topOf = ({ metadata }: RandomVg, lv: Lv): string => identityOf(metadata.vg, lv).name;

/** Pages of a guest are slow to get: contents are parts of one buffer, each from another page of it. */
const MOST = 4 * 2 ** 20;
const chaos = alignedBuffer(2 * MOST);
const values = random("content");
for (let at = 0; at < chaos.length; at += 4) chaos.writeUInt32LE((values() * 2 ** 32) >>> 0, at);
/** Into which all is read. */
const room = alignedBuffer(MOST);

function contentOf({ seed }: RandomVg, lv: Lv, bytes: number, round: string): Buffer {
  const at = PAGE * Math.floor((random(`${seed} ${lv.name} ${round}`)() * MOST) / PAGE);
  return chaos.subarray(at, at + bytes);
}

const bytesOf = ({ metadata }: RandomVg, { segments }: Lv): number => {
  const last = segments.at(-1);
  return last ? (last.start + last.length) * metadata.vg.extentSize * 512 : 0;
};

/** Arrays of which the kernel compares the legs. */
const arrays = (): readonly Pick<DmDevice, "name" | "table" | "status">[] =>
  bench.dump().devices.filter(({ table }) => {
    const [line] = table ?? [];
    return line?.type === "raid" && !line.params.startsWith("raid0 ");
  });

/** All arrays are whole, and nothing is being done about them. */
function settle(): void {
  for (const { name, table } of arrays()) {
    for (;;) {
      const status = kernel.status(name, { noflush: true }).map((line) => line.status);
      const health = raidHealthOf({ table, status });
      if (health?.action === "idle" && health.percent === 100) break;
      kernel.pause(20);
    }
  }
}

function write(vg: RandomVg, lv: Lv, round: string): void {
  const content = contentOf(vg, lv, bytesOf(vg, lv), round);
  const file = openSync(`/dev/mapper/${topOf(vg, lv)}`, constants.O_WRONLY | constants.O_DIRECT);
  const next = random(`${vg.seed} pieces`);
  for (let at = 0; at < content.length; ) {
    const length = Math.min(content.length - at, 512 * (1 + Math.floor(next() * 300)));
    writeSync(file, content, at, length, at);
    at += length;
  }
  fsyncSync(file);
  closeSync(file);
}

function compare({ vg, wrong }: Subject, lv: Lv, round: string, what: string): void {
  const bytes = bytesOf(vg, lv);
  const found = room.subarray(0, bytes);
  const file = openSync(`/dev/mapper/${topOf(vg, lv)}`, constants.O_RDONLY | constants.O_DIRECT);
  readSync(file, found, 0, bytes, 0);
  closeSync(file);
  if (!found.equals(contentOf(vg, lv, bytes, round)))
    wrong.push(`${what}: the kernel reads LV ${lv.name} otherwise`);
}

/** @returns null when it cannot be had */
async function mapped(vg: RandomVg, lv: Lv, away?: ReadonlySet<number>): Promise<Buffer | null> {
  const state = stateOf(vg, true, away);
  const top = state.devices.find(({ name }) => name === topOf(vg, lv));
  if (!top || top.table?.some(isErrorLine)) return null;
  try {
    const device = await openMapped(state, top.name, disks, { write: false });
    const found = room.subarray(0, bytesOf(vg, lv));
    try {
      await device.read(0, found);
    } finally {
      await device.close();
    }
    return found;
  } catch (thrown) {
    const { code } = toDvmError(thrown);
    if (code === "INCOMPLETE" || code === "IO") return null;
    throw thrown;
  }
}

const canServe = ({ discovery }: RandomVg, { segments }: Lv, away: ReadonlySet<number>): boolean => {
  const gone = new Set(discovery.devices.flatMap(({ id }, at) => (away.has(at) ? [id] : [])));
  return isServed(segments, ({ pv }) => !gone.has(pv));
};

async function readMapped({ vg, wrong }: Subject): Promise<void> {
  for (const lv of vg.metadata.lvs) {
    const content = contentOf(vg, lv, bytesOf(vg, lv), "kernel");
    if (!(await mapped(vg, lv))?.equals(content)) wrong.push(`LV ${lv.name} is read otherwise`);
    for (const away of vg.away) {
      const found = await mapped(vg, lv, away);
      const what = `LV ${lv.name} without ${pathsAway(away)}`;
      if (found === null && canServe(vg, lv, away)) wrong.push(`${what} is not read`);
      if (found && !found.equals(content)) wrong.push(`${what} is read otherwise`);
    }
  }
}

async function writeMapped({ vg }: Subject): Promise<void> {
  for (const lv of vg.metadata.lvs) {
    const content = contentOf(vg, lv, bytesOf(vg, lv), "mapper");
    const device = await openMapped(stateOf(vg, true), topOf(vg, lv), disks, { write: true });
    const next = random(`${vg.seed} more pieces`);
    const pieces: Promise<void>[] = [];
    for (let at = 0; at < content.length; ) {
      const length = Math.min(content.length - at, 512 * (1 + Math.floor(next() * 300)));
      pieces.push(device.write(at, content.subarray(at, at + length)));
      at += length;
    }
    await Promise.all(pieces);
    await device.flush();
    await device.close();
  }
}

/** Has the kernel compare the legs of all arrays. */
function check(subjects: readonly Subject[]): number {
  for (const { name } of arrays()) kernel.message(name, 0, "check");
  settle();
  let checked = 0;
  for (const device of arrays()) {
    checked += 1;
    const different = raidHealthOf(device)?.mismatches ?? -1;
    const subject = subjects.find(({ vg }) => device.name.startsWith(`${vg.metadata.vg.name}-`));
    if (different !== 0)
      subject?.wrong.push(`${device.name}: the kernel finds ${different} sectors that differ`);
  }
  return checked;
}

async function round(subjects: readonly Subject[]): Promise<number> {
  const each = (act: (subject: Subject, lv: Lv) => void): void => {
    for (const subject of subjects) for (const lv of subject.vg.metadata.lvs) act(subject, lv);
  };
  const up = (): void => {
    for (const { vg } of subjects) bench.build(stateOf(vg, false).devices);
  };
  up();
  each(({ vg }, lv) => write(vg, lv, "kernel"));
  settle();
  each((subject, lv) => compare(subject, lv, "kernel", "written"));
  removeAll(kernel);
  for (const subject of subjects) {
    await readMapped(subject);
    await writeMapped(subject);
  }
  up();
  settle();
  const checked = check(subjects);
  each((subject, lv) => compare(subject, lv, "mapper", "written without it"));
  removeAll(kernel);
  const without = subjects.map((subject) => {
    const { vg } = subject;
    const away = vg.away[0] ?? new Set<number>();
    return { subject, away, served: vg.metadata.lvs.filter((lv) => canServe(vg, lv, away)) };
  });
  for (const { subject, away, served } of without) {
    const { metadata } = subject.vg;
    const lvs = served.map(({ name }) => name);
    const request = { metadata, discovery: discoveryOf(subject.vg, away), lvs, partial: true, paths: false };
    if (lvs.length > 0) bench.build(desiredState(request).devices);
  }
  for (const { subject, away, served } of without)
    for (const lv of served) compare(subject, lv, "mapper", `without ${pathsAway(away)}`);
  removeAll(kernel);
  return checked;
}

const kindsOf = (lv: Lv): string[] => [
  ...arraysOf(lv).map(({ segment }) => kindOf(segment)),
  ...(lv.work === undefined ? [] : [lv.work]),
];

async function main(): Promise<void> {
  const begun = Date.now();
  let checked = 0;
  for (let at = 0; at < Number(count); at += AT_ONCE) {
    const indices = Array.from({ length: Math.min(AT_ONCE, Number(count) - at) }, (_, more) => at + more);
    const subjects = indices.map((index): Subject => ({ vg: randomVg(index), wrong: [] }));
    checked += await round(subjects);
    for (const { vg, wrong } of subjects)
      console.log(
        JSON.stringify({
          vg: vg.seed,
          kinds: vg.metadata.lvs.flatMap(kindsOf),
          wrong,
        }),
      );
  }
  // The check itself notices a difference.
  const [vg] = [randomVg(0)];
  const planted: Subject = { vg, wrong: [] };
  bench.build(stateOf(vg, false).devices);
  settle();
  const image = bench.dump().devices.find(({ name }) => name.includes("-rimage_1"));
  const file = openSync(`/dev/mapper/${image?.name}`, constants.O_WRONLY | constants.O_DIRECT);
  writeSync(file, alignedBuffer(4096).fill(0xa5), 0, 4096, 0);
  closeSync(file);
  check([planted]);
  removeAll(kernel);
  console.log(
    JSON.stringify({ done: Number(count), checked, planted: planted.wrong, ms: Date.now() - begun }),
  );
}

main().then(() => kernel.close());
