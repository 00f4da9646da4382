/** Nothing is suspended whose disks do not answer a read first. */
import t from "tap";
import { toDvmError } from "../../../src/core/base/error.ts";
import { assemble } from "../../../src/core/dmexec/assemble.ts";
import { runProgram } from "../../../src/core/dmexec/run.ts";
import type { Dm } from "../../../src/core/port/dm.ts";
import { memoryStore } from "../../../src/core/sim/dm-file.ts";
import { simDm } from "../../../src/core/sim/dm-sim.ts";
import { emptySimState, type SimState } from "../../../src/core/sim/dm-state.ts";
import { type Fault, faultyDisks, type Operation } from "../../../src/core/sim/faulty-disks.ts";
import { memoryDisks } from "../../../src/core/sim/memory-disks.ts";
import { simScanner } from "../../../src/core/sim/sim-scanner.ts";
import type { ProgramResult } from "../../../src/schema/index.ts";
import { line, linear, live } from "../../contract/dm-steps.ts";

const MIB = 2 ** 20;
const DISKS = { "8:0": "/dev/a", "8:16": "/dev/b", "8:32": "/dev/c" } as const;

/** A machine whose disks do what `faults` says. */
function world(faults: Record<string, Fault["kind"]> = {}) {
  const leaves = Object.fromEntries(Object.keys(DISKS).map((dev) => [dev, 65536]));
  const state: SimState = { ...emptySimState(), leaves };
  const memory = memoryDisks();
  for (const path of Object.values(DISKS)) memory.create(path, MIB);
  const asked: string[] = [];
  const disks = faultyDisks(memory, ({ kind, path }: Operation) => {
    if (kind === "read") asked.push(path);
    const fault = kind === "read" ? faults[path] : undefined;
    return fault && ({ kind: fault } as Fault);
  });
  const scanner = simScanner(Object.entries(DISKS).map(([dev, path]) => ({ path, dev, size: MIB })));
  const store = memoryStore(state);
  const dm = simDm(store, { leafSize: () => undefined, pause: () => {} });
  const setStatus = (name: string, status: string) =>
    store.change(({ devices }) => {
      for (const device of devices) if (device.name === name) device.status = { 0: status };
    });
  return { dm, asked, setStatus, asking: { disks, scanner } };
}

/** Suspends and resumes each by itself, whatever becomes of the others. */
const pauses = (...names: string[]) => assemble([...names.map(pause), "exit 1", "lost: exit 8"].join("\n"));
const pause = (name: string): string => `
  suspend ${name}
  jmp-fail after-${name}
  resume ${name}
  jmp-fail clear-${name}
  jmp after-${name}
clear-${name}:
  clear ${name}
  jmp-fail again-${name}
again-${name}:
  resume ${name}
  jmp-fail lost
after-${name}:`;

async function run({ dm, asking }: ReturnType<typeof world>, ...names: string[]) {
  const error = await runProgram(dm, pauses(...names), asking).then(() => undefined, toDvmError);
  const { trace = [] } = (error?.output ?? {}) as Partial<ProgramResult>;
  return {
    error,
    suspended: trace.flatMap(({ op, device, errno }) => (op === "suspend" && !errno ? [device] : [])),
  };
}

const stack = (dm: Dm): void => {
  live(dm, "a", linear("8:0"));
  live(dm, "above", linear(dm.info("a").dev));
  live(dm, "b", [line("striped", "2 8 8:16 0 8:32 0")]);
};

t.test(
  "what stands on a disk that does not answer is not suspended, however far below; all else is",
  async (t) => {
    const machine = world({ "/dev/a": "hang" });
    stack(machine.dm);
    const { error, suspended } = await run(machine, "above", "a", "b");
    t.match(error, {
      code: "DEADLINE",
      status: 1,
      message: /suspend above: ETIMEDOUT \(\/dev\/a: read of 4096 bytes at 0/,
    });
    t.strictSame(suspended, ["b"]);
    t.strictSame(machine.asked.sort(), ["/dev/a", "/dev/b", "/dev/c"], "each disk is asked once");
    t.notOk(machine.dm.list().some(({ name }) => machine.dm.info(name).suspended));
  },
);

for (const fault of ["fail", undefined] as const)
  t.test(`an answer: ${fault ?? "the bytes"}`, async (t) => {
    const machine = world(fault && { "/dev/a": fault, "/dev/b": fault });
    stack(machine.dm);
    t.strictSame((await run(machine, "above", "b")).suspended, ["above", "b"]);
  });

t.test("a leg that the kernel has left out is not asked; one that it uses is", async (t) => {
  for (const [status, suspended] of [
    ["raid1 2 AD 8192/8192 idle 0 0 -", ["r"]],
    ["raid1 2 Aa 0/8192 recover 0 0 -", []],
    ["something new", []],
  ] as const) {
    const machine = world({ "/dev/b": "hang" });
    live(machine.dm, "r", [line("raid", "raid1 3 0 region_size 1024 2 - 8:0 - 8:16")]);
    machine.setStatus("r", status);
    t.strictSame((await run(machine, "r")).suspended, suspended, status);
  }
});

t.test("disks are asked for the sake of what is to be suspended, and of nothing else", async (t) => {
  const machine = world({ "/dev/a": "hang" });
  stack(machine.dm);
  machine.dm.suspend("a", { noflush: false, skipLockfs: false });
  await run(machine, "a", "gone");
  t.strictSame(machine.asked, [], "it is suspended already");
  await runProgram(machine.dm, assemble("create new DVM-new\nremove new"), machine.asking);
  t.strictSame(machine.asked, []);
});

t.test("a disk that nothing leads to cannot be asked", async (t) => {
  const machine = world();
  live(machine.dm, "a", linear("8:0"));
  const asking = { ...machine.asking, scanner: simScanner([]) };
  t.strictSame((await run({ ...machine, asking }, "a")).suspended, ["a"]);
});
