/** Transactions on a real kernel: the process is killed in the midst of them, and the power is cut. */
import { join } from "node:path";
import t, { type Test } from "tap";
import { emptyDisks } from "../lib/empty-disks.ts";
import { guestBundle } from "../lib/guest-bundle.ts";
import { requireKernel } from "../lib/kernel.ts";
import { buildKillable } from "../lib/killable.ts";
import { orNightly } from "../lib/nightly.ts";
import { random } from "../lib/random.ts";
import { bootUml, shellQuote, startUml } from "../lib/uml.ts";

const program = new URL("../fixtures/guest-transactions.ts", import.meta.url);
const CUTS = orNightly(2, 4);

function images(t: Test, ...names: string[]): { directory: string; disks: string[] } {
  const directory = t.testdir({});
  return { directory, disks: emptyDisks(directory, 24 * 2 ** 20, ...names) };
}

const VERBS = ["update", "expand", "reduce", "restore", "recover"];

t.test("every verb that changes a VG of live LVs is killed at its telling steps", async (t) => {
  if (!requireKernel(t)) return;
  const { directory, disks } = images(t, "a", "b", "c", "spare");
  const guest = await guestBundle(program, directory);
  const killable = join(directory, "killable.cjs");
  await buildKillable(killable);
  const script = `node ${shellQuote(guest)} kill-points ${shellQuote(killable)}`;
  const { status, output } = await bootUml({ disks, script });
  t.equal(status, 0, "every one of them recovers", { output: output.slice(-4000) });
  const points = output.match(new RegExp(`(${VERBS.join("|")}) killed before .*$`, "gm")) ?? [];
  for (const verb of VERBS) {
    const own = points.filter((point) => point.startsWith(verb));
    t.ok(own.length >= 3, `${verb}: ${own.length} points`, { output });
  }
  t.ok(
    points.some((point) => point.includes("dm resume")),
    "also while the LV is suspended",
  );
  t.comment(`states killed on a real kernel: ${points.length}`);
});

t.test("the power is cut again and again", async (t) => {
  if (!requireKernel(t)) return;
  const { directory, disks } = images(t, "a", "b", "c");
  const guest = await guestBundle(program, directory);
  const chance = random("power cuts");
  let done = -1;
  for (let cut = 0; cut < CUTS; cut += 1) {
    const uml = startUml({ disks, script: `node ${shellQuote(guest)} power ${done}` });
    const wanted = 2 + Math.floor(chance() * 3);
    let updates = 0;
    const reached = new Promise<void>((resolve) =>
      uml.onLine((line) => {
        const [, kind, number] = /^(did|found) (\d+)/.exec(line) ?? [];
        if (number === undefined) return;
        done = Number(number);
        updates += kind === "did" ? 1 : 0;
        // In the midst of the next one, or shortly before its end.
        if (updates === wanted) setTimeout(resolve, chance() * 250);
      }),
    );
    const end = await Promise.race([reached.then(() => uml.kill()), uml.wait()]);
    t.equal(end.reason, "killed", `cut ${cut}`, { output: end.output.slice(-3000) });
    t.notMatch(end.output, /FAILED/, `cut ${cut}: what was done before is there, and whole`);
  }
  const uml = startUml({ disks, script: `node ${shellQuote(guest)} power ${done}` });
  await uml.line(/^found/);
  t.pass("after the last one too");
  await uml.kill();
  t.comment(`states power cuts on a real kernel: ${CUTS}`);
});
