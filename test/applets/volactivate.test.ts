/** volactivate as a process of its own, on image files and the simulated device-mapper. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Activation, DmState, Settled } from "../../src/schema/index.ts";
import { documentOf, dvm, type Ran } from "../lib/dvm.ts";

interface Place {
  readonly run: (...args: string[]) => Promise<Ran>;
  readonly path: (name: string) => string;
  /** Keeps what a command printed under a name. */
  readonly keep: (name: string, ran: Ran) => Ran;
  readonly state: () => Promise<string[]>;
}

/** A VG of two devices of 16 MiB with one LV `a`, live, whose metadata is in `old.json`. */
async function place(t: Test): Promise<Place> {
  const home = t.testdir({});
  const path = (name: string) => join(home, name);
  const config = { dm: { backend: "sim", state: path("dm.json") }, common: { lockDir: path("lock") } };
  writeFileSync(path("dvm.json"), JSON.stringify(config));
  const run = (...args: string[]) => dvm(["-c", path("dvm.json"), ...args], { cwd: home });
  const keep = (name: string, ran: Ran): Ran => {
    if (ran.status !== 0) throw new Error(ran.stderr);
    writeFileSync(path(name), ran.stdout);
    return ran;
  };
  const devices = ["0", "1"].map((digit, index) => {
    const image = path(`disk${index}`);
    writeFileSync(image, Buffer.alloc(17 << 20));
    return {
      id: digit.repeat(32),
      path: image,
      dev: null,
      size: 34816,
      blockBytes: 512,
      dataStart: 2048,
      dataLength: 32768,
      regions: [],
    };
  });
  writeFileSync(
    path("discovery.json"),
    JSON.stringify({
      vg: { id: "ab".repeat(16), name: "vg", generation: 1 },
      devices,
      regions: [],
      missing: { count: 0 },
      duplicates: [],
    }),
  );
  writeFileSync(
    path("empty.json"),
    (await run("manip", "create-vg", "--discovery", path("discovery.json"), "--extent-size", "64k")).stdout,
  );
  keep("old.json", await manip(path("empty.json"), "create-lv", "--name", "a", "--size", "1M"));
  const activation = await run(
    "volactivate",
    "prepare",
    "--old",
    path("empty.json"),
    "--new",
    path("old.json"),
    "--discovery",
    path("discovery.json"),
  );
  keep("activation.json", activation);
  await fed(path, "activation.json", "commit");
  const state = async () =>
    documentOf<DmState>(await run("dmexec", "state")).devices.map(
      ({ name, table }) =>
        `${name} ${(table ?? []).map(({ start, length }) => `${start}+${length}`).join(" ")}`,
    );
  return { run, path, keep, state };
}

const fed = (path: Place["path"], file: string, verb: string, ...args: string[]): Promise<Ran> =>
  dvm(["-c", path("dvm.json"), "volactivate", verb, ...args], { input: readFileSync(path(file)) });

/** A verb of manip on a document. */
const manip = (file: string, ...args: string[]): Promise<Ran> =>
  dvm(["manip", ...args], { input: readFileSync(file) });

t.test("a change, step by step", async (t) => {
  const { run, path, keep, state } = await place(t);
  t.same(await state(), ["vg-a 0+2048"]);
  keep("new.json", await manip(path("old.json"), "extend-lv", "--name", "a", "--size", "+1M"));
  const change = [
    "--old",
    path("old.json"),
    "--new",
    path("new.json"),
    "--discovery",
    path("discovery.json"),
  ];

  const plan = documentOf<Activation>(await run("volactivate", "prepare", ...change, "--dry-run"));
  t.same(plan.summary, ["extend vg-a from 1 MiB to 2 MiB"]);
  t.ok(plan.prepare);
  const quiet = await run("--json-errors", "volactivate", "prepare", ...change, "--no-activate");
  t.equal(quiet.status, 3);
  t.match(JSON.parse(quiet.stderr.trim().split("\n").at(-1) ?? ""), {
    error: { code: "IN_USE", message: /extend vg-a/ },
  });

  keep("activation.json", await run("volactivate", "prepare", ...change));
  t.same(await state(), ["vg-a 0+2048"], "nothing is seen yet");
  const second = await run("volactivate", "prepare", ...change);
  t.equal(second.status, 3);
  t.match(second.stderr, /clear the loaded table of vg-a.*\[TABLES_DIFFER\]/);

  t.equal((await fed(path, "activation.json", "abort")).status, 0);
  keep("activation.json", await run("volactivate", "prepare", ...change));
  t.equal((await fed(path, "activation.json", "commit")).status, 0);
  t.same(await state(), ["vg-a 0+4096"]);
  t.equal((await fed(path, "activation.json", "commit")).status, 0, "once more does no harm");
});

t.test("settle, and what it prints when it could not do all", async (t) => {
  const { run, path, state } = await place(t);
  const settle = (...more: string[]) =>
    run(
      "volactivate",
      "settle",
      "--metadata",
      path("old.json"),
      "--discovery",
      path("discovery.json"),
      ...more,
    );
  t.same(documentOf<Settled>(await settle()), { summary: [] });
  t.same(documentOf<Settled>(await settle("--deactivate")), { summary: ["remove vg-a"] });
  t.match(documentOf<Settled>(await settle("--activate", "--dry-run")), {
    summary: ["create vg-a (1 MiB)"],
    programs: [{}],
  });
  t.same(await state(), []);
  t.equal((await settle("--activate", "--deactivate")).status, 2);
  t.equal((await settle("--activate", "--lv", "b")).status, 4);
  writeFileSync(
    path("discovery.json"),
    readFileSync(path("discovery.json"), "utf8").replace('"0000', '"f000'),
  );
  const lacking = await settle("--activate");
  t.equal(lacking.status, 3);
  t.same(JSON.parse(lacking.stdout.toString()), { summary: [] });
  t.match(lacking.stderr, /LV a needs PV 0+, which is missing \[INCOMPLETE\]/);
  t.equal((await settle("--activate", "--partial")).status, 0);
  t.same(await state(), ["vg-a 0+2048"]);
});

t.test("desired", async (t) => {
  const { run, path } = await place(t);
  const desired = await run(
    "volactivate",
    "desired",
    "--metadata",
    path("old.json"),
    "--discovery",
    path("discovery.json"),
    "--lv",
    "a",
  );
  t.match(documentOf<DmState>(desired), {
    devices: [{ name: "vg-a", table: [{ type: "linear", params: `${path("disk0")} 2048` }] }],
  });
});
