/** Arguments as people type them, and what becomes of each. */
import fc from "fast-check";
import t from "tap";
import { type Applet, verb } from "../../src/applets/applet.ts";
import { parseArguments } from "../../src/applets/arguments.ts";
import { DvmError } from "../../src/core/base/error.ts";

const nothing = { output: "none", run: async () => undefined } as const;
const applet: Applet = {
  name: "x",
  summary: "For the test",
  verbs: [
    verb({
      name: "go",
      summary: "Go",
      operands: { first: { summary: "", required: true }, rest: { summary: "", many: true } },
      options: {
        size: { summary: "" },
        devices: { summary: "", many: true, alias: "d" },
        force: { summary: "", type: "flag", alias: "f" },
      },
      ...nothing,
    }),
    verb({
      name: "with",
      summary: "With",
      options: { must: { summary: "", required: true } },
      command: "C",
      ...nothing,
    }),
    verb({ name: "bare", summary: "Bare", ...nothing }),
  ],
};
const parse = (line: string | readonly string[]) =>
  parseArguments(applet, typeof line === "string" ? line.split(" ").filter((word) => word !== "") : line);

for (const [line, expected] of [
  ["go a", { operands: { first: "a", rest: [] }, options: {}, globals: {} }],
  ["go a b c", { operands: { first: "a", rest: ["b", "c"] } }],
  ["go - b", { operands: { first: "-", rest: ["b"] } }],
  ["go a --size 4M", { options: { size: "4M" } }],
  ["go a --size=4M", { options: { size: "4M" } }],
  ["go a --size -4M", { options: { size: "-4M" } }],
  ["go a --size lv", { options: { size: "lv" } }],
  ["go a --size xf", { options: { size: "xf" } }],
  ["go a --size -devices", { options: { size: "-devices" } }],
  ["go a --size=--force", { options: { size: "--force" } }],
  ["go a --size=x=y", { options: { size: "x=y" } }],
  ["go --force a", { operands: { first: "a" }, options: { force: true } }],
  ["go --force true", { operands: { first: "true" }, options: { force: true } }],
  ["go a -f -f", { options: { force: true } }],
  ["go a -d p -dq --devices r", { options: { devices: ["p", "q", "r"] } }],
  ["-v -c F go a", { globals: { verbose: true, config: "F" } }],
  ["--seed go go a --now=T", { globals: { seed: "go", now: "T" }, operands: { first: "a" } }],
  ["-d go go a", { options: { devices: ["go"] }, operands: { first: "a" } }],
  ["go -cF a", { globals: { config: "F" } }],
  ["with --must m -- go --must x", { options: { must: "m" }, command: ["go", "--must", "x"] }],
  ["with --must m -- --", { command: ["--"] }],
  ["with --must m --", { command: [] }],
  ["go --help", { globals: { help: true }, verb: { name: "go" } }],
  ["-h", { globals: { help: true }, verb: undefined }],
] as const)
  t.test(line, async (t) => t.match(parse(line), expected));

for (const [line, why] of [
  ["", /needs a verb: go, with, bare/],
  ["stay", /no verb "stay"; there is go, with, bare/],
  ["stay --now-what", /no verb "stay"/],
  ["stay --size", /no verb "stay"/],
  ["--force stay --help", /no verb "stay"/],
  ["stay -- go", /no verb "stay"/],
  ["nonsense --version", /no verb "nonsense"/],
  ["--now-what stay", /unknown option --now-what/],
  ["go", /FIRST is missing \(see x go --help\)/],
  ["go a --size", /--size needs a value/],
  ["go a --size=", /--size needs a value/],
  ["go a --size --force", /--size needs a value/],
  ["go a --size -f", /--size needs a value/],
  ["go a --size --help", /--size needs a value/],
  ["go a --size 1 --size 2", /--size is given more than once/],
  ["go a --force=false", /--force takes no value/],
  ["go a --forc", /unknown option --forc /],
  ["go a --forcee=1", /unknown option --forcee /],
  ["go a -fd p", /unknown option -fd /],
  ["go a -vf", /unknown option -vf /],
  ["go a --no-force", /unknown option --no-force/],
  ["go a --__proto__ x", /unknown option --__proto__/],
  ["go a --constructor", /unknown option --constructor/],
  ["go a --must x", /unknown option --must/],
  ["go a -- b", /takes no command/],
  ["with -- c", /--must is missing/],
  ["with --must m", /needs a command: -- C/],
  ["bare a", /"a" is one argument too many/],
] as const)
  t.test(`refused: ${line}`, async (t) => {
    t.throws(() => parse(line), { code: "USAGE", message: why });
  });

t.test("any words are arguments or are refused, and none is lost", async () => {
  const word = fc.constantFrom(
    "go",
    "bare",
    "a",
    "-",
    "--",
    "-f",
    "-d",
    "-dx",
    "--size",
    "--size=1",
    "--devices",
    "--force",
    "-c",
    "--config=F",
    "-v",
    "--now",
    "",
    "-x",
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (argv) => {
      try {
        const { operands, options, globals, command, verb } = parse(argv);
        if (globals["help"] || globals["version"]) return true;
        const values = [
          ...Object.values(operands),
          ...Object.values(options),
          ...Object.values(globals),
        ].flat();
        const texts = values.filter((value) => typeof value === "string").length;
        // Everything typed is the verb, an option's name, a value or an operand.
        const split = argv.indexOf("--");
        const own = split < 0 ? argv : argv.slice(0, split);
        return (
          verb !== undefined &&
          texts <= own.length &&
          command.length === argv.length - own.length - (split < 0 ? 0 : 1)
        );
      } catch (error) {
        return error instanceof DvmError && error.code === "USAGE";
      }
    }),
    { seed: 3, numRuns: 5000 },
  );
});
