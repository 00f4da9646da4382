/**
 * A leg fails under a live raid1, on image files. Every command that a finding or a failure names is typed as
 * it stands, in the state that it is named in, and leads out of it.
 */
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { dvmProgram, type Ran, run } from "../lib/dvm.ts";

const MIB = 1 << 20;

interface Sim {
  devices: { name: string; status?: object; live: object; readOnly: boolean }[];
  broken?: string[];
}
interface Finding {
  readonly code: string;
  readonly ok: boolean;
  readonly subject: object;
  readonly text: string;
  readonly details: object;
}

function site(t: Test, images: readonly string[]) {
  const dir = t.testdir({});
  for (const name of images) {
    writeFileSync(join(dir, name), "");
    truncateSync(join(dir, name), 32 * MIB);
  }
  const config = {
    discover: { scan: ["*.img"] },
    dm: { backend: "sim", state: "dm.json" },
    common: { lockDir: join(dir, "lock") },
  };
  writeFileSync(join(dir, "dvm.json"), JSON.stringify(config));
  const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json" };
  const dvm = (line: string, input: string | Uint8Array = ""): Promise<Ran> =>
    run([...dvmProgram, ...line.split(" ")], { cwd: dir, env, input });
  const must = async (line: string, input?: Uint8Array): Promise<string> => {
    const { status, stdout, stderr } = await dvm(line, input);
    if (status !== 0) throw new Error(`${line}: ${status}: ${stderr}`);
    return stdout.toString();
  };
  const change = (how: (sim: Sim) => void) => {
    const sim = JSON.parse(readFileSync(join(dir, "dm.json"), "utf8")) as Sim;
    how(sim);
    writeFileSync(join(dir, "dm.json"), JSON.stringify(sim));
  };
  const rows = async (what: string): Promise<Record<string, unknown>[]> =>
    (JSON.parse(await must(`report vg ${what} --format json`)) as { rows: Record<string, unknown>[] }).rows;
  const problems = async (): Promise<readonly Finding[]> => {
    const { status, stdout } = await dvm("doctor --json");
    const { well, findings } = JSON.parse(stdout.toString()) as { well: boolean; findings: Finding[] };
    t.equal(status, well ? 0 : 3, "ends as it says");
    return findings.filter(({ ok }) => !ok);
  };
  return { dir, dvm, must, change, rows, problems };
}

/** What a message says to type. */
const commandIn = (text: string): string =>
  /dvm (.+?)(?:$| does without| gives the move|, |: )/.exec(text)?.[1] ?? "nothing";

const INIT = "--region-size 1M --extent-size 1M";

t.test("a leg that fails and is sound again", async (t) => {
  const { dvm, must, change, rows, problems } = site(t, ["a.img", "b.img"]);
  await must(`init vg a.img b.img ${INIT}`);
  await must("run vg -- create-lv --name m --size 4M --mirrors 1");
  t.same(await problems(), []);
  change((sim) => {
    sim.broken = ["b.img"];
  });
  const [failed, ...others] = await problems();
  t.same(others, [], "one finding");
  t.match(failed, { code: "leg-failed", subject: { kind: "lv", vg: "vg", name: "m" } });
  t.match(
    failed?.text,
    /^LV m is degraded: the kernel leaves out leg \d on b\.img, which has failed: run dvm recover vg$/,
  );
  t.match(await rows("lv"), [
    { state: "active", availability: "degraded", sync: null, problems: ["leg-failed"] },
  ]);
  t.match(await rows("vg"), [{ availability: "degraded" }]);
  t.match(await rows("pv"), [
    { path: "a.img", state: "present" },
    { path: "b.img", state: "failed" },
  ]);
  t.same(
    (await rows("seg")).filter(({ legState }) => legState === "failed").map(({ device }) => device),
    ["b.img", "b.img"],
  );

  const again = await dvm(commandIn(failed?.text ?? ""));
  t.equal(again.status, 3, "it still gives errors");
  t.match(
    again.stdout.toString(),
    /^leg \d of LV m on b\.img: had failed, and is stale$/m,
    "what was done is told",
  );
  t.match(
    again.stderr,
    /fails again: dvm run vg -- mirror --name m --mirrors 0 --pv b\.img does without it, .* \[INCOMPLETE\]\n$/,
  );
  t.match(await problems(), [{ code: "leg-failed" }], "and is said to");
  t.match(await rows("lv"), [{ availability: "degraded" }]);

  change((sim) => {
    sim.broken = [];
  });
  await must("recover vg");
  t.match(await problems(), [{ code: "leg-unmarked", text: /run dvm recover vg$/ }]);
  t.match(await rows("lv"), [{ availability: "complete", sync: 100 }]);
  t.match(await must("recover vg"), /has been rebuilt, and is current$/m);
  t.same(await problems(), []);
  t.equal(await must("recover vg"), "", "and then there is nothing to do");

  change((sim) => {
    sim.broken = ["a.img"];
  });
  t.match(await problems(), [{ code: "leg-failed", text: /on a\.img/ }]);
  change((sim) => {
    sim.broken = [];
  });
  const resync = async (): Promise<string> => {
    const { status, stdout, stderr } = await dvm("recover vg --resync a.img");
    t.equal(status, 0, stderr);
    return `${stdout}${stderr}`;
  };
  const told = await resync();
  t.match(await rows("lv"), [{ availability: "complete" }], "by --resync too");
  t.match(told, /is taken back, to be rebuilt$/m);
  t.notMatch(told, /so already|nothing has changed/, "what was done is not contradicted");
  t.match(await must("recover vg"), /has been rebuilt, and is current$/m);
  t.equal(
    await resync(),
    "nothing has changed\nall of this is so already\n",
    "and where nothing was to be done, that is said",
  );
});

t.test("a leg that keeps failing is given up, and copied elsewhere", async (t) => {
  const { dvm, must, change, rows, problems } = site(t, ["a.img", "b.img", "c.img"]);
  await must(`init vg a.img b.img c.img ${INIT}`);
  await must("run vg -- create-lv --name m --size 4M --mirrors 1 --pv a.img --pv b.img");
  await must("run vg -- create-lv --name n --size 4M --pv a.img");
  await must("run vg -- move --name n --from a.img --to b.img");
  change((sim) => {
    sim.broken = ["b.img"];
  });
  t.same(
    (await problems()).map(({ code }) => code),
    ["leg-failed", "leg-failed"],
  );
  const { status, stderr } = await dvm("recover vg");
  t.equal(status, 3);
  const [forM = "", forN = ""] = stderr.replace("dvm recover: ", "").split("; ");
  t.match(forN, /dvm run vg -- move --name n --abort gives the move up/);
  await must(commandIn(forM));
  await must(commandIn(forN));
  t.same(await problems(), []);
  t.match(stderr, /, dvm run vg -- mirror --name m --mirrors 1 --pv OTHER then makes another copy/);
  await must("run vg -- mirror --name m --mirrors 1 --pv c.img");
  await must("recover vg");
  t.same(await problems(), []);
  t.match(await rows("lv"), [
    { availability: "complete", devices: ["a.img", "c.img"] },
    { devices: ["a.img"] },
  ]);
});

t.test("what a crash between the two transactions leaves", async (t) => {
  const { must, change, rows, problems } = site(t, ["a.img", "b.img"]);
  await must(`init vg a.img b.img ${INIT}`);
  await must("run vg -- create-lv --name m --size 4M --mirrors 1 --pv a.img --pv b.img");
  change((sim) => {
    sim.broken = ["b.img"];
  });
  const [{ details = {} } = {}] = (await problems()) as readonly Partial<Finding>[];
  const { legs } = details as { legs: { number: number }[] };
  await must(`run vg -- leg-state --leg m/${legs[0]?.number} --state stale`);
  const [stale, ...others] = await problems();
  t.same(others, []);
  t.match(stale, { code: "leg-stale", text: /run dvm recover vg --resync b\.img$/ });
  await must("deactivate vg");
  change((sim) => {
    sim.broken = [];
  });
  t.match(await problems(), [{ code: "leg-stale" }], "it is not read after that either");
  await must(commandIn(stale?.text ?? ""));
  const [waiting] = await problems();
  t.match(waiting, { code: "leg-to-rebuild", text: /run dvm activate vg m$/ });
  await must(commandIn(waiting?.text ?? ""));
  t.match(await problems(), [{ code: "leg-unmarked" }]);
  await must("recover vg");
  t.same(await problems(), []);
  t.match(await rows("lv"), [{ availability: "complete" }]);
});

t.test("every other state of a live raid1 that doctor names a command for", async (t) => {
  const { must, change, problems } = site(t, ["a.img", "b.img"]);
  await must(`init vg a.img b.img ${INIT}`);
  await must("run vg -- create-lv --name m --size 4M --mirrors 1");
  const statusIs = (text: string | undefined) =>
    change((sim) => {
      for (const device of sim.devices) {
        if (device.name !== "vg-m") continue;
        if (text === undefined) delete device.status;
        else device.status = { 0: text };
      }
    });
  statusIs("raid1 2 Aa 128/8192 idle 0 0 -");
  const stopped = (await problems()).find(({ code }) => code === "lv-sync-stopped");
  t.match(stopped?.text, /run dvm recover vg$/);
  await must("deactivate vg m");
  await must("activate vg m");
  t.same(await problems(), []);
  statusIs("raid1 2 Aa 128/8192 recover 0 0 -");
  t.match(await problems(), [{ code: "leg-syncing", text: /is being made equal to the others \(1\.5 %\)$/ }]);
  statusIs("raid1 2 AA 8192/8192 idle 64 0 -");
  t.match(await problems(), [{ code: "lv-copies-differ", text: /64 sectors differed/ }]);
  statusIs("nonsense");
  t.match(await problems(), [{ code: "lv-status-unreadable" }]);
  statusIs(undefined);
  change((sim) => {
    for (const device of sim.devices) if (device.name === "vg-m") device.readOnly = true;
  });
  const [differs] = await problems();
  t.match(differs, { code: "lv-tables-differ", text: /run dvm recover vg$/ });
  await must(commandIn(differs?.text ?? ""));
  t.same(await problems(), []);
});

t.test("an array with parity gets longer once its leg is back", async (t) => {
  const images = ["a", "b", "c", "d", "e"].map((name) => `${name}.img`);
  const { dvm, must, change, problems } = site(t, images);
  await must(`init vg ${images.join(" ")} ${INIT}`);
  await must("create-lv vg/r --type raid6 --stripes 3 --size 3M");
  change((sim) => {
    sim.broken = ["b.img"];
  });
  t.match(await problems(), [{ code: "leg-failed" }]);
  change((sim) => {
    sim.broken = [];
  });
  const refused = await dvm("extend-lv vg/r --size 6M");
  t.equal(refused.status, 3);
  t.match(
    refused.stderr,
    /gets longer only with all of its legs, and leg \d has failed .*, then run dvm recover vg/,
  );
  await must("recover vg");
  await must("recover vg");
  await must("extend-lv vg/r --size 6M");
  t.same(await problems(), []);
});
