/**
 * Runs in a guest: regions on dm devices that break as the kernel lets them (`faults`), or on plain
 * disks, updated until somebody pulls the plug (`loop`).
 */
import { execFileSync } from "node:child_process";
import { Wording } from "../../src/core/base/wording.ts";
import { hostDisks } from "../../src/core/host/disk/disks.ts";
import { hostChance } from "../../src/core/host/process/chance.ts";
import type { Disks } from "../../src/core/port/block.ts";
import { abort } from "../../src/core/replicate/abort.ts";
import { commit } from "../../src/core/replicate/commit.ts";
import type { RegionAddress } from "../../src/core/replicate/disk/place.ts";
import { format } from "../../src/core/replicate/format.ts";
import { prepare } from "../../src/core/replicate/prepare.ts";
import { read } from "../../src/core/replicate/read.ts";
import type { RegionSys } from "../../src/core/replicate/set/region-set.ts";
import { status } from "../../src/core/replicate/status.ts";
import { verify } from "../../src/core/replicate/verify.ts";
import { numbered, numberIn } from "../lib/numbered-content.ts";

const SECTORS = 1024;
const [mode = "", ...disks] = process.argv.slice(2);
const names = disks.map((_, n) => `r${n}`);
const regionsOn = (paths: readonly string[]): RegionAddress[] =>
  paths.map((path) => ({ path, offset: 0, length: SECTORS }));

/** A process's view of the machine: what hung for one does not for the next. */
const sys = (deadlineMs = 20_000): RegionSys => ({
  config: {},
  disks: hostDisks({ deadlineMs }),
  clock: { now: () => Date.now(), sleep: async () => undefined },
  chance: hostChance(undefined),
  terminal: {
    warn: () => undefined,
    info: () => undefined,
    progress: () => undefined,
    keepWarnings: () => () => [],
    outputIsTerminal: false,
    wording: new Wording(),
  },
});

const dmsetup = (...args: string[]): string =>
  execFileSync("dmsetup", args, { encoding: "utf8", stdio: "pipe" });
const swap = (name: string, table: string) => {
  dmsetup("suspend", "--noflush", "--nolockfs", name);
  dmsetup("load", name, "--table", table);
  dmsetup("resume", name);
};
const linear = (n: number) => `0 ${SECTORS} linear ${disks[n]} 0`;
const update = async (regions: readonly RegionAddress[], bytes: Buffer, world = sys()) => {
  await prepare(world, regions, bytes, { newEpoch: false });
  await commit(world, regions);
};
const codeOf = (error: unknown): string => (error as { code?: string } | undefined)?.code ?? String(error);
const outcome = (work: Promise<unknown>): Promise<string> => work.then(() => "done", codeOf);

/** Ends what was interrupted. @returns the number of the content then */
async function mend(regions: readonly RegionAddress[]): Promise<number> {
  const found = await status(sys(), regions);
  if (found.state === "preparing") await abort(sys(), regions);
  else if (found.state === "committing") await commit(sys(), regions);
  else if (found.state !== "clean") throw new Error(`${found.state}: ${found.advice}`);
  await verify(sys(), regions);
  return numberIn(await read(sys(), regions, undefined));
}

const expect = (what: string, is: unknown, wanted: unknown) => {
  const same = JSON.stringify(is) === JSON.stringify(wanted);
  console.log(`${same ? "ok" : "not ok"} ${what}${same ? "" : `: ${JSON.stringify(is)}`}`);
};

async function faults(): Promise<void> {
  for (const [n, name] of names.entries()) dmsetup("create", name, "--table", linear(n));
  const regions = regionsOn(names.map((name) => `/dev/mapper/${name}`));
  dmsetup("mknodes");
  await format(sys(), regions, { force: false });
  await update(regions, numbered(1));
  const stateOf = async () => (await status(sys(), regions)).state;

  swap("r2", `0 ${SECTORS} error`);
  expect("error: status answers", await stateOf(), "out-of-sync");
  expect(
    "error: prepare is refused",
    await outcome(prepare(sys(), regions, numbered(2), { newEpoch: false })),
    "OUT_OF_SYNC",
  );
  swap("r2", linear(2));
  expect("error: the set is as before", await mend(regions), 1);

  const errorWrites = `0 ${SECTORS} flakey ${disks[2]} 0 0 60 1 error_writes`;
  swap("r2", errorWrites);
  expect(
    "error_writes: prepare fails",
    await outcome(prepare(sys(), regions, numbered(2), { newEpoch: false })),
    "IO",
  );
  expect("error_writes: and undoes itself", await stateOf(), "clean");
  swap("r2", linear(2));
  await prepare(sys(), regions, numbered(2), { newEpoch: false });
  swap("r2", errorWrites);
  expect("error_writes: commit is left half way", await outcome(commit(sys(), regions)), "HALF_DONE");
  expect("error_writes: and the decision is taken", await stateOf(), "committing");
  expect("error_writes: abort is refused", await outcome(abort(sys(), regions)), "DECIDED");
  swap("r2", linear(2));
  expect("error_writes: commit finishes it", await mend(regions), 2);

  swap("r1", `0 ${SECTORS} delay ${disks[1]} 0 50 ${disks[1]} 0 100`);
  expect("delay: a slow disk is waited for", await outcome(update(regions, numbered(3))), "done");
  swap("r1", `0 ${SECTORS} delay ${disks[1]} 0 0 ${disks[1]} 0 8000`);
  expect(
    "delay: a disk that does not answer a write",
    await outcome(prepare(sys(1000), regions, numbered(4), { newEpoch: false })),
    "HALF_DONE",
  );
  swap("r1", linear(1));
  expect("delay: is aborted when it is back", await mend(regions), 3);

  dmsetup("suspend", "--noflush", "r1");
  const hanging = sys(1000);
  const found = await status(hanging, regions);
  expect(
    "suspended: status names it",
    found.regions.map(({ error }) => error?.code ?? null),
    [null, "DEADLINE", null],
  );
  expect(
    "suspended: the others are left as they are",
    await outcome(prepare(hanging, regions, numbered(4), { newEpoch: false })),
    "OUT_OF_SYNC",
  );
  dmsetup("resume", "r1");
  expect("suspended: all is well again", await mend(regions), 3);
  console.log("ok it came to its end");
}

/** The same disks, telling of each step before it is taken. */
const telling = (disks: Disks): Disks => ({
  ...disks,
  open: async (path, openMode) => {
    const device = await disks.open(path, openMode);
    const tell =
      <A extends unknown[]>(step: string, take: (...args: A) => Promise<void>) =>
      (...args: A) => {
        console.log(step);
        return take(...args);
      };
    const { writeThrough } = device;
    return {
      ...device,
      write: tell("write", device.write),
      ...(writeThrough && {
        writeThrough: async (offset: number, buffer: Uint8Array) => {
          await tell("write", writeThrough)(offset, buffer);
          console.log("flush");
        },
      }),
      flush: tell("flush", device.flush),
    };
  },
});

async function loop(): Promise<void> {
  const regions = regionsOn(disks);
  if ((await status(sys(), regions)).state === "unformatted") await format(sys(), regions, { force: false });
  let number = await mend(regions);
  console.log(`mended ${number}`);
  const world = { ...sys(), disks: telling(sys().disks) };
  for (;;) {
    number += 1;
    await update(regions, numbered(number), world);
    console.log(`committed ${number}`);
  }
}

const modes: Readonly<Record<string, () => Promise<void>>> = {
  faults,
  loop,
};
(modes[mode] ?? (() => Promise.reject(new Error(`no mode ${mode}`))))().then(
  () => process.exit(0),
  (error) => {
    console.log(`not ok ${error instanceof Error ? error.stack : error}`);
    process.exit(1);
  },
);
