/** Some random lives of VGs, always the same; `npm run simulate` takes as many as there is time for. */
import t from "tap";
import { orNightly } from "../lib/nightly.ts";
import { type Counts, live } from "./run.ts";

const LIVES = orNightly(8, 200);
const STEPS = 40;

t.test("random lives", async (t) => {
  const counts: Counts = { steps: 0, done: 0, refused: 0, killed: 0, failed: 0, cuts: 0, unplugged: 0 };
  const seed = orNightly("1", process.env["DVM_SEED"] ?? "1");
  for (let at = 0; at < LIVES; at += 1) await t.resolves(live(`${seed}-${at}`, STEPS, counts));
  for (const [what, count] of Object.entries(counts)) t.ok(count > 0, what);
  t.comment(`states ${counts.steps} steps of random lives`);
});
