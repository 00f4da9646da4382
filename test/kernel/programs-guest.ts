/**
 * Runs the programs of the contract on the kernel below: in locked memory from packets made ready, and by the
 * plain methods. One line of JSON for each.
 */
import { closeSync, constants, openSync, readSync, statSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { alignedBuffer } from "../../src/core/base/aligned.ts";
import { planPrograms } from "../../src/core/dmactivate/plan.ts";
import { assemble } from "../../src/core/dmexec/assemble.ts";
import { runProgram } from "../../src/core/dmexec/run.ts";
import { dmState } from "../../src/core/dmexec/state.ts";
import { openHostDm } from "../../src/core/host/dm/open-dm.ts";
import { hostChance } from "../../src/core/host/process/chance.ts";
import { hostTerminal } from "../../src/core/host/process/terminal.ts";
import type { Dm } from "../../src/core/port/dm.ts";
import { simMemoryLock } from "../../src/core/sim/memory-lock.ts";
import type { DmState } from "../../src/schema/index.ts";
import { removeAll } from "../contract/dm.ts";
import { given, programCases, runCase } from "../contract/programs.ts";

const { rdev } = statSync(process.argv[2] ?? "");
const disk = `${rdev >> 8}:${rdev & 0xff}`;
const kernel = openHostDm({ config: {}, terminal: hostTerminal(false), chance: hostChance(undefined) });
const { ready: _, ...methods } = kernel;
const plain: Dm = { ...methods, memory: simMemoryLock() };

async function programs(): Promise<void> {
  for (const each of programCases) {
    for (const [how, dm] of [
      ["ready", kernel],
      ["plain", plain],
    ] as const) {
      given(dm, disk);
      const came = await runCase(dm, disk, each).catch((thrown) => ({
        thrown: String(thrown?.stack ?? thrown),
      }));
      console.log(JSON.stringify({ name: each.name, how, came }));
      removeAll(dm);
    }
  }
}

/** Answers that are longer than the first room for them. */
function longAnswers(): void {
  const name = (index: number): string => `${"long".repeat(30)}-${index}`;
  for (let index = 0; index < 150; index += 1) kernel.create(name(index), "");
  const listed = kernel.list().length;
  const table = Array.from({ length: 3000 }, (_unused, index) => ({
    start: index * 8,
    length: 8,
    type: index % 2 === 0 ? "zero" : "error",
    params: "",
  }));
  kernel.load(name(0), table, { readOnly: false });
  kernel.resume(name(0));
  const lines = kernel.table(name(0), "live").length;
  const status = kernel.status(name(0), { noflush: true }).length;
  const one = kernel.status(name(0), { noflush: true, target: 2999 });
  console.log(JSON.stringify({ name: "long answers", listed, lines, status, one }));
  removeAll(kernel);
}

/** The same while a device is suspended, where they cannot be asked for again. */
async function longAnswersInside(): Promise<void> {
  const zero = { start: 0, length: 8 * LINES, type: "zero", params: "" };
  const table = Array.from({ length: LINES }, (_, index) => ({ ...zero, start: index * 8, length: 8 }));
  for (const [how, dm] of [
    ["ready", kernel],
    ["plain", plain],
  ] as const) {
    dm.create("a", "DVM-a");
    dm.load("a", [zero], { readOnly: false });
    dm.resume("a");
    // Counters of so many areas, which are shown all in one answer.
    dm.message("a", 0, "@stats_create - /2000");
    const program = assemble(
      [
        `.table long`,
        ...table.map(({ start, length, type }) => `  ${start} ${length} ${type}`),
        `.end`,
        `        suspend a`,
        `        jmp-fail failed`,
        `        load a long`,
        `        jmp-fail back`,
        `        table a inactive key=table`,
        `        jmp-fail back`,
        `        deps a inactive key=deps`,
        `        jmp-fail back`,
        `        message a "@stats_print 0"`,
        `        jmp-fail back`,
        `back:   resume a`,
        `        jmp-fail again`,
        `        exit 0`,
        `again:  clear a`,
        `        jmp-fail next`,
        `next:   resume a`,
        `        jmp-fail lost`,
        `failed: exit 1`,
        `lost:   exit 8`,
      ].join("\n"),
    );
    const { values, trace } = await runProgram(dm, program);
    const failed = trace.filter(({ errno }) => errno !== null);
    const lines = Array.isArray(values["table"]) ? values["table"].length : values;
    const { suspended } = dm.info("a");
    console.log(JSON.stringify({ name: "long answers inside", how, lines, failed, suspended }));
    removeAll(dm);
  }
}
const LINES = 3000;

/** A target that has no file of its own, over a device that a program names. */
async function rawTarget(): Promise<void> {
  const program = assemble(
    [
      `.table below`,
      `  0 16384 linear ${disk} 0`,
      `.end`,
      `.table raw`,
      `  0 8192 flakey @below 8 3600 0`,
      `.end`,
      `create below DVM-below`,
      `load below below`,
      `resume below`,
      `create a DVM-a`,
      `load a raw`,
      `resume a`,
    ].join("\n"),
  );
  await runProgram(kernel, program);
  const device = dmState(kernel, { all: false }).devices.find(({ name }) => name === "a");
  console.log(JSON.stringify({ name: "raw", table: device?.table, deps: kernel.deps("a", "live").length }));
  removeAll(kernel);
}

/** A snapshot is merged back as dmactivate plans it: not while its origin is open, which may be opened at once then. */
async function mergeBack(): Promise<void> {
  const BYTES = 4 * 2 ** 20;
  const device = (name: string, type: string, params: string, length = BYTES / 512) => ({
    name,
    uuid: `DVM-${name}`,
    table: [{ start: 0, length, type, params }],
  });
  const real = device("real", "linear", `${disk} 0`);
  const cow = device("cow", "linear", `${disk} 8192`, 8192);
  const show = async (devices: DmState["devices"]): Promise<number[]> => {
    const plan = planPrograms(dmState(kernel, { all: true }), { scope: ["DVM-"], devices });
    const exits: number[] = [];
    for (const program of [plan.prepare, plan.commit]) exits.push((await runProgram(kernel, program)).exit);
    return exits;
  };
  const exits = await show([real, cow, device("o", "snapshot-origin", "@real")]);
  const content = (letter: string): Buffer => alignedBuffer(BYTES).fill(letter);
  const origin = openSync("/dev/mapper/o", constants.O_RDWR | constants.O_DIRECT);
  writeSync(origin, content("a"), 0, BYTES, 0);
  exits.push(
    ...(await show([
      real,
      cow,
      device("o", "snapshot-origin", "@real"),
      device("s", "snapshot", "@real @cow P 16"),
    ])),
  );
  writeSync(origin, content("b"), 0, BYTES / 2, 0);
  const merging = [real, cow, device("o", "snapshot-merge", "@real @cow P 16")];
  const refused = await show(merging).then(String, ({ message }: Error) => message);
  const before = kernel.list().map(({ name }) => name);
  closeSync(origin);
  exits.push(...(await show(merging)));
  const again = openSync("/dev/mapper/o", constants.O_RDONLY | constants.O_DIRECT);
  const names = kernel.list().map(({ name }) => name);
  // Complete when nothing but metadata is left in the store.
  const isMerged = (): boolean =>
    /^(\d+)\/\d+ \1$/.test(kernel.status("o", { noflush: true })[0]?.status ?? "");
  for (let attempt = 0; !isMerged() && attempt < 600; attempt += 1) await delay(100);
  const found = content("?");
  readSync(again, found, 0, BYTES, 0);
  closeSync(again);
  const same = found.equals(content("a"));
  console.log(JSON.stringify({ name: "merge", refused, before, exits, names, same, merged: isMerged() }));
  exits.push(...(await show([])));
  console.log(JSON.stringify({ name: "merge ended", exits, left: kernel.list().length }));
}

programs()
  .then(longAnswers)
  .then(rawTarget)
  .then(mergeBack)
  .then(longAnswersInside)
  .then(() => kernel.close());
