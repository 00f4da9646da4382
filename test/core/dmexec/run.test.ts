/** dmexec run on the simulated device-mapper: the contract, and what happens when operations fail. */
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { DvmError, toDvmError } from "../../../src/core/base/error.ts";
import { checkProgram } from "../../../src/core/dmexec/check.ts";
import { runProgram } from "../../../src/core/dmexec/run.ts";
import { type Dm, DmRefused } from "../../../src/core/port/dm.ts";
import type { MemoryLock } from "../../../src/core/port/memory.ts";
import { memoryStore } from "../../../src/core/sim/dm-file.ts";
import { simDm } from "../../../src/core/sim/dm-sim.ts";
import { emptySimState } from "../../../src/core/sim/dm-state.ts";
import { checkDocument, type Program, type ProgramResult } from "../../../src/schema/index.ts";
import { linear, live } from "../../contract/dm-steps.ts";
import { expectedOf, given, programCases, runCase } from "../../contract/programs.ts";
import { arbitraryAlmostSwap, arbitrarySmallProgram, swapProgram } from "../../lib/dm-programs.ts";

const DISK = "8:0";

function world(memory?: MemoryLock) {
  const store = memoryStore({ ...emptySimState(), leaves: { [DISK]: 65536 } });
  return simDm(store, { leafSize: () => undefined, pause: () => {}, ...(memory && { memory }) });
}

for (const each of programCases) {
  t.test(`the simulator: ${each.name}`, async (t) => {
    const dm = world();
    given(dm, DISK);
    const came = await runCase(dm, DISK, each);
    t.match(came, expectedOf(each));
    t.strictSame({ ...expectedOf(each) }, pick(came));
    if (each.reason) t.match(came.reason, each.reason);
    t.equal(
      came.locked === true,
      each.suspensions !== undefined,
      "locked where something is suspended, only there",
    );
  });
}

const pick = ({ exit, trace, suspensions, values, state }: Awaited<ReturnType<typeof runCase>>) => ({
  exit,
  trace,
  suspensions,
  values,
  state,
});

t.test("a device that cannot be resumed is named, and the program ends with 8", async (t) => {
  const real = world();
  live(real, "a", linear(DISK));
  const dm: Dm = {
    ...real,
    resume() {
      throw new DmRefused("resume", "a", { errno: "EIO" });
    },
  };
  const error = await runProgram(dm, swapProgram(["a"])).then(() => undefined, toDvmError);
  t.match(error, { code: "HALF_DONE", status: 8, message: /resume a: EIO; then .*left suspended: a/ });
  const { output } = error ?? {};
  t.match(output, { exit: 8, suspended: ["a"] });
  t.equal(real.info("a").suspended, true);
});

t.test("a swap that suspends by itself and fails is known for suspended", async (t) => {
  const real = world();
  live(real, "a", linear(DISK));
  const dm: Dm = {
    ...real,
    resume() {
      real.suspend("a", { noflush: false, skipLockfs: false });
      throw new DmRefused("resume", "a", { errno: "EINVAL" });
    },
  };
  const instructions = swapProgram(["a"])
    .instructions.slice(2)
    .map((each) => ("to" in each ? { ...each, to: each.to - 2 } : each));
  const error = await runProgram(dm, { instructions }).then(() => undefined, toDvmError);
  t.match(error, { code: "HALF_DONE", status: 8, output: { exit: 8, suspended: ["a"] } });
});

t.test("whatever is thrown, nothing stays suspended", async (t) => {
  const real = world();
  live(real, "a", linear(DISK));
  const dm: Dm = {
    ...real,
    message() {
      throw new Error("a bug");
    },
  };
  const { instructions } = swapProgram(["a"]);
  const shifted = instructions.map((each) =>
    "to" in each && each.to > 1 ? { ...each, to: each.to + 2 } : each,
  );
  const program: Program = {
    instructions: [
      ...shifted.slice(0, 2),
      { op: "message", name: "a", message: "x" },
      { op: "jmp-fail", to: 4 },
      ...shifted.slice(2),
    ],
  };
  await t.rejects(runProgram(dm, program), { message: "a bug" });
  t.equal(real.info("a").suspended, false);
});

t.test("devices that are not ours are not touched", async (t) => {
  const dm = world();
  dm.create("a", "LVM-a");
  const oldKernel: Dm = { ...dm, uuids: () => undefined };
  for (const op of ["clear", "remove"] as const)
    for (const kernel of [dm, oldKernel])
      await t.rejects(runProgram(kernel, { instructions: [{ op, name: "a" }] }), {
        code: "EXISTS",
        message: /dm device a is not dvm's \(its uuid is "LVM-a"\)/,
      });
  const error = await runProgram(dm, { instructions: [{ op: "clear", name: "b" }] }).then(
    () => undefined,
    toDvmError,
  );
  t.match(error, { code: "PROGRAM_FAILED", message: "clear b: ENXIO (there is no such device)" });
});

t.test("a target of another major version is refused before anything is done", async (t) => {
  const real = world();
  const other = [2, 0, 0] as const;
  const table = [{ start: 0, length: 8, type: "zero", params: "" }];
  const program: Program = {
    instructions: [
      { op: "create", name: "a", uuid: "DVM-a" },
      { op: "load", name: "a", table },
    ],
  };
  for (const [what, versions] of [
    ["loaded already", { targets: () => [{ name: "zero", version: other }] }],
    ["not loaded yet", { targets: () => [], targetVersion: () => other }],
  ] as const) {
    await t.rejects(
      runProgram({ ...real, ...versions }, program),
      { code: "UNSUPPORTED", message: /target zero is of version 2.0.0/ },
      what,
    );
    t.strictSame(real.list(), []);
  }
  const unknown: Dm = { ...real, targets: () => [], targetVersion: () => undefined };
  t.match(
    await runProgram(unknown, program),
    { exit: 0 },
    "the kernel has the last word where it cannot tell",
  );
});

/** Watches that nothing is suspended outside of a locked section, and nothing waits in one. */
function watched(
  fails: (count: number, what: string) => boolean,
  broken: boolean,
): { dm: Dm; real: Dm; problems: string[] } {
  let inside = false;
  const problems: string[] = [];
  const memory: MemoryLock = {
    async locked(_rehearse, section) {
      inside = true;
      try {
        return { value: section(), faults: { minor: 0, major: 0 }, locked: true };
      } finally {
        inside = false;
      }
    },
  };
  const real = world(memory);
  let count = 0;
  const suspended = (): boolean =>
    real.list().some(({ name }) => real.info(name).suspended && real.info(name).hasLive);
  const operation =
    <A extends readonly unknown[], R>(what: string, perform: (...args: A) => R) =>
    (...args: A): R => {
      count += 1;
      if (fails(count, what)) {
        // A swap that fails leaves the device suspended, with or without the new table.
        if (what === "resume" && broken && real.list().some(({ name }) => name === args[0])) {
          const name = String(args[0]);
          if (real.info(name).hasInactive || real.info(name).suspended) {
            real.clear(name);
            if (real.info(name).hasLive) real.suspend(name, { noflush: false, skipLockfs: false });
          }
        }
        if (suspended() && !inside) problems.push(`${what} ${args[0]} outside`);
        throw new DmRefused(what, String(args[0]), { errno: "EIO" });
      }
      const result = perform(...args);
      if (suspended() && !inside) problems.push(`${what} ${args[0]} outside`);
      return result;
    };
  const dm: Dm = {
    ...real,
    create: operation("create", real.create),
    remove: operation("remove", real.remove),
    rename: operation("rename", real.rename),
    load: operation("load", real.load),
    clear: operation("clear", real.clear),
    suspend: operation("suspend", real.suspend),
    resume: operation("resume", real.resume),
  };
  return { dm, real, problems };
}

t.test("safe programs, whatever fails", async (t) => {
  let ran = 0;
  let lost = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(arbitraryAlmostSwap, arbitrarySmallProgram(10)),
      fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 5 }),
      fc.boolean(),
      fc.nat({ max: 5 }),
      async (program, failing, broken, luck) => {
        try {
          checkProgram(program);
        } catch {
          return;
        }
        // In bad luck every resume fails.
        const fails = (count: number, what: string): boolean =>
          failing.includes(count) || (luck === 0 && what === "resume");
        const { dm, real, problems } = watched(fails, broken);
        live(real, "a", linear(DISK));
        live(real, "b", linear(DISK, 8192));
        const result: ProgramResult = await runProgram(dm, program).catch((thrown) => {
          if (thrown instanceof DvmError && thrown.output) return thrown.output as ProgramResult;
          throw thrown;
        });
        ran += 1;
        checkDocument("program-result", result, "result");
        assert.deepEqual(problems, []);
        const left = real.list().filter(({ name }) => real.info(name).suspended && real.info(name).hasLive);
        const names = left.map(({ name }) => name);
        assert.deepEqual([...(result.suspended ?? [])].sort(), names.sort());
        if (names.length > 0) {
          lost += 1;
          assert.equal(result.exit, 8);
        }
      },
    ),
    { numRuns: 6000, seed: 7 },
  );
  t.comment(`states ${ran} runs of safe programs with failures, ${lost} of them ended with 8`);
  t.ok(ran > 1000);
});
