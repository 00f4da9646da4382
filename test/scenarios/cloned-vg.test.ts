/**
 * All disks of a VG are copied, and the copy is used beside the original: with the real binary, on image
 * files.
 */
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { derivedId } from "../../src/core/base/derived-id.ts";
import type { Discovery, DmState, Metadata } from "../../src/schema/index.ts";
import { documentOf, dvm as run } from "../lib/dvm.ts";

const MIB = 2 ** 20;
const NAMES = ["a.img", "b.img", "c.img"];

/** A VG on three images with two LVs, one of them with content, and a copy of the images. */
async function cloned(t: Test) {
  const directory = t.testdir({});
  const config = join(directory, "dvm.json");
  writeFileSync(
    config,
    JSON.stringify({
      discover: { scan: [join(directory, "*/*.img")] },
      dm: { backend: "sim", state: join(directory, "dm.json") },
      common: { lockDir: join(directory, "lock") },
    }),
  );
  const dvm = (...args: string[]) => run(["-c", config, ...args], { cwd: directory });
  const done = async (...args: string[]) => {
    const ran = await dvm(...args);
    if (ran.status !== 0) t.fail(`${args.join(" ")}: ${ran.stderr}`);
    return ran.stdout;
  };
  const at = (set: string) => NAMES.map((name) => join(directory, set, name));
  for (const set of ["original", "copy"]) mkdirSync(join(directory, set));
  for (const path of at("original")) {
    writeFileSync(path, "");
    truncateSync(path, 96 * MIB);
  }
  await done("init", "vg0", ...at("original"), "--region-size", "2M");
  await done("run", "vg0", "--", "create-lv", "--name", "data", "--size", "8M");
  await done(
    "run",
    "vg0",
    "--",
    "create-lv",
    "--name",
    "safe",
    "--size",
    "8M",
    "--type",
    "raid1",
    "--mirrors",
    "1",
  );
  await done("deactivate", "vg0");
  const content = Buffer.alloc(8 * MIB, "what was there when it was copied. ");
  writeFileSync(join(directory, "content"), content);
  for (const lv of ["data", "safe"]) await done("import", `vg0/${lv}`, join(directory, "content"));
  for (const [index, path] of at("original").entries()) copyFileSync(path, at("copy")[index] ?? "");
  const find = async (vg: string) => documentOf<Discovery>(await dvm("discover", "find", vg));
  const metadataOf = async (vg: string) => {
    const discovery = join(directory, `${vg}.json`);
    writeFileSync(discovery, JSON.stringify(await find(vg)));
    return JSON.parse((await done("tm", "read", "--discovery", discovery)).toString()) as Metadata;
  };
  return { directory, at, dvm, done, find, metadataOf, content };
}

t.test("both VGs are whole and can be live at once, each with its own content", async (t) => {
  const { at, dvm, done, find, metadataOf, content, directory } = await cloned(t);
  const confused = await dvm("report", "vg0");
  t.equal(confused.status, 3, "as they are none of them can be used");
  t.match(confused.stderr, /several devices have one id.*\[DUPLICATE\]/);
  const before = at("original").map((path) => readFileSync(path));

  t.match(
    (await done("import-clone", "vg0", ...at("copy"), "--name", "vg1")).toString(),
    /^VG vg1: 3 devices/,
  );
  for (const [index, path] of at("original").entries())
    t.ok(readFileSync(path).equals(before[index] ?? Buffer.alloc(0)), "the original is not touched");
  const [original, copy] = [await find("vg0"), await find("vg1")];
  t.same(
    copy.devices.map(({ path }) => path),
    at("copy"),
  );
  t.same(
    copy.devices.map(({ id }) => id),
    original.devices.map(({ id }) => derivedId(copy.vg.id, id)),
  );
  const [old, young] = [await metadataOf("vg0"), await metadataOf("vg1")];
  t.match(young, { vg: { id: copy.vg.id, name: "vg1" } });
  t.same(new Set(young.pvs.map(({ id }) => id)), new Set(copy.devices.map(({ id }) => id)));
  t.notOk(
    old.pvs.some(({ id }) => JSON.stringify(young).includes(id)),
    "no PV of the original is left in it",
  );
  t.same(young.lvs.map(({ name }) => name).sort(), ["data", "safe"]);

  await done("activate", "vg0");
  await done("activate", "vg1");
  const { devices } = JSON.parse((await done("dmexec", "state", "--all")).toString()) as DmState;
  const uuids = devices.map(({ uuid }) => uuid);
  t.equal(new Set(uuids).size, uuids.length);
  t.same(
    devices
      .filter(({ name }) => name.endsWith("-data"))
      .map(({ name }) => name)
      .sort(),
    ["vg0-data", "vg1-data"],
  );
  await done("deactivate", "vg0");
  await done("deactivate", "vg1");

  writeFileSync(join(directory, "other"), Buffer.alloc(8 * MIB, "changed in the copy"));
  for (const lv of ["data", "safe"]) {
    t.ok((await done("export", `vg1/${lv}`, "-")).equals(content), `${lv} has the content of the original`);
    await done("import", `vg1/${lv}`, join(directory, "other"));
    t.ok((await done("export", `vg0/${lv}`, "-")).equals(content), `${lv} of the original stays as it is`);
  }
  await done("run", "vg1", "--", "extend-lv", "--name", "data", "--size", "+8M");
  t.equal((await metadataOf("vg0")).lvs.length, 2);
  for (const vg of ["vg0", "vg1"]) {
    const discovery = join(directory, `${vg}.json`);
    await done("tm", "verify", "--discovery", discovery);
  }
});

t.test("cut off between labels and metadata, and taken in the middle of a transaction", async (t) => {
  const { at, dvm, done, metadataOf, find, directory } = await cloned(t);
  // The copy holds a transaction that was prepared and never committed.
  const regionFile = join(directory, "regions.json");
  const original = documentOf<Discovery>(
    await dvm("discover", "find", "vg0", ...at("copy").flatMap((path) => ["-d", path])),
  );
  writeFileSync(regionFile, JSON.stringify({ regions: original.regions }));
  writeFileSync(join(directory, "junk"), "{}");
  await done("replicate", "prepare", regionFile, join(directory, "junk"));

  await done("discover", "import-clone", "vg0", ...at("copy"), "--name", "vg1");
  const { vg } = await find("vg1");
  writeFileSync(join(directory, "half.json"), JSON.stringify(await find("vg1")));
  const foreign = await dvm("tm", "read", "--discovery", join(directory, "half.json"));
  t.equal(foreign.status, 3, "with labels alone it is refused");
  await done("import-clone", "vg0", ...at("copy"), "--name", "vg1");
  t.equal((await metadataOf("vg1")).vg.id, vg.id);
  const again = await done("import-clone", "vg0", ...at("copy"), "--name", "vg1");
  t.match(again.toString(), /^VG vg1: 3 devices/, "and once more changes nothing");

  const stranger = await dvm("tm", "adopt", "--discovery", join(directory, "half.json"), "--", "false");
  t.equal(stranger.status, 0, "nothing to adopt, no mutator");
  const wrong = documentOf<Discovery>(await dvm("discover", "find", "vg0"));
  writeFileSync(
    join(directory, "wrong.json"),
    JSON.stringify({ ...wrong, vg: { ...wrong.vg, id: "0".repeat(32) } }),
  );
  const refused = await dvm("tm", "adopt", "--discovery", join(directory, "wrong.json"), "--", "cat");
  t.equal(refused.status, 3);
  t.match(refused.stderr, /there is no copy of its devices .*\[STALE\]/);
});
