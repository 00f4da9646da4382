/**
 * The real program over image files, killed with SIGKILL before each step that can be seen from outside,
 * alone or with its whole group. It is the bundled product; only the doors to the world count steps.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { hostLocks } from "../../src/core/host/lock/locks.ts";
import type { DiscoverList, Metadata, TmRecovered, TmVerify } from "../../src/schema/index.ts";
import { bundle } from "./dvm.ts";
import { ImageVg } from "./image-vg.ts";
import { buildKillable, start } from "./killable.ts";
import { orNightly } from "./nightly.ts";
import { mappedButFree, unsettled } from "./vg-checks.ts";

const work = mkdtempSync(join(tmpdir(), "dvm-killable-"));
const killable = join(work, "dvm");
await buildKillable(killable);
t.teardown(() => rmSync(work, { recursive: true, force: true }));

/** At each so manyth step it is killed. test/crash/txn-verbs takes them all, without a process for each. */
const STRIDE = orNightly(4, 1);

export interface Scenario {
  readonly name: string;
  /** Brings the VG, whose lv0 is live, to where it starts. @returns the arguments of tm */
  readonly from: (vg: ImageVg) => Promise<readonly string[]>;
  /** How many kill points there are at least. */
  readonly points: number;
  readonly groupsToo?: true;
}

/** Runs `tm` with the discovery document as it is now on its stdin. */
export async function runTm(
  vg: ImageVg,
  args: readonly string[],
  env: Record<string, string>,
  program = killable,
) {
  const discovery = JSON.stringify(await vg.find());
  return start([process.execPath, program, ...args], env, discovery).ended;
}

async function check(t: Test, vg: ImageVg, allowed: readonly string[], when: string): Promise<string> {
  const discovery = await vg.find();
  const lock = await hostLocks(vg.config.common?.lockDir).acquire(discovery.vg.id, "exclusive", 0);
  await lock.release();
  const read = async () => String((await vg.tm("read")) as Uint8Array);
  const text = await read();
  t.ok(allowed.includes(text), `${when}: reads give the old or the new metadata`);
  await vg.tm("recover", { stdin: discovery });
  t.equal(await read(), text, `${when}: recovery decides as the readers did`);
  t.match(
    await vg.tm<TmVerify>("verify"),
    { complete: true, state: "clean", strangers: [], problems: [] },
    `${when}: whole`,
  );
  const now = await vg.find();
  t.same(mappedButFree(JSON.parse(text) as Metadata, now, vg.dmState), [], `${when}: nothing free is mapped`);
  t.same(unsettled(vg.dmState), [], `${when}: nothing is suspended or half loaded`);
  const { devices } = (await vg.call({ applet: "discover", verb: "list" })) as DiscoverList;
  const labels = new Set(devices.flatMap(({ label }) => (label ? [JSON.stringify(label.vg)] : [])));
  t.equal(labels.size, 1, `${when}: all labels say the same`);
  const before = vg.content;
  t.match(await vg.tm<TmRecovered>("recover"), { found: "clean", summary: [] }, `${when}: nothing is left`);
  t.ok(
    [...vg.content].every(([file, bytes]) => before.get(file)?.equals(bytes)),
    `${when}: a second recovery changes nothing`,
  );
  return text;
}

/** Kills it at each step, and holds what is left to what tm promises. */
export function killAtEachStep({ name, from, points, groupsToo }: Scenario): void {
  t.test(`tm ${name}, killed at each step`, async (t) => {
    const vg = new ImageVg();
    t.teardown(() => vg.remove());
    await vg.init("a", "b", "c");
    const first = (await vg.find()).devices[0]?.id ?? "";
    const lv = ["manip", "create-lv", "--name", "lv0", "--size", "1M", "--pv", first];
    await vg.tm("update", { command: lv });
    const args = ["-c", vg.configFile, "--seed", "1", "tm", ...(await from(vg))];
    vg.save("before");
    const old = String(await vg.tm("read"));
    const steps = join(vg.directory, "steps");
    t.match(await runTm(vg, args, { DVM_STEPS: steps }), { status: 0 });
    const next = String(await vg.tm("read"));
    const total = readFileSync(steps, "utf8").trim().split("\n").length;
    t.ok(total >= points, `${total} steps`);

    const seen = new Set<string>();
    let tried = 0;
    // Only a child makes a difference between the process and its group.
    for (const group of groupsToo ? [false, true] : [false]) {
      for (let step = 0; step < total; step += STRIDE) {
        vg.load("before");
        const env = { DVM_KILL_AT: `${step}`, ...(group ? { DVM_KILL_GROUP: "1" } : {}) };
        const { status, stderr } = await runTm(vg, args, env);
        // Writes go out at the same time: the last of them may take a turn more or less.
        if (status === 0 && step >= total - 2) break;
        t.equal(status, null, `killed at ${step}: ${stderr}`);
        seen.add(await check(t, vg, [old, next], `${name}${group ? ", group" : ""}, step ${step}`));
        tried += 1;
        if (step % 16 < STRIDE) {
          const again = await runTm(vg, ["-c", vg.configFile, "tm", "recover"], {}, bundle);
          t.match(JSON.parse(again.stdout), { found: "clean", summary: [] }, "as the product itself says");
        }
      }
    }
    t.same(seen, new Set([old, next]), old === next ? "nothing was lost" : "some were undone, some finished");
    t.comment(`states tm ${name}, killed as a process: ${tried}`);
  });
}
