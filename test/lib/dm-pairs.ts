/** What the properties of dm plans share: random pairs of states, and what counts of a state. */
import fc from "fast-check";
import type { DmState, Program } from "../../src/schema/index.ts";
import { Bench, type FailureMode } from "./dm-bench.ts";
import { arbitraryChange } from "./dm-changes.ts";
import { arbitraryDevices, type Bounds } from "./dm-worlds.ts";

export const seed = Number(process.env["DVM_SEED"] ?? 20_240_607);
export const runs = (numRuns: number) => ({
  seed,
  numRuns: Math.ceil(numRuns * Number(process.env["DVM_RUNS"] ?? 1)),
});
export const SMALL: Bounds = { pool: 8, devices: 7, depth: 4 };
export const LARGE: Bounds = { pool: 230, devices: 200, depth: 6 };
export type Devices = DmState["devices"];
export const scope = ["DVM-"];
export const modes: readonly FailureMode[] = ["refused", "dropped", "stuck"];

/**
 * Two states that have nothing to do with each other but ids and names, or a change of one into the other.
 */
export const pair = (bounds: Bounds): fc.Arbitrary<[Devices, Devices]> =>
  fc.oneof(
    fc.tuple(arbitraryDevices(bounds), arbitraryDevices(bounds)),
    arbitraryChange(Math.ceil(bounds.devices / 4), bounds.depth),
  );

export function benchOf(devices: DmState["devices"]): Bench {
  const bench = new Bench();
  bench.build(devices);
  return bench;
}

/** What counts of a state. */
export function essence({ devices }: DmState): unknown {
  return devices
    .map(({ name, uuid, table, inactive, suspended, readOnly }) => ({
      name,
      uuid,
      table: table?.map(({ params, ...line }) => ({ ...line, params: params.trim() })),
      inactive: inactive ?? null,
      suspended: suspended ?? false,
      readOnly: readOnly ?? false,
    }))
    .sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
}

export function desiredEssence(devices: DmState["devices"]): unknown {
  return essence(benchOf(devices).dump());
}

export const suspended = (bench: Bench) =>
  bench.state.devices.filter((device) => device.suspended).map((d) => d.name);

/**
 * Every operation on the way fails once, in each mode that it can fail in. @param watch called after each
 * operation
 */
export function eachFailure(
  before: Bench,
  program: Program,
  judge: (after: Bench, exit: number, what: string) => void,
  watch?: (after: Bench, what: string) => void,
): void {
  for (const at of before.copy().run(program).tried) {
    const instruction = program.instructions[at];
    for (const mode of instruction?.op === "resume" ? modes : modes.slice(0, 1)) {
      const after = before.copy();
      const what = `${mode} ${JSON.stringify(instruction)} at ${at}`;
      const { exit } = after.run(program, [{ at, mode }], (each) =>
        watch?.(after, `${what}, then ${JSON.stringify(each)}`),
      );
      judge(after, exit, what);
    }
  }
}

/** Every resume on the way fails, and so does the next one of the same device. */
export function eachStubbornResume(
  before: Bench,
  program: Program,
  judge: (after: Bench, exit: number, what: string) => void,
  watch: (after: Bench, what: string) => void,
): void {
  const { instructions } = program;
  const nameAt = (at: number): string | undefined => {
    const instruction = instructions[at];
    return instruction?.op === "resume" ? instruction.name : undefined;
  };
  for (const at of before.copy().run(program).tried) {
    const name = nameAt(at);
    if (name === undefined) continue;
    for (const mode of modes) {
      const { tried } = before.copy().run(program, [{ at, mode }]);
      const again = tried.find((each) => each > at && nameAt(each) === name);
      if (again === undefined) continue;
      const after = before.copy();
      const what = `twice ${mode} resume ${name} at ${at} and ${again}`;
      const failures = [at, again].map((each) => ({ at: each, mode }));
      const { exit } = after.run(program, failures, (each) =>
        watch(after, `${what}, then ${JSON.stringify(each)}`),
      );
      judge(after, exit, what);
    }
  }
}

export function check(what: string, actual: unknown, expected: unknown): void {
  const [a, e] = [JSON.stringify(actual, null, 1), JSON.stringify(expected, null, 1)];
  if (a !== e) throw new Error(`${what}\nis ${a}\nnot ${e}`);
}
