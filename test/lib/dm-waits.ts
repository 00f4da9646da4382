/** What a real kernel would wait for and the simulator does not: I/O to something that is suspended. */
import type { SimDevice, SimState } from "../../src/core/sim/dm-state.ts";
import type { Instruction, TableLine } from "../../src/schema/index.ts";

/** Constructors of these read nothing from what they stand on. */
const QUIET = new Set(["linear", "striped", "error", "zero"]);

/**
 * Finds what instructions wait for, each looked at just after it was done.
 * @param begun the state in which the program began. What is suspended waits for what stands below it by its
 *   tables and
 * still does: behind what has only been added nothing can be in flight.
 * @returns for an instruction the uuid of the suspended device that it would have waited for, if there is one
 */
export function waiting(begun: SimState): (now: SimState, instruction: Instruction) => string | undefined {
  const before = structuredClone(begun);
  return (now, instruction) => {
    const held = new Set(now.devices.filter(({ suspended }) => suspended).map(({ uuid }) => uuid));
    if (instruction.op === "load" && instruction.table.some(({ type }) => !QUIET.has(type)))
      return instruction.table.flatMap((line) => below(now, childrenOf(now, line), held))[0];
    if (instruction.op !== "suspend") return undefined;
    const uuid = now.devices.find(({ name }) => name === instruction.name)?.uuid;
    const reached = (state: SimState): string[] => {
      const device = state.devices.find((each) => each.uuid === uuid);
      return device ? below(state, children(state, device), held) : [];
    };
    const still = new Set(reached(now));
    return reached(before).find((each) => still.has(each));
  };
}

function below(state: SimState, from: readonly SimDevice[], held: ReadonlySet<string>): string[] {
  const seen = new Set(from);
  for (const device of seen) for (const child of children(state, device)) seen.add(child);
  return [...seen].flatMap(({ uuid }) => (held.has(uuid) ? [uuid] : []));
}

const children = (state: SimState, { live }: SimDevice): SimDevice[] =>
  (live?.lines ?? []).flatMap((line) => childrenOf(state, line));

const childrenOf = ({ devices }: SimState, { params }: TableLine): SimDevice[] =>
  params
    .split(" ")
    .flatMap(
      (word) => devices.find(({ name, minor }) => word === `@${name}` || word === `254:${minor}`) ?? [],
    );
