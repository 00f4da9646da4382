/**
 * Runs the programs of the contract on the kernel below: in locked memory from packets made ready, and by the plain
 * methods. One line of JSON for each.
 */
import { statSync } from "node:fs";
import { hostChance } from "../../src/core/host/chance.ts";
import { openHostDm } from "../../src/core/host/open-dm.ts";
import { hostTerminal } from "../../src/core/host/terminal.ts";
import type { Dm } from "../../src/core/port/dm.ts";
import { simMemoryLock } from "../../src/core/sim/memory-lock.ts";
import { removeAll } from "../contract/dm.ts";
import { given, programCases, runCase } from "../contract/programs.ts";

const { rdev } = statSync(process.argv[2] ?? "");
const disk = `${rdev >> 8}:${rdev & 0xff}`;
const kernel = openHostDm({ config: {}, terminal: hostTerminal(false), chance: hostChance(undefined) });
const { ready: _, ...methods } = kernel;
const plain: Dm = { ...methods, memory: simMemoryLock() };

async function programs(): Promise<void> {
  for (const each of programCases) {
    for (const [how, dm] of [
      ["ready", kernel],
      ["plain", plain],
    ] as const) {
      given(dm, disk);
      const came = await runCase(dm, disk, each).catch((thrown) => ({
        thrown: String(thrown?.stack ?? thrown),
      }));
      console.log(JSON.stringify({ name: each.name, how, came }));
      removeAll(dm);
    }
  }
}

/** Answers that are longer than the first room for them. */
function longAnswers(): void {
  const name = (index: number): string => `${"long".repeat(30)}-${index}`;
  for (let index = 0; index < 150; index += 1) kernel.create(name(index), "");
  const listed = kernel.list().length;
  const table = Array.from({ length: 3000 }, (_unused, index) => ({
    start: index * 8,
    length: 8,
    type: index % 2 === 0 ? "zero" : "error",
    params: "",
  }));
  kernel.load(name(0), table, { readOnly: false });
  kernel.resume(name(0));
  const lines = kernel.table(name(0), "live").length;
  const status = kernel.status(name(0), { noflush: true }).length;
  console.log(JSON.stringify({ name: "long answers", listed, lines, status }));
  removeAll(kernel);
}

programs().then(() => {
  longAnswers();
  kernel.close();
});
