/** Removals at the same time: which ones, and what becomes of the program around them. */
import t from "tap";
import { overlapsOf } from "../../../src/core/dmexec/overlaps.ts";
import { runProgram } from "../../../src/core/dmexec/run.ts";
import type { Instruction } from "../../../src/schema/index.ts";
import { Bench } from "../../lib/dm-bench.ts";

const remove = (name: string, overlap = false): Instruction => ({
  op: "remove",
  name,
  attempts: 2,
  ...(overlap && { overlap }),
});
const fail = (to: number): Instruction => ({ op: "jmp-fail", to });

t.test("rows of removals", async (t) => {
  const rows = (...instructions: Instruction[]) => [...overlapsOf(instructions)];
  t.strictSame(rows(remove("a"), remove("b")), [], "none asks for it");
  t.strictSame(rows(remove("a", true)), [], "alone");
  t.strictSame(rows(remove("a"), fail(9), remove("b", true), fail(9), remove("c", true)), [
    [0, ["a", "b", "c"]],
  ]);
  t.strictSame(rows(remove("a"), remove("b", true), remove("c"), remove("d", true)), [
    [0, ["a", "b"]],
    [2, ["c", "d"]],
  ]);
  t.strictSame(rows(remove("a"), { op: "version" }, remove("b", true)), [], "something between");
});

function benchOf(...names: string[]): Bench {
  const bench = new Bench();
  bench.build(
    names.map((name) => ({
      name,
      uuid: `DVM-${name}`,
      table: [{ start: 0, length: 8, type: "zero", params: "" }],
    })),
  );
  return bench;
}

t.test("a row is removed at once; what cannot be goes the program's own way", async (t) => {
  const bench = benchOf("a", "b", "c");
  bench.open("b");
  const asked: (readonly string[])[] = [];
  const dm = {
    ...bench.dm,
    async removeTogether(names: readonly string[]) {
      asked.push(names);
      const gone = names.filter((name) => name !== "b");
      for (const name of gone) bench.dm.remove(name);
      return new Set(gone);
    },
  };
  const instructions: Instruction[] = [
    remove("a"),
    fail(7),
    { ...remove("b", true), attempts: 1 } as Instruction,
    fail(7),
    remove("c", true),
    fail(7),
    { op: "exit", status: 0 },
    { op: "literal", key: "failed", value: true },
    { op: "exit", status: 1 },
  ];
  await t.rejects(runProgram(dm, { instructions }), { code: "PROGRAM_FAILED", message: /remove b: EBUSY/ });
  t.strictSame(asked, [["a", "b", "c"]]);
  t.strictSame(
    bench.dm.list().map(({ name }) => name),
    ["b"],
  );
});

t.test("without a backend that can, one after the other", async (t) => {
  const bench = benchOf("a", "b");
  const { exit, trace } = await runProgram(bench.dm, {
    instructions: [remove("a"), remove("b", true), { op: "exit", status: 0 }],
  });
  t.equal(exit, 0);
  t.strictSame(
    trace.map(({ device }) => device),
    ["a", "b"],
  );
  t.strictSame(bench.dm.list(), []);
});
