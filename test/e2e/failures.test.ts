/**
 * What a command that fails gives: nothing that could be taken for another document, and the code that says
 * what it is.
 */
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { dvmProgram, run } from "../lib/dvm.ts";

const dir = t.testdir({});
const at = (name: string) => join(dir, name);
writeFileSync(at("a.img"), "");
truncateSync(at("a.img"), 16 << 20);
const config = {
  discover: { scan: ["*.img"] },
  dm: { backend: "sim", state: "dm.json" },
  common: { lockDir: "lock" },
};
const put = (name: string, document: object) => writeFileSync(at(name), JSON.stringify(document));
put("dvm.json", config);
put("backup.json", { ...config, tm: { backup: "nowhere" } });
put("regions.json", { regions: [{ path: "region.img", offset: 0, length: 512 }] });
const PATH = process.env["PATH"] ?? "";
const dvm = (words: string, env: Record<string, string> = {}, input = "") =>
  run([...dvmProgram, ...words.split(" ")], {
    cwd: dir,
    env: { PATH, DVM_CONFIG: "dvm.json", ...env },
    input,
  });
const must = async (words: string, env: Record<string, string> = {}) => {
  const ran = await dvm(words, env);
  if (ran.status !== 0) throw new Error(`${words}: ${ran.status}: ${ran.stderr}`);
  return ran;
};
await must("init vg0 a.img --region-size 128K --extent-size 128K");
await must("run vg0 -- create-lv --name l --size 1M");

t.test("a copy of a disk beside it", async (t) => {
  mkdirSync(at("copies"));
  writeFileSync(at("copies/b.img"), readFileSync(at("a.img")));
  const both = "-d a.img -d copies/b.img";
  for (const words of [
    `report vg0 --format json ${both}`,
    `activate vg0 ${both}`,
    `deactivate vg0 ${both}`,
    `run vg0 ${both} -- create-lv --name m --size 1M`,
    `recover vg0 ${both}`,
    `export vg0/l - ${both}`,
    `reduce vg0 a.img ${both}`,
  ]) {
    const { status, stdout, stderr } = await dvm(words);
    t.equal(status, 3, words);
    t.equal(stdout.toString(), "", `${words}: nothing`);
    t.match(stderr, /\[DUPLICATE\]\n$/, words);
  }
  const found = await dvm(`-c dvm.json discover find vg0 ${both}`);
  t.equal(found.status, 3);
  t.match(JSON.parse(found.stdout.toString()), { duplicates: [{}] }, "its own document");
});

t.test("what the system refuses is no bug", async (t) => {
  writeFileSync(at("region.img"), "");
  truncateSync(at("region.img"), 1 << 20);
  writeFileSync(at("fresh.img"), Buffer.alloc(16 << 20));
  await must("-c dvm.json replicate format regions.json");
  for (const [words, env, status, says] of [
    ["run vg0 -- create-vg --discovery {discovery}", { TMPDIR: "/nosuch" }, 1, /\/nosuch: .*set TMPDIR/],
    ["run vg0 -- create-vg --discovery {discovery}", { TMPDIR: "/etc/passwd" }, 1, /passwd: .*set TMPDIR/],
    ["init vg1 fresh.img --region-size 128K", { TMPDIR: "/nosuch" }, 1, /\/nosuch: .*set TMPDIR/],
    ["init vg1 fresh.img --region-size 128K", { TMPDIR: "/etc/passwd" }, 1, /passwd: .*set TMPDIR/],
    ["expand vg0 fresh.img", { TMPDIR: "/nosuch" }, 1, /\/nosuch: .*set TMPDIR/],
    ["--trace /dev/null discover list", {}, 2, /trace \/dev\/null: is no directory/],
    ["--trace /proc/nosuch discover list", {}, 1, /trace \/proc\/nosuch: /],
    ["--now 1969-12-31T23:59:59Z replicate prepare regions.json -", {}, 2, /is before 1970/],
    ["--now yesterday discover list", {}, 2, /is no time/],
    [`report vg0 --select ${"(".repeat(10_000)}`, {}, 2, /nested too deeply at "\({200}…"/],
    [`report vg0 --select ${"!".repeat(10_000)}known`, {}, 2, /nested too deeply/],
    ["run vg0 -- create-lv --name m --size 4E", {}, 2, /too large/],
    ["run vg0 -- create-lv --name m --size 3E", {}, 3, /NO_SPACE/],
  ] as const) {
    const ran = await dvm(words, env, "x");
    const what = words.slice(0, 80);
    t.equal(ran.status, status, `${what}: ${ran.stderr.slice(0, 500)}`);
    t.equal(ran.stdout.toString(), "", what);
    t.match(ran.stderr, says, what);
    t.match(ran.stderr, /^[^\n]+ \[[A-Z_]+\]\n$/, `${what}: one line`);
  }
  t.ok(readFileSync(at("fresh.img")).equals(Buffer.alloc(16 << 20)), "and no disk is touched");
});

t.test("a backup that cannot be kept, and a trace, change nothing", async (t) => {
  const ran = await must("run vg0 -- create-lv --name kept --size 1M", { DVM_CONFIG: "backup.json" });
  t.match(ran.stderr, /no backup of the metadata was kept: nowhere/);
  await must("--trace tr run vg0 -- tag --add x");
  t.ok(readdirSync(at("tr")).length > 10);
  t.match((await must("report vg0 lv --format csv --columns name")).stdout.toString(), /kept/);
});

t.test("what is so already", async (t) => {
  const ran = await must("run vg0 -- extend-lv --name l --size 1M");
  t.equal(ran.stdout.toString(), "nothing has changed\n");
  t.match(ran.stderr, /LV l has 8 extents already\n/);
  const discovery = await must("-c dvm.json discover find vg0");
  writeFileSync(at("where.json"), discovery.stdout);
  const update = await must("-c dvm.json tm update --discovery where.json -- manip tag --add x");
  t.match(JSON.parse(update.stdout.toString()), { changed: false });
  t.match(update.stderr, /so already/);
  for (const twice of ["activate vg0", "activate vg0", "deactivate vg0", "deactivate vg0", "recover vg0"])
    await must(twice);
});

t.test("a key that is there twice", async (t) => {
  writeFileSync(
    at("twice.json"),
    '{"regions":[{"path":"region.img","offset":0,"length":512,"length":1024}]}',
  );
  const { status, stderr } = await dvm("-c dvm.json replicate status twice.json");
  t.equal(status, 2);
  t.match(stderr, /twice\.json: key "\/regions\/0\/length" is there twice \[BAD_INPUT\]/);
});
