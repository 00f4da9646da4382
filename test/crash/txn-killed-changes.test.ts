/**
 * Changes of the metadata by real processes, killed at each step; and the lock of one whose mutator lives on.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { hostLocks } from "../../src/core/host/lock/locks.ts";
import type { TmHistory, TmRecovered } from "../../src/schema/index.ts";
import { bundle } from "../lib/dvm.ts";
import { ImageVg } from "../lib/image-vg.ts";
import { start } from "../lib/killable.ts";
import { killAtEachStep, runTm, type Scenario } from "../lib/killed-tm.ts";

/** Gives what a file holds, as a program of somebody else would: without having read its input. */
const giveFile = (file: string) => ["sh", "-c", 'cat "$1"', "sh", file];

const update: Scenario = {
  name: "update",
  async from(vg) {
    const next = join(vg.directory, "next.json");
    const command = ["extend-lv", "--name", "lv0", "--size", "+1M"];
    const metadata = (await vg.tm("read")) as Uint8Array;
    writeFileSync(next, await vg.sys().toolbox.mutate(["manip", ...command], metadata));
    return ["update", "--", ...giveFile(next)];
  },
  points: 22,
  groupsToo: true,
};

killAtEachStep(update);

killAtEachStep({
  name: "restore",
  async from(vg) {
    await vg.tm("update", { command: ["manip", "remove-lv", "--name", "lv0"] });
    const { states } = await vg.tm<TmHistory>("history");
    return ["restore", `${states[1]?.txid}`];
  },
  points: 18,
});

killAtEachStep({
  name: "recover",
  async from(vg) {
    const args = ["-c", vg.configFile, "tm", ...(await update.from(vg))];
    vg.save("whole");
    const steps = join(vg.directory, "steps of update");
    await runTm(vg, args, { DVM_STEPS: steps });
    const superblocks = readFileSync(steps, "utf8")
      .split("\n")
      .flatMap((step, n) => (step.endsWith(".img 1048576") ? [n] : []));
    // Three for the preparation, then the first of the commit: all of the rest is still to be done.
    vg.load("whole");
    await runTm(vg, args, { DVM_KILL_AT: `${(superblocks[3] ?? 0) + 1}` });
    return ["recover"];
  },
  points: 6,
});

/** Children that were left behind by a process that was killed. */
const left = (pid: number): boolean => existsSync(`/proc/${pid}`);

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(10);
}

t.test("the mutator is running when its tm is killed", async (t) => {
  const vg = new ImageVg();
  t.teardown(() => vg.remove());
  await vg.init("a", "b", "c");
  const discovery = await vg.find();
  const files = Object.fromEntries(["pid", "fds", "go"].map((name) => [name, join(vg.directory, name)]));
  // Tells who it is and what it has open, waits until it may go on, then gives what was asked of it.
  const script =
    'echo $$ >"$1"; ls /proc/$$/fd >"$2.new"; mv "$2.new" "$2"; until [ -e "$3" ]; do sleep 0.05; done; cat';
  const mutator = ["sh", "-c", script, "sh", files["pid"] ?? "", files["fds"] ?? "", files["go"] ?? ""];
  const args = [process.execPath, bundle, "-c", vg.configFile, "tm", "update", "--", ...mutator];
  const { pid, ended } = start(args, { SECRET: "x" }, JSON.stringify(discovery));
  await until(() => existsSync(files["fds"] ?? ""));
  const child = Number(readFileSync(files["pid"] ?? "", "utf8"));

  const locks = () => hostLocks(vg.config.common?.lockDir).acquire(discovery.vg.id, "exclusive", 0);
  await t.rejects(locks(), { code: "LOCKED", details: { holders: [{ pid }] } }, "the lock names its holder");
  const open = readdirSync(`/proc/${child}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${child}/fd/${fd}`);
    } catch {
      return "";
    }
  });
  t.notOk(
    open.some((path) => path.startsWith(vg.directory) && path.includes("locks")),
    "it has no lock",
  );
  t.notOk(
    open.some((path) => path.endsWith(".img")),
    "and no disk",
  );
  const environment = readFileSync(`/proc/${child}/environ`, "utf8").split("\0").filter(Boolean);
  t.notOk(
    environment.some((line) => line.startsWith("SECRET=")),
    "nor what its caller's environment has",
  );

  process.kill(pid, "SIGKILL");
  t.match(await ended, { status: null });
  t.ok(left(child), "it lives on");
  await (await locks()).release();
  t.pass("the lock is free all the same, since mutators do not inherit it");
  writeFileSync(files["go"] ?? "", "");
  await until(() => !left(child));
  t.match(await vg.tm<TmRecovered>("recover"), { found: "clean", summary: [] }, "it has changed nothing");
});
