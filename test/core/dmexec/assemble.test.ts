import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import t from "tap";
import { assemble } from "../../../src/core/dmexec/assemble.ts";
import { checkProgram } from "../../../src/core/dmexec/check.ts";
import { disassemble } from "../../../src/core/dmexec/disassemble.ts";
import { GRAMMAR } from "../../../src/core/dmexec/grammar.ts";
import { checkDocument, type Instruction } from "../../../src/schema/index.ts";
import { arbitraryProgram } from "../../lib/dm-programs.ts";

/** As JSON has it: without -0. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

t.test("what is disassembled assembles to the same program", async () => {
  fc.assert(
    fc.property(arbitraryProgram, (program) => {
      checkDocument("program", program, "generated");
      assert.deepEqual(plain(assemble(disassemble(program))), plain(program));
    }),
    { numRuns: 2000, seed: 5 },
  );
});

t.test("a program for people", async (t) => {
  const text = `
# Moves the root LV to another disk.
.device root vg0-root DVM-1   # an alias, the dm name, the uuid
.device "no" x
`;
  t.throws(() => assemble(text), {
    message: 'line 4, column 9: "no" cannot be a name: letters, digits, "_", "." and "-"',
  });
  const { instructions } = assemble(`
.device root vg0-root DVM-1   # an alias, the dm name, the uuid
.device img "odd name"
.table old
  0 8192 linear 8:0 2048      # the first disk
  8192 8 linear @img 0
.end
.table empty
.end
        create root
        load root old read-only
        suspend root skip-lockfs noflush=false
        jmp-fail undo
        resume root
        jmp-fail lost
        check-status root raid target=1 word:1=2 word:2=AA
        message root "@0 create_thin 5" sector=0
        info img key="the image" exists=false
        literal done true
        exit 0
undo:   resume root
        jmp-fail lost
        exit 1
lost:   clear root
`);
  const load: Instruction = {
    op: "load",
    name: "vg0-root",
    table: [
      { start: 0, length: 8192, type: "linear", params: "8:0 2048" },
      { start: 8192, length: 8, type: "linear", params: "@odd\\ name 0" },
    ],
    readOnly: true,
  };
  t.strictSame(plain(instructions), [
    { op: "create", name: "vg0-root", uuid: "DVM-1" },
    load,
    { op: "suspend", name: "vg0-root", skipLockfs: true, noflush: false },
    { op: "jmp-fail", to: 11 },
    { op: "resume", name: "vg0-root" },
    { op: "jmp-fail", to: 14 },
    {
      op: "check-status",
      name: "vg0-root",
      type: "raid",
      target: 1,
      words: [
        { at: 1, is: "2" },
        { at: 2, is: "AA" },
      ],
    },
    { op: "message", name: "vg0-root", message: "@0 create_thin 5", sector: 0 },
    { op: "info", name: "odd name", key: "the image", expect: { exists: false } },
    { op: "literal", key: "done", value: true },
    { op: "exit", status: 0 },
    { op: "resume", name: "vg0-root" },
    { op: "jmp-fail", to: 14 },
    { op: "exit", status: 1 },
    { op: "clear", name: "vg0-root" },
  ]);
});

/** [text, line, column, what the message says] */
const errors: readonly (readonly [string, number, number, RegExp])[] = [
  ["flush a", 1, 1, /unknown instruction: there are create/],
  ["clear", 1, 1, /clear needs its name/],
  ["clear a b", 1, 9, /unexpected b: clear NAME$/],
  ["remove a attempt=3", 1, 10, /unexpected attempt=: remove NAME \[attempts=N\] \[overlap\]$/],
  ["rename a", 1, 1, /rename needs its new-name: rename NAME NEW-NAME$/],
  ["check-status a", 1, 1, /: check-status NAME TYPE \[target=N\] \[word:N=TEXT\]…$/],
  ["clear a\n  resume a noflush", 2, 12, /unexpected noflush/],
  ["suspend a noflush=maybe", 1, 11, /expected true or false, not "maybe"/],
  ["suspend a noflush noflush", 1, 19, /noflush is given twice/],
  ["exit 126", 1, 6, /status must be <= 125/],
  ["exit many", 1, 6, /expected a number, not "many"/],
  [`clear ${"n".repeat(128)}`, 1, 7, /name must NOT have more than 127 characters/],
  ["jmp there", 1, 5, /there is no label there/],
  ["here: jmp here", 1, 11, /label here stands before the jump/],
  ["a:\na:", 2, 1, /label a is defined twice/],
  ["1a: end-object", 1, 1, /cannot be a label$/],
  ["load a t", 1, 8, /there is no table t before this/],
  [".table t\n 0 8 linear", 1, 1, /the table has no .end/],
  [".table t\n 0 8\n.end", 2, 2, /a line of a table is START LENGTH TYPE/],
  [".table t\n 0 8 zero\nresume a b", 3, 1, /not "resume": a line of a table is .* and .end ends the table$/],
  [".table t\n 0 x8 zero\n.end", 2, 4, /expected a number, not "x8"/],
  [".table t\n 0 8 Zero\n.end", 2, 2, /type must match pattern/],
  ['.table t\n 0 8 zero "a" b\n.end', 2, 15, /unexpected b/],
  [".end", 1, 1, /.end without .table/],
  [".table t\n.end\n.table t", 3, 8, /table t is defined twice/],
  [".device d n\n.device d m", 2, 9, /device d is defined twice/],
  [".device d", 1, 9, /needs the name of a dm device/],
  [".device d n\ncreate d", 2, 1, /create needs its uuid: create NAME UUID$/],
  [".section", 1, 1, /unknown directive: there are .device, .table and .end$/],
  ['message a "no end', 1, 11, /the string has no end/],
  ['message a "x"y', 1, 14, /white space is missing/],
  ['message a "\\q"', 1, 11, /not written as in JSON/],
  ["literal k word", 1, 11, /expected a JSON string/],
  ["remove a attempts=0", 1, 10, /attempts must be >= 1/],
];

t.test("errors name line and column", async (t) => {
  for (const [text, line, column, message] of errors) {
    t.throws(() => assemble(text), { code: "BAD_INPUT", details: { line, column } }, text);
    t.throws(() => assemble(text), { message }, text);
  }
});

t.test("a jump beyond the end has no text", async (t) => {
  t.throws(() => disassemble({ instructions: [{ op: "jmp", to: 2 }] }), { message: /beyond the end/ });
});

t.test("the example of the documentation is a safe program", async (t) => {
  const page = readFileSync(new URL("../../../docs/format-program.md", import.meta.url), "utf8");
  const [, text = ""] = /```dm-assembly\n([\s\S]*?)```/.exec(page) ?? [];
  const program = assemble(text);
  t.equal(program.instructions.length, 13);
  checkProgram(program);
});

t.test("the documentation has every instruction and every option", async (t) => {
  const page = readFileSync(new URL("../../../docs/format-program.md", import.meta.url), "utf8");
  for (const [op, { options, group }] of Object.entries(GRAMMAR)) {
    t.match(page, new RegExp(`^\\| \`${op}\` `, "m"), op);
    for (const option of Object.keys({ ...options, ...group?.options }))
      t.match(page, new RegExp(`\`${option}=?\``), `${op} ${option}`);
  }
});
