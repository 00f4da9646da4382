/** A suspicious administrator on image files: dry runs, two at once, what doctor finds and recover mends. */
import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { bundle, documentOf, dvmProgram, type Ran, run } from "../lib/dvm.ts";

const MIB = 1 << 20;

/** A directory with images, a config and dvm in it. */
function site(t: Test, images: readonly string[]) {
  const dir = t.testdir({});
  for (const name of images) {
    writeFileSync(join(dir, name), "");
    truncateSync(join(dir, name), 16 * MIB);
  }
  const config = {
    discover: { scan: ["*.img"] },
    dm: { backend: "sim", state: "dm.json" },
    common: { lockDir: join(dir, "lock") },
    tm: { lockTimeoutMs: 60_000 },
  };
  writeFileSync(join(dir, "dvm.json"), JSON.stringify(config));
  const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json" };
  const dvm = (line: string, input: string | Uint8Array = ""): Promise<Ran> =>
    run([...dvmProgram, ...line.split(" ")], { cwd: dir, env, input });
  const must = async (line: string, input: string | Uint8Array = ""): Promise<string> => {
    const ran = await dvm(line, input);
    if (ran.status !== 0) throw new Error(`${line}: ${ran.status}: ${ran.stderr}`);
    return ran.stdout.toString();
  };
  const rows = async (what: string): Promise<Record<string, unknown>[]> =>
    documentOf<{ rows: Record<string, unknown>[] }>(await dvm(`${what} --format json`)).rows;
  const checksums = () =>
    readdirSync(dir, { recursive: true, encoding: "utf8" })
      .filter((name) => statSync(join(dir, name)).isFile() && !/^lock\/|\.lock$/.test(name))
      .map(
        (name) =>
          `${name} ${createHash("sha256")
            .update(readFileSync(join(dir, name)))
            .digest("hex")}`,
      );
  return { dir, dvm, must, rows, checksums, at: (name: string) => join(dir, name) };
}

const INIT = "--region-size 1M --extent-size 1M";
const problems = ({ stdout }: Ran) =>
  stdout
    .toString()
    .split("\n")
    .filter((line) => line.startsWith("problem"));

t.test("dry runs show a plan in JSON and change nothing", async (t) => {
  const { must, checksums } = site(t, ["a.img", "b.img", "c.img"]);
  const plans = async (line: string) => {
    const before = checksums();
    const plan = JSON.parse(await must(line)) as Record<string, unknown>;
    t.same(checksums(), before, line);
    return plan;
  };
  t.match(await plans(`init vg0 a.img b.img ${INIT} --dry-run`), {
    labels: { vg: { name: "vg0" }, devices: [{ path: "a.img" }, { path: "b.img" }] },
    regions: { length: 4 },
    metadata: { pvs: { length: 2 } },
  });
  await must(`init vg0 a.img b.img ${INIT}`);
  t.match(await plans("run vg0 --dry-run -- create-lv --name x --size 2M"), {
    changed: true,
    plan: { prepare: { instructions: [] }, commit: { instructions: [] }, abort: { instructions: [] } },
  });
  await must("run vg0 -- create-lv --name x --size 2M --pv a.img");
  t.match(await plans("deactivate vg0 --dry-run"), {
    summary: ["remove vg0-x"],
    programs: [{ instructions: [] }],
  });
  await must("deactivate vg0");
  t.match(await plans("activate vg0 --dry-run"), { summary: ["create vg0-x (2 MiB)"] });
  t.match(await plans("expand vg0 c.img --dry-run"), { changed: true });
  t.match(await plans("reduce vg0 b.img --dry-run"), { changed: true });

  await must("import vg0/x -", Buffer.alloc(2 * MIB, "content"));
  await must("activate vg0");
  await must("run vg0 -- mirror --name x --mirrors 1");
  const synced = "run vg0 --dry-run -- mirror --name x --synced";
  t.match(await plans(synced), { changed: true }, "a copy that is being rebuilt looks as if it were");
  const before = checksums();
  await must("run vg0 -- mirror --name x --synced");
  t.notSame(
    checksums().find((line) => line.startsWith("b.img")),
    before.find((line) => line.startsWith("b.img")),
  );
});

t.test("what init plans with a seed is what it does with that seed", async (t) => {
  const { must, rows } = site(t, ["a.img"]);
  const plan = JSON.parse(await must(`--seed s init vg0 a.img ${INIT} --dry-run`)) as {
    metadata: { vg: { id: string } };
  };
  await must(`--seed s init vg0 a.img ${INIT}`);
  t.match(await rows("report vg0 vg"), [{ id: plan.metadata.vg.id }]);
});

t.test("names with dashes, ids for names, paths and links for PVs", async (t) => {
  const { must, rows, dir, at } = site(t, ["a-1.img", "b-2.img"]);
  symlinkSync("b-2.img", at("link"));
  await must(`init my-vg a-1.img b-2.img ${INIT}`);
  await must("run my-vg -- create-lv --name a-b--c --size 2M --pv ./link");
  await must(`run my-vg -- create-lv --name d --size 2M --pv=${dir}/a-1.img`);
  t.match(await rows("report my-vg"), [
    { name: "a-b--c", dm: "my--vg-a--b----c", devices: ["b-2.img"], state: "active" },
    { name: "d", devices: ["a-1.img"] },
  ]);
  const [vg] = await rows("report my-vg vg");
  const [lv] = await rows("report my-vg lv --select name=a-b--c");
  t.equal(await must(`deactivate ${vg?.["id"]} ${lv?.["id"]}`), "remove my--vg-a--b----c\n");
  await must(`run ${vg?.["id"]} -- rename-lv --name ${lv?.["id"]} --to a-1.img`);
  t.match(
    await rows("report my-vg"),
    [{ name: "a-1.img" }, {}],
    "a name that is a device's path stays a name",
  );
});

t.test("a VG gets another name", async (t) => {
  const { must, rows, dvm } = site(t, ["a.img", "b.img"]);
  await must(`init vg a.img b.img ${INIT}`);
  await must("run vg -- create-lv --name l --size 1M");
  t.equal(await must("run vg -- rename-vg --to other"), "rename vg-l to other-l\n");
  t.equal((await dvm("report vg")).status, 4, "not found by the old one");
  t.match(await rows("report other"), [{ name: "l", dm: "other-l", state: "active" }]);
  t.match(await rows("report other vg"), [{ name: "other" }]);
  t.equal((await dvm("run other -- rename-vg")).status, 2);
  await must("run other -- rename-vg --to=vg");
  t.match(await rows("report vg"), [{ dm: "vg-l" }]);
});

t.test("a VG gets another name whole, by whatever way its metadata gets it", async (t) => {
  const { must, dvm, rows, checksums, at } = site(t, ["a.img", "b.img", "c.img"]);
  await must(`init vg a.img b.img ${INIT}`);
  await must("run vg -- create-lv --name l --size 1M --pv a.img");
  const script = (name: string, text: string): string => {
    writeFileSync(at(name), `#!/bin/sh\nmanip() { ${process.execPath} ${bundle} manip "$@"; }\n${text}\n`, {
      mode: 0o755,
    });
    return at(name);
  };
  writeFileSync(
    at("changes"),
    JSON.stringify({
      changes: [
        { verb: "rename-vg", to: "one" },
        { verb: "tag", add: ["t"] },
      ],
    }),
  );
  const toFive = script("five", 'manip add-pv --discovery "$1" | manip rename-vg --to five');
  const toSix = script("six", 'manip remove-pv --pv "$1" | manip rename-vg --to six');
  const toSeven = script("seven", 'manip missing-pv --pv "$1" | manip rename-vg --to seven');
  const ways: [name: string, how: (idOf: (image: string) => string, txid: number) => string][] = [
    ["one", () => "run vg -- batch changes"],
    ["two", () => "-c dvm.json tm update -- manip rename-vg --to two"],
    ["three", () => "-c dvm.json tm update --rename three -- manip rename-vg --to three"],
    ["four", () => "-c dvm.json tm update -- sed s/three/four/"],
    ["three", (_, txid) => `-c dvm.json tm restore ${txid - 1}`],
    ["five", () => `-c dvm.json tm expand c.img -- ${toFive} {discovery}`],
    ["six", (idOf) => `-c dvm.json tm reduce c.img -- ${toSix} ${idOf("c.img")}`],
    ["seven", (idOf) => `-c dvm.json tm recover --without ${idOf("b.img")} -- ${toSeven} ${idOf("b.img")}`],
  ];
  let name = "vg";
  for (const [next, how] of ways) {
    const found = await must(`-c dvm.json discover find ${name}`);
    const { vg, devices } = JSON.parse(found);
    const idOf = (image: string) => devices.find(({ path }: { path: string }) => path === image).id;
    const { txid } = JSON.parse(await must("-c dvm.json tm verify", found));
    const line = how(idOf, txid);
    await must(line, found);
    const verified = JSON.parse(
      await must("-c dvm.json tm verify", await must(`-c dvm.json discover find ${next}`)),
    );
    t.match(verified, { vg: { id: vg.id, name: next }, complete: true, state: "clean" }, `${line}: envelope`);
    const { devices: listed } = JSON.parse(await must("-c dvm.json discover list"));
    const isMember = ({ label }: { label?: { device: { id: string } } }) =>
      verified.members.some(({ id }: { id: string }) => id === label?.device.id);
    t.same(
      listed.filter(isMember).map(({ label }: { label: { vg: object } }) => label.vg),
      verified.members.map(() => ({ ...verified.vg, members: verified.members.length })),
      `${line}: labels`,
    );
    t.match(await rows(`report ${next} vg`), [{ name: next }], `${line}: metadata`);
    t.match(await rows(`report ${next}`), [{ name: "l", dm: `${next}-l`, state: "active" }], `${line}: LV`);
    name = next;
  }
  const before = checksums();
  const half = await dvm(
    "-c dvm.json tm update --rename other -- cat",
    await must(`-c dvm.json discover find ${name}`),
  );
  t.equal(half.status, 2);
  t.match(
    half.stderr,
    /^tm update: the mutator names the VG seven, not other as --rename says \[BAD_INPUT\]\n$/m,
  );
  t.same(checksums(), before, "nothing is written");
});

t.test("devices that no later command would find", async (t) => {
  const { dvm, must } = site(t, ["a.img", "b.disk", "c.disk"]);
  const init = await dvm(`init far b.disk ${INIT}`);
  t.equal(init.status, 0);
  t.match(init.stderr, /^b\.disk: not among the devices that are looked at by default: .*discover\.scan/);
  t.equal((await dvm("report far")).status, 4);
  await must("report far -d b.disk");
  t.equal((await dvm(`init near a.img ${INIT}`)).stderr, "");
  const expand = await dvm("expand near ./c.disk");
  t.match(expand.stderr, /^\.\/c\.disk: not among/);
  await must("-c dvm.json report near -d a.img -d c.disk");
});

t.test("two at once", async (t) => {
  const { dvm, must, rows } = site(t, ["a.img", "b.img", "c.img", "d.img"]);
  const inits = await Promise.all([dvm(`init vg0 a.img b.img ${INIT}`), dvm(`init vg0 c.img d.img ${INIT}`)]);
  t.same(inits.map(({ status }) => status).sort(), [0, 3], "one of them has the name");
  t.match(inits.map(({ stderr }) => stderr).join(""), /^dvm init: VG vg0 exists already: .* \[EXISTS\]\n$/);
  const [free] = inits[0]?.status === 0 ? ["c.img"] : ["a.img"];
  const disks = await Promise.all([dvm(`init vg1 ${free} ${INIT}`), dvm(`init vg2 ${free} ${INIT}`)]);
  t.same(disks.map(({ status }) => status).sort(), [0, 3], "one of them has the disk");
  t.match(disks.map(({ stderr }) => stderr).join(""), /\[SIGNATURE\]\n$/);
  const names = ["l1", "l2", "l3", "l4", "l5"];
  const creates = await Promise.all(
    names.map((name) => dvm(`run vg0 -- create-lv --name ${name} --size 1M`)),
  );
  t.same(
    creates.map(({ status }) => status),
    [0, 0, 0, 0, 0],
  );
  t.same(
    (await rows("report vg0 lv --sort name")).map(({ name, state }) => `${name} ${state}`),
    names.map((name) => `${name} active`),
  );
  t.notMatch(await must("doctor"), "problem");
});

t.test("a lock that somebody else holds", async (t) => {
  const { dvm, must, rows, at } = site(t, ["a.img"]);
  await must(`init vg0 a.img ${INIT}`);
  const [vg] = await rows("report vg0 vg");
  const config = JSON.parse(readFileSync(at("dvm.json"), "utf8")) as object;
  writeFileSync(at("hasty.json"), JSON.stringify({ ...config, tm: { lockTimeoutMs: 100 } }));
  const lock = at(`lock/${vg?.["id"]}`);
  const held = await run(
    [
      "flock",
      lock,
      process.execPath,
      bundle,
      "-c",
      at("hasty.json"),
      "run",
      "vg0",
      "--",
      "create-lv",
      "--name",
      "x",
      "--size",
      "1M",
    ],
    { cwd: at(".") },
  );
  t.equal(held.status, 5, held.stderr);
  t.match(held.stderr, /^dvm run: the VG is locked .* process \d+ .* \[LOCKED\]\n$/);
  t.equal((await dvm("run vg0 -- create-lv --name x --size 1M")).status, 0, "free again");
});

t.test("a VG that loses a disk, goes on, and gets it back", async (t) => {
  const { dvm, must, rows, at } = site(t, ["a.img", "b.img", "c.img"]);
  await must(`init vg0 a.img b.img c.img ${INIT}`);
  await must("run vg0 -- create-lv --name safe --size 2M --mirrors 1 --pv a.img --pv b.img");
  await must("run vg0 -- create-lv --name bare --size 2M --pv b.img");
  await must("run vg0 -- tag --pv b.img --add shelf2");
  const content = Buffer.alloc(2 * MIB, "safe");
  await must("deactivate vg0");
  await must("import vg0/safe -", content);
  renameSync(at("b.img"), at("gone"));

  const sick = await dvm("doctor");
  t.equal(sick.status, 3);
  t.match(
    problems(sick).join("\n"),
    /VG vg0: VG vg0 misses 1 of its 3 devices: [0-9a-f]{32} \(13 MiB, tagged shelf2, under safe, bare\): plug/,
  );
  t.match(
    problems(sick).join("\n"),
    /LV safe is degraded, without PV [0-9a-f]{32} \(13 MiB, tagged shelf2\)/,
  );
  t.match(problems(sick).join("\n"), /LV bare is unavailable, without PV /);
  t.equal(problems(sick).length, 3, "each is told once");
  t.match(await rows("report vg0 lv --sort name"), [
    { name: "bare", availability: "unavailable" },
    { availability: "degraded" },
  ]);
  t.ok(
    (await run([...dvmProgram, "-c", "dvm.json", "export", "vg0/safe", "-"], { cwd: at(".") })).stdout.equals(
      content,
    ),
  );

  const up = await dvm("activate vg0");
  t.equal(up.status, 3);
  t.match(up.stderr, /LV safe .*; LV bare .* \[INCOMPLETE\]\n$|LV bare .*; LV safe .* \[INCOMPLETE\]\n$/);
  t.match(await must("recover vg0 --without missing"), /^goes on without [0-9a-f]{32}$/m);
  t.equal((await dvm("recover vg0 --without missing")).status, 4, "nothing else is missing");
  await must("run vg0 -- create-lv --name more --size 1M");
  t.match((await dvm("activate vg0 safe --degraded")).stdout.toString(), "create vg0-safe (2 MiB)");
  t.match(await rows("report vg0 lv --select name=safe"), [{ state: "active", availability: "degraded" }]);

  renameSync(at("gone"), at("b.img"));
  const back = await dvm("doctor");
  t.match(
    problems(back).filter((line) => line.includes("b.img")),
    [
      /LV safe is degraded: leg [01] on b\.img has missed writes: run dvm recover vg0 --resync b\.img$/,
      /: not used, for VG vg0 has gone on without: b\.img: dvm recover vg0 --resync b\.img takes them back/,
    ],
    "each said once, for people",
  );
  t.equal(back.stderr, "dvm doctor: not everything is well [INCOMPLETE]\n", "and not as a warning too");
  const full = await dvm("run vg0 -- create-lv --name big --size 1T");
  t.match(full.stderr, /free: \d+ on PV [ac]\.img, \d+ on PV [ac]\.img; to have more/);
  t.match(await must("recover vg0 --resync b.img"), /is a member again$/m);
  t.match(await rows("report vg0 lv --select name=safe"), [{ state: "active", legStates: { length: 2 } }]);
  t.match(
    JSON.stringify(await rows("report vg0 lv --select name=safe")),
    /rebuild/,
    "never read before it is rebuilt",
  );
  await must("deactivate vg0");
  t.ok(
    (await run([...dvmProgram, "-c", "dvm.json", "export", "vg0/safe", "-"], { cwd: at(".") })).stdout.equals(
      content,
    ),
  );
});

t.test("two halves that were changed apart", async (t) => {
  const { dvm, must, rows, at } = site(t, ["a.img", "b.img"]);
  await must(`init vg0 a.img b.img ${INIT}`);
  const changeWithout = async (away: string, name: string) => {
    renameSync(at(away), at("away"));
    await must("recover vg0 --without missing");
    await must(`run vg0 -- create-lv --name ${name} --size 1M --inactive`);
    renameSync(at("away"), at(away));
  };
  copyFileSync(at("a.img"), at("a.before"));
  await changeWithout("b.img", "left");
  renameSync(at("a.img"), at("a.left"));
  renameSync(at("a.before"), at("a.img"));
  await changeWithout("a.img", "right");
  renameSync(at("a.left"), at("a.img"));
  const sick = await dvm("doctor");
  t.equal(sick.status, 3);
  const [finding = "", ...others] = problems(sick);
  t.match(
    finding,
    /out of sync: .*changed apart.* dvm recover vg0 --choose 4:[0-9a-f]{8}, or dvm recover vg0 --choose 4:[0-9a-f]{8}$/,
  );
  t.same(others, [], "and nothing is guessed beside");
  const refused = await dvm("run vg0 -- create-lv --name x --size 1M");
  t.match(refused.stderr, /\[OUT_OF_SYNC\]\n$/);
  const [, choice = ""] = /(\d+:[0-9a-f]+) on a\.img/.exec(finding) ?? [];
  await must(`recover vg0 --choose ${choice}`);
  t.match(await rows("report vg0"), [{ name: "left" }]);
});

t.test("a disk that was put back to an old image", async (t) => {
  const { dvm, must, rows, at } = site(t, ["a.img", "b.img", "c.img"]);
  await must(`init vg0 a.img b.img c.img ${INIT}`);
  await must("run vg0 -- create-lv --name safe --size 2M --mirrors 1 --type raid1 --inactive");
  const [safe] = (await rows("report vg0 lv --select name=safe")) as { devices: string[] }[];
  const [first = "", second = ""] = (safe?.devices ?? []).map((path) => path.replace(/.*\//, ""));
  const old = Buffer.alloc(2 * MIB, "old");
  const fresh = Buffer.alloc(2 * MIB, "new");
  await must("import vg0/safe -", old);
  for (const name of [first, second]) copyFileSync(at(name), at(`${name}.before`));
  await must("import vg0/safe -", fresh);
  await must("run vg0 -- create-lv --name other --size 1M --inactive");
  const config = ["-c", "dvm.json"];
  const content = async () =>
    (await run([...dvmProgram, ...config, "export", "vg0/safe", "-"], { cwd: at(".") })).stdout;

  const disks = ["a.img", "b.img", "c.img"];
  for (const name of disks) copyFileSync(at(name), at(`${name}.after`));
  for (const name of [first, second]) {
    for (const each of disks) copyFileSync(at(`${each}.after`), at(each));
    copyFileSync(at(`${name}.before`), at(name));
    t.equal((await dvm("recover vg0")).status, 3);
    await must(`recover vg0 --resync ${name}`);
    t.ok((await content()).equals(fresh), `${name}: its half is not read`);
    t.match(JSON.stringify(await rows("report vg0 lv --select name=safe")), /rebuild/, "but rebuilt");
  }
});

t.test("what a crash leaves is found by doctor and mended by recover", async (t) => {
  const { dvm, must, at } = site(t, ["a.img", "b.img", "spare"]);
  await must(`init vg0 a.img b.img ${INIT}`);
  await must("run vg0 -- create-lv --name x --size 2M");
  const heals = async (what: string, finding: RegExp) => {
    const sick = await dvm("doctor");
    t.equal(sick.status, 3, what);
    t.match(problems(sick), [finding], `${what}: told once`);
    t.equal(problems(sick).length, 1, what);
    t.equal(sick.stderr, "dvm doctor: not everything is well [INCOMPLETE]\n", `${what}: and nowhere else`);
    await must("recover vg0");
    const sound = await dvm("doctor");
    t.equal(sound.status, 0, `${what}: mended ${sound.stdout}`);
  };

  const where = JSON.parse(await must("-c dvm.json discover find vg0")) as { regions: unknown };
  writeFileSync(at("regions.json"), JSON.stringify({ regions: where.regions }));
  const content = await must("-c dvm.json replicate read regions.json -");
  await must("-c dvm.json replicate prepare regions.json -", `${content} `);
  const refused = await dvm("run vg0 -- create-lv --name y --size 1M");
  t.equal(refused.status, 3);
  t.match(refused.stderr, /\[ALREADY_PREPARED\]\n$/);
  await heals(
    "a transaction that was prepared",
    /a transaction was interrupted \(preparing\): run dvm recover vg0/,
  );

  const state = documentOf<{ devices: { name: string; table: unknown }[] }>(
    await dvm("-c dvm.json dmexec state"),
  );
  const load = { op: "load", name: "vg0-x", table: state.devices[0]?.table };
  await must("-c dvm.json dmexec run -", JSON.stringify({ instructions: [load, { op: "exit", status: 0 }] }));
  await heals("a table that was loaded", /vg0-x has a table loaded that never came to live/);

  const sim = JSON.parse(readFileSync(at("dm.json"), "utf8")) as { devices: { suspended: boolean }[] };
  writeFileSync(
    at("dm.json"),
    JSON.stringify({ ...sim, devices: sim.devices.map((each) => ({ ...each, suspended: true })) }),
  );
  await heals("a suspended device", /vg0-x is suspended/);

  copyFileSync(at("b.img"), at("old"));
  renameSync(at("spare"), at("c.img"));
  await must("expand vg0 c.img");
  const bytes = readFileSync(at("b.img"));
  readFileSync(at("old")).copy(bytes, 0, 0, MIB);
  writeFileSync(at("b.img"), bytes);
  await heals("a label from before a change", /the label of b\.img is behind/);

  writeFileSync(at("a.img"), readFileSync(at("a.img")).fill(0xff, 4096, 8192));
  await heals("half a label", /devices: a\.img: .*byte 4096.*: run dvm recover vg0 to mend it/);
});

t.test("traces keep every document, and the tools run from them", async (t) => {
  const { must, dir, at } = site(t, ["a.img"]);
  await must(`init vg0 a.img ${INIT}`);
  mkdirSync(at("trace"));
  await must("--trace trace run vg0 -- create-lv --name x --size 1M");
  const kept = readdirSync(join(dir, "trace")).sort();
  for (const name of [
    "discover-find-out",
    "tm-update-in-stdin",
    "manip-create-lv-in",
    "manip-create-lv-out",
    "volactivate-prepare-out",
    "tm-update-out",
  ])
    t.ok(
      kept.some((file) => file.includes(name)),
      name,
    );
  const before = kept.find((file) => file.includes("manip-create-lv-in")) ?? "";
  t.match(
    await must("manip create-lv --name x --size 1M", readFileSync(at(`trace/${before}`))),
    /"name":"x"/,
  );
});

t.test("pipes", async (t) => {
  const { dvm, must, dir } = site(t, ["a.img"]);
  await must(`init vg0 a.img ${INIT}`);
  await must("run vg0 -- create-lv --name x --size 8M");
  await must("deactivate vg0");
  const env = { ...process.env, DVM_CONFIG: "dvm.json" } as Record<string, string>;
  const piped = await run(
    ["bash", "-c", `set -o pipefail; "${process.execPath}" "${bundle}" export vg0/x - | head -c 1 | wc -c`],
    { cwd: dir, env },
  );
  t.equal(piped.stdout.toString().trim(), "1", "a reader that has enough");
  t.equal(piped.stderr, "");
  const large = await dvm("import vg0/x -", Buffer.alloc(9 * MIB));
  t.equal(large.status, 3);
  t.match(
    large.stderr,
    /larger than vg0\/x .*; the first \d+ bytes of vg0\/x are overwritten by now \[TOO_LARGE\]\n$/,
    "says what has happened",
  );
  t.match(await must("import vg0/x -", "short"), "");
  t.equal((await must("export vg0/x -")).slice(0, 5), "short");
});
