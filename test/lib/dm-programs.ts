/** Random dm programs. */
import fc from "fast-check";
import type { Instruction, Program, TableLine } from "../../src/schema/index.ts";

const flag = fc.boolean();
const count = fc.nat({ max: 2 ** 40 });
/** Words, and everything that needs quotes. */
const text = fc.oneof(
  fc.constantFrom(
    "a",
    "vg0-root",
    "DVM-1",
    "a b",
    "#",
    "x#y",
    '"',
    "\\",
    "=",
    "k=v",
    "@a",
    "é\n\t",
    "L0",
    "-",
    ":",
  ),
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" }),
);
const name = text.map((each) => [...each].slice(0, 40).join(""));
const key = { key: name };

const tableLine: fc.Arbitrary<TableLine> = fc.record({
  start: count,
  length: count,
  type: fc.constantFrom("linear", "striped", "thin-pool", "x"),
  params: fc.oneof(
    fc.constantFrom("", "8:0 2048", "@a 0", " 1", "1 ", "a  b", "# no", "a #b", "a#b", '"q"', "8:0\n0", "é"),
    fc.string({ maxLength: 20 }),
  ),
});

const some = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }, required: (keyof T)[]): fc.Arbitrary<T> =>
  fc.record(model, { requiredKeys: required }) as fc.Arbitrary<T>;

/** Any instruction that the schema knows, jumps aside. */
export const arbitraryInstruction: fc.Arbitrary<Instruction> = fc
  .oneof(
    some({ op: fc.constant("create" as const), name, uuid: text }, ["op", "name", "uuid"]),
    some({ op: fc.constant("remove" as const), name, attempts: fc.integer({ min: 1, max: 100 }) }, [
      "op",
      "name",
    ]),
    some(
      {
        op: fc.constant("load" as const),
        name,
        table: fc.array(tableLine, { maxLength: 3 }),
        readOnly: flag,
      },
      ["op", "name", "table"],
    ),
    some({ op: fc.constant("clear" as const), name }, ["op", "name"]),
    some({ op: fc.constant("suspend" as const), name, noflush: flag, skipLockfs: flag }, ["op", "name"]),
    some({ op: fc.constant("resume" as const), name }, ["op", "name"]),
    some({ op: fc.constant("rename" as const), name, newName: name }, ["op", "name", "newName"]),
    some({ op: fc.constant("message" as const), name, sector: count, message: text }, [
      "op",
      "name",
      "message",
    ]),
    some(
      {
        op: fc.constant("wait-event" as const),
        name,
        eventNr: count,
        deadlineMs: fc.integer({ min: 1, max: 9 }),
      },
      ["op", "name", "eventNr", "deadlineMs"],
    ),
    some(
      {
        op: fc.constant("info" as const),
        name,
        ...key,
        expect: fc.record(
          { exists: flag, uuid: text, openCount: count, suspended: flag },
          { requiredKeys: [] },
        ),
      },
      ["op", "name"],
    ),
    some({ op: fc.constant("table" as const), name, ...key, inactive: flag }, ["op", "name"]),
    some({ op: fc.constant("status" as const), name, ...key, noflush: flag }, ["op", "name"]),
    some(
      {
        op: fc.constant("check-status" as const),
        name,
        target: count,
        type: text,
        words: fc.array(fc.record({ at: count, is: fc.oneof(text, fc.constant("")) }), { maxLength: 3 }),
      },
      ["op", "name", "type"],
    ),
    some({ op: fc.constant("deps" as const), name, ...key, inactive: flag }, ["op", "name"]),
    some({ op: fc.constant("list" as const), ...key }, ["op"]),
    some({ op: fc.constant("version" as const), ...key }, ["op"]),
    some({ op: fc.constant("begin-object" as const), ...key }, ["op", "key"]),
    some({ op: fc.constant("end-object" as const) }, ["op"]),
    some(
      {
        op: fc.constant("literal" as const),
        ...key,
        value: fc.oneof(
          text,
          fc.boolean(),
          fc.constant(null),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
        ),
      },
      ["op", "key", "value"],
    ),
    some({ op: fc.constant("exit" as const), status: fc.nat({ max: 125 }) }, ["op", "status"]),
  )
  .map((instruction) => instruction as Instruction);

/** Programs of any instructions, with jumps forward, the end included. */
export const arbitraryProgram: fc.Arbitrary<Program> = fc
  .array(fc.record({ instruction: arbitraryInstruction, jump: fc.nat({ max: 7 }), far: fc.nat() }), {
    maxLength: 30,
  })
  .map((drawn) => ({
    instructions: drawn.map(({ instruction, jump, far }, at): Instruction => {
      const to = at + 1 + (far % (drawn.length - at));
      if (jump === 0) return { op: "jmp", to };
      return jump === 1 ? { op: "jmp-fail", to } : instruction;
    }),
  }));

const DEVICES = ["a", "b"] as const;
const device = fc.constantFrom(...DEVICES);
const ZERO: readonly TableLine[] = [{ start: 0, length: 8, type: "zero", params: "" }];

/** What matters to suspension, weighted so that a good part of the programs is safe. */
const step: fc.Arbitrary<Instruction> = fc.oneof(
  { arbitrary: device.map((name): Instruction => ({ op: "suspend", name })), weight: 4 },
  { arbitrary: device.map((name): Instruction => ({ op: "resume", name })), weight: 6 },
  { arbitrary: device.map((name): Instruction => ({ op: "clear", name })), weight: 3 },
  { arbitrary: device.map((name): Instruction => ({ op: "load", name, table: [...ZERO] })), weight: 2 },
  { arbitrary: device.map((name): Instruction => ({ op: "create", name, uuid: `DVM-${name}` })), weight: 1 },
  { arbitrary: device.map((name): Instruction => ({ op: "remove", name })), weight: 1 },
  { arbitrary: device.map((name): Instruction => ({ op: "remove", name, attempts: 2 })), weight: 1 },
  {
    arbitrary: fc
      .tuple(device, device)
      .map(([name, newName]): Instruction => ({ op: "rename", name, newName })),
    weight: 1,
  },
  { arbitrary: fc.constant<Instruction>({ op: "version" }), weight: 1 },
  { arbitrary: fc.constant<Instruction>({ op: "literal", key: "k", value: 1 }), weight: 1 },
  { arbitrary: fc.constant<Instruction>({ op: "begin-object", key: "o" }), weight: 1 },
  { arbitrary: fc.constant<Instruction>({ op: "end-object" }), weight: 1 },
  { arbitrary: fc.constantFrom(0, 1, 8).map((status): Instruction => ({ op: "exit", status })), weight: 2 },
);

/** Small programs about two devices: at most `length` instructions, jumps mostly behind operations. */
export const arbitrarySmallProgram = (length: number): fc.Arbitrary<Program> =>
  fc
    .array(fc.record({ instruction: step, jump: fc.nat({ max: 9 }), far: fc.nat({ max: 3 }) }), {
      minLength: 1,
      maxLength: length,
    })
    .map((drawn) => ({
      instructions: drawn.map(({ instruction, jump, far }, at): Instruction => {
        const to = Math.min(at + 1 + far, drawn.length);
        if (jump < 3) return { op: "jmp-fail", to };
        return jump === 3 ? { op: "jmp", to } : instruction;
      }),
    }));

/** Swaps the tables of devices, with all ways back, as a plan does. */
export function swapProgram(names: readonly string[]): Program {
  const lines: (Instruction | { readonly op: "jmp" | "jmp-fail"; readonly to: string })[] = [];
  const labels = new Map<string, number>();
  const add = (...more: typeof lines): void => void lines.push(...more);
  const place = (label: string): void => void labels.set(label, lines.length);
  for (const name of names) add({ op: "suspend", name }, { op: "jmp-fail", to: `undo-${name}` });
  for (const name of [...names].reverse())
    add({ op: "resume", name }, { op: "jmp-fail", to: `clear-${name}` });
  add({ op: "exit", status: 0 });
  // Whatever has failed: what stands above is not suspended, the rest is resumed without the new tables.
  for (const name of [...names].reverse()) {
    place(`clear-${name}`);
    add({ op: "clear", name }, { op: "jmp-fail", to: `again-${name}` });
    place(`again-${name}`);
    add({ op: "resume", name }, { op: "jmp-fail", to: `last-${name}` }, { op: "jmp", to: `undo-${name}` });
    place(`last-${name}`);
    add({ op: "clear", name }, { op: "jmp-fail", to: `resume-${name}` });
    place(`resume-${name}`);
    add({ op: "resume", name }, { op: "jmp-fail", to: `lost-${name}` });
    place(`undo-${name}`);
  }
  add({ op: "exit", status: 1 });
  for (const name of [...names].reverse()) {
    place(`lost-${name}`);
    const above = names.slice(0, names.indexOf(name)).reverse();
    for (const other of above) {
      const label = `${name}-${other}`;
      add({ op: "resume", name: other }, { op: "jmp-fail", to: `first-${label}` });
      add({ op: "jmp", to: `done-${label}` });
      place(`first-${label}`);
      add({ op: "clear", name: other }, { op: "jmp-fail", to: `second-${label}` });
      place(`second-${label}`);
      add({ op: "resume", name: other }, { op: "jmp-fail", to: `done-${label}` });
      place(`done-${label}`);
    }
    add({ op: "exit", status: 8 });
  }
  return linked(lines, labels);
}

/** Makes devices and brings them up, with all ways back, as a plan does. */
export function appearProgram(names: readonly string[]): Program {
  const lines: (Instruction | { readonly op: "jmp" | "jmp-fail"; readonly to: string })[] = [];
  const labels = new Map<string, number>();
  const add = (...more: typeof lines): void => void lines.push(...more);
  const place = (label: string): void => void labels.set(label, lines.length);
  for (const [index, name] of names.entries())
    add(
      { op: "create", name, uuid: `DVM-${name}` },
      { op: "jmp-fail", to: `undo-${names[index - 1] ?? "nothing"}` },
    );
  for (const name of names) add({ op: "resume", name }, { op: "jmp-fail", to: `failed-${name}` });
  add({ op: "exit", status: 0 });
  // Whatever has failed: the others are brought up, and what cannot be is removed.
  for (const name of names) {
    add({ op: "resume", name }, { op: "jmp-fail", to: `failed-${name}` }, { op: "jmp", to: `next-${name}` });
    place(`failed-${name}`);
    add({ op: "remove", name }, { op: "jmp-fail", to: `stays-${name}` }, { op: "jmp", to: `next-${name}` });
    place(`stays-${name}`);
    add({ op: "resume", name }, { op: "jmp-fail", to: "stuck" });
    place(`next-${name}`);
  }
  add({ op: "exit", status: 1 });
  for (const name of [...names].reverse()) {
    place(`undo-${name}`);
    add({ op: "remove", name, attempts: 2 }, { op: "jmp-fail", to: "stuck" });
  }
  place("undo-nothing");
  add({ op: "exit", status: 1 });
  place("stuck");
  add({ op: "exit", status: 8 });
  return linked(lines, labels);
}

const linked = (
  lines: readonly (Instruction | { readonly op: "jmp" | "jmp-fail"; readonly to: string })[],
  labels: ReadonlyMap<string, number>,
): Program => ({
  instructions: lines.map((line): Instruction => {
    if (!("to" in line) || typeof line.to === "number") return line as Instruction;
    return { op: line.op, to: labels.get(line.to) ?? 0 };
  }),
});

/** Near misses: a program with a few instructions replaced, put in or left out. */
const almost = (program: (names: readonly string[]) => Program): fc.Arbitrary<Program> =>
  fc
    .record({
      names: fc.constantFrom<readonly string[]>(["a"], ["a"], ["a", "b"]),
      edits: fc.array(
        fc.record({
          kind: fc.constantFrom("replace", "insert", "delete"),
          at: fc.nat(),
          step,
          far: fc.nat({ max: 3 }),
        }),
        { maxLength: 3 },
      ),
    })
    .map(({ names, edits }) => {
      let { instructions } = program(names);
      for (const { kind, at: drawn, step: put, far } of edits) {
        const at = drawn % instructions.length;
        const shift = kind === "insert" ? 1 : kind === "delete" ? -1 : 0;
        const moved = instructions.map((each): Instruction => {
          if (each.op === "jmp" || each.op === "jmp-fail")
            return { ...each, to: each.to > at ? each.to + shift : each.to };
          return each;
        });
        const added = kind === "delete" ? [] : [put];
        instructions = [...moved.slice(0, at), ...added, ...moved.slice(kind === "insert" ? at : at + 1)];
        const jump = instructions[at];
        if (jump && "to" in jump && kind === "replace") instructions[at] = { ...jump, to: at + 1 + far };
      }
      return { instructions };
    });

export const arbitraryAlmostSwap = almost(swapProgram);
export const arbitraryAlmostAppear = almost(appearProgram);
