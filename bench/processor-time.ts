/**
 * `node --import=tsx bench/processor-time.ts BEFORE AFTER [ROUNDS]`: processor time of two executables of dvm, in turns,
 * on VGs that each has made for itself. On a busy machine wall time says nothing, and this still says how the two
 * compare.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import koffi from "koffi";
import { images } from "./lib/devices.ts";
import { createLvs, makeVg, executable as own, type Vg } from "./lib/dvm.ts";
import { median, run } from "./lib/measure.ts";

const GIB = 2 ** 30;
const MANY = 10_000;
const SOME = 900;

const [before, after = own, rounds = "31"] = process.argv.slice(2);
if (before === undefined) throw new Error("usage: processor-time.ts BEFORE [AFTER [ROUNDS]]");

/** Processor time, of user and system, of all children that have ended, in milliseconds. */
const getrusage = koffi.load("libc.so.6").func("int getrusage(int, _Out_ int64_t *)");
const CHILDREN = -1;
const USAGE_WORDS = 18;
function childrenMs(): number {
  const words = new BigInt64Array(USAGE_WORDS);
  if (getrusage(CHILDREN, words) !== 0) throw new Error("getrusage fails");
  const [userS = 0n, userUs = 0n, systemS = 0n, systemUs = 0n] = words;
  return Number(userS + systemS) * 1000 + Number(userUs + systemUs) / 1000;
}

interface Side {
  readonly executable: string;
  readonly many: Vg;
  readonly some: Vg;
}

function side(executable: string, name: string): Side {
  const vg = (lvs: number, bytes: number, regionSize: string): Vg => {
    const place = join(directory, `${name}-${lvs}`);
    const devices = images({ directory: place, atEnd: () => {}, say: () => {} }, "devices", 4, bytes);
    const made = makeVg(place, devices, ["--region-size", regionSize], executable);
    createLvs(place, made, lvs);
    return made;
  };
  return { executable, many: vg(MANY, 12 * GIB, "20M"), some: vg(SOME, 4 * GIB, "4M") };
}

const COMMANDS: readonly (readonly [string, (side: Side, round: number) => void])[] = [
  ["--version", ({ executable }) => void run([executable, "--version"])],
  [`report of ${MANY}, JSON`, ({ many }) => void many.dvm(["report", many.name, "lv", "--format", "json"])],
  [`report of ${SOME}, a table`, ({ some }) => void some.dvm(["report", some.name])],
  [
    `create-lv in ${MANY}`,
    ({ many }, round) =>
      void many.dvm([
        "run",
        many.name,
        "--no-activate",
        "--",
        "create-lv",
        "--name",
        `n${round}`,
        "--size",
        "4M",
      ]),
  ],
  [`activate ${SOME}, simulated`, ({ some }) => void some.dvm(["activate", some.name])],
  [`deactivate ${SOME}, simulated`, ({ some }) => void some.dvm(["deactivate", some.name])],
];

const directory = mkdtempSync(join(process.env["BENCH_DIR"] ?? "/var/tmp", "dvm-bench-"));
try {
  const sides = [side(resolve(before), "before"), side(resolve(after), "after")];
  const times = COMMANDS.map(() => sides.map(() => [] as number[]));
  for (let round = 0; round <= Number(rounds); round += 1)
    for (const [at, [, work]] of COMMANDS.entries())
      for (const turn of sides.keys()) {
        // Who comes second finds caches warm.
        const which = (turn + round) % sides.length;
        const start = childrenMs();
        work(sides[which] as Side, round);
        if (round > 0) times[at]?.[which]?.push(childrenMs() - start);
      }
  const shown = (value: number) => value.toFixed(1);
  process.stdout.write(
    "| command | lower quartile, before : after | median | ratio of medians |\n| - | - | - | - |\n",
  );
  for (const [at, [name]] of COMMANDS.entries()) {
    const [a = [], b = []] = times[at] ?? [];
    process.stdout.write(
      `| ${name} | ${shown(quartile(a))} : ${shown(quartile(b))} | ${shown(median(a))} : ${shown(median(b))} | ` +
        `${(median(b) / median(a)).toFixed(3)} |\n`,
    );
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function quartile(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 4)] ?? Number.NaN;
}
