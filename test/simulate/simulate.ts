/** `npm run simulate -- [--seed TEXT] [--minutes N | --lives N]`: random lives of VGs, until one goes wrong. */
import { parseArgs } from "node:util";
import { type Counts, live } from "./run.ts";

const STEPS = 60;

const { values } = parseArgs({
  options: { seed: { type: "string" }, minutes: { type: "string" }, lives: { type: "string" } },
});
const seed = values.seed ?? String(Date.now());
const until = Date.now() + Number(values.minutes ?? (values.lives ? Number.POSITIVE_INFINITY : 1)) * 60_000;
const lives = Number(values.lives ?? Number.POSITIVE_INFINITY);
const counts: Counts = { steps: 0, done: 0, refused: 0, killed: 0, failed: 0, cuts: 0, unplugged: 0 };
const begun = Date.now();
process.stdout.write(`seed ${seed}\n`);
for (let at = 0; at < lives && Date.now() < until; at += 1) {
  try {
    await live(`${seed}-${at}`, STEPS, counts);
  } catch (thrown) {
    process.stderr.write(`${(thrown as Error).message}\n`);
    process.exitCode = 1;
    break;
  }
}
const seconds = (Date.now() - begun) / 1000;
process.stdout.write(`${JSON.stringify(counts)}, ${(counts.steps / seconds).toFixed(1)} steps a second\n`);
