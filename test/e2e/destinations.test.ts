/**
 * The paths that commands write to: what is there already and is not theirs is refused, and stays as it is.
 */
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import t from "tap";
import { bundle, dvmProgram, run } from "../lib/dvm.ts";

const MIB = 1 << 20;
const NOBODY = 65534;
const dir = t.testdir({});
const at = (name: string) => join(dir, name);
const image = (name: string, size = 8 * MIB) => {
  writeFileSync(at(name), "");
  truncateSync(at(name), size);
};
const configs = {
  "dvm.json": { discover: { scan: ["disk-*.img"] } },
  "state-is-a-disk.json": { dm: { backend: "sim", state: "disk-a.img" } },
  "backup.json": { tm: { backup: at("backups") } },
};
const config = {
  discover: { scan: ["disk-*.img"] },
  dm: { backend: "sim", state: "dm.json" },
  common: { lockDir: at("lock") },
};
for (const [name, more] of Object.entries(configs))
  writeFileSync(at(name), JSON.stringify({ ...config, ...more }));
for (const name of ["disk-a.img", "disk-b.img", "other.img", "disk-spare.img", "free.img", "mine.img"])
  image(name);
mkdirSync(at("folder"));
mkdirSync(at("backups"));
writeFileSync(at("old"), "an older export", { mode: 0o600 });

const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json" };
const dvm = (line: string) => run([...dvmProgram, ...line.split(" ")], { cwd: dir, env });
const must = async (line: string): Promise<string> => {
  const { status, stdout, stderr } = await dvm(line);
  if (status !== 0) throw new Error(`${line}: ${status}: ${stderr}`);
  return stdout.toString();
};

await must("init vg disk-a.img disk-b.img --region-size 1M --extent-size 1M");
await must("run vg -- create-lv --name x --size 2M");
await must("init vg2 other.img --region-size 1M --extent-size 1M");
writeFileSync(at("found.json"), await must("-c dvm.json discover find vg"));
linkSync(at("disk-a.img"), at("hard-link"));
symlinkSync("disk-b.img", at("link"));
writeFileSync(
  at("regions.json"),
  JSON.stringify({
    regions: (JSON.parse(readFileSync(at("found.json"), "utf8")) as { regions: object[] }).regions,
  }),
);
// A file system, of which the magic is enough.
const superblock = Buffer.alloc(2048);
superblock.writeUInt16LE(0xef53, 1024 + 56);
writeFileSync(at("free.img"), superblock);
truncateSync(at("free.img"), 8 * MIB);
const places = (path: string, offset: number) => ({ regions: [{ path, offset, length: 128 }] });
writeFileSync(at("on-free.json"), JSON.stringify(places("free.img", 2048)));
writeFileSync(at("on-data.json"), JSON.stringify(places("other.img", 8192)));
writeFileSync(at("on-label.json"), JSON.stringify(places("other.img", 0)));
writeFileSync(at("on-mine.json"), JSON.stringify(places("mine.img", 2048)));
await must("-c dvm.json replicate format on-mine.json");

// What dvm has written for itself, and what it is told.
symlinkSync("dvm.json", at("link-to-config"));
writeFileSync(at("metadata.json"), await must("-c dvm.json tm read --discovery found.json"));
writeFileSync(at("other-dm.json"), readFileSync(at("dm.json")));
writeFileSync(at("big-dm.json"), `${readFileSync(at("dm.json"), "utf8")}${" ".repeat(8 * MIB)}`);
writeFileSync(
  at("on-state.json"),
  JSON.stringify({ ...config, dm: { backend: "sim", state: "big-dm.json" } }),
);
writeFileSync(at("on-big.json"), JSON.stringify(places("big-dm.json", 2048)));

const sums = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(dir, { recursive: true, encoding: "utf8" })
      .filter((name) => lstatSync(at(name)).isFile() && !name.startsWith("lock/") && !name.endsWith(".lock"))
      .map((name) => [
        name,
        createHash("sha256")
          .update(readFileSync(at(name)))
          .digest("hex"),
      ]),
  );

t.test("a device that is not there", async (t) => {
  const path = "/dev/dvm-test-no-such-disk";
  for (const force of ["", " --force"]) {
    const { status, stderr } = await dvm(`export vg/x ${path}${force}`);
    t.equal(status, 4, stderr);
    t.match(stderr, /no-such-disk: .*\[NOT_FOUND\]/);
  }
  t.notOk(existsSync(path), "no file is made there");
});

t.test("are refused", async (t) => {
  const rows: readonly (readonly [line: string, code: string, says: RegExp])[] = [
    ["export vg/x disk-a.img", "IN_USE", /disk-a\.img: is one of the devices that are read/],
    ["export vg/x disk-a.img --force", "IN_USE", /one of the devices that are read/],
    [
      "export vg/x hard-link --force",
      "IN_USE",
      /hard-link: is one of the devices that are read, disk-a\.img/,
    ],
    ["export vg/x link --force", "IN_USE", /link: is one of the devices that are read, disk-b\.img/],
    ["export vg/x other.img", "SIGNATURE", /other\.img: has another dvm label \(of VG vg2, [0-9a-f]{32}\)/],
    ["export vg/x disk-spare.img", "IN_USE", /disk-spare\.img: is among the disks that are looked at/],
    ["export vg/x mine.img -d disk-a.img -d disk-b.img -d mine.img", "IN_USE", /among the disks/],
    ["export vg/x dvm.json --force", "IN_USE", /dvm\.json: is the config that is in use/],
    ["export vg/x link-to-config --force", "IN_USE", /link-to-config: is the config that is in use/],
    ["-c dvm.json replicate read on-mine.json dvm.json --force", "IN_USE", /is the config that is in use/],
    ["export vg/x backup.json", "IN_USE", /backup\.json: is a config of dvm; --force replaces it/],
    ["export vg/x regions.json", "IN_USE", /is a document that says where regions are; --force/],
    ["export vg/x metadata.json", "IN_USE", /is metadata of a VG, as a backup is; --force/],
    ["export vg/x other-dm.json", "IN_USE", /is a state of the simulated device-mapper; --force/],
    [
      "-c on-state.json init new big-dm.json --force",
      "IN_USE",
      /is the state of the simulated device-mapper/,
    ],
    ["-c on-state.json replicate format on-big.json --force", "IN_USE", /the state of the simulated/],
    ["export vg/x dm.json --force", "IN_USE", /is the state of the simulated device-mapper/],
    ["-c dvm.json replicate read regions.json disk-b.img --force", "IN_USE", /devices that are read/],
    ["-c dvm.json replicate read regions.json other.img", "SIGNATURE", /another dvm label/],
    ["-c dvm.json replicate read on-mine.json mine.img --force", "IN_USE", /devices that are read/],
    [
      "-c dvm.json replicate format on-free.json",
      "SIGNATURE",
      /free\.img: has ext2, ext3 or ext4 file system/,
    ],
    ["-c dvm.json replicate sync on-free.json --from on-mine.json", "SIGNATURE", /free\.img: has ext2/],
    ["-c dvm.json replicate format on-data.json", "SIGNATURE", /on the label or the data that VG vg2 has/],
    ["-c dvm.json replicate format on-label.json", "SIGNATURE", /on the label or the data that VG vg2 has/],
    ["-c state-is-a-disk.json activate vg", "BAD_INPUT", /disk-a\.img: is no state of the simulated/],
  ];
  writeFileSync(at("dm.json"), "");
  for (const [line, code, says] of rows) {
    const before = sums();
    const { status, stdout, stderr } = await dvm(line);
    t.match(stderr, new RegExp(`\\[${code}\\]`), line);
    t.match(stderr, says, line);
    t.equal(status, code === "BAD_INPUT" ? 2 : 3, line);
    t.equal(stdout.length, 0, line);
    t.same(sums(), before, `${line}: nothing is changed, nothing is left over`);
  }
});

t.test("the program that runs is not written over", async (t) => {
  copyFileSync(bundle, at("program"));
  const { status, stderr } = await run(
    [process.execPath, at("program"), ..."export vg/x program --force".split(" ")],
    { cwd: dir, env },
  );
  t.match(stderr, /program: is the program that runs \[IN_USE\]/);
  t.equal(status, 3);
  t.ok(readFileSync(at("program")).equals(readFileSync(bundle)));
});

t.test("are written over", async (t) => {
  await must("export vg/x other-dm.json --force");
  await must("export vg/x old");
  t.equal(statSync(at("old")).size, 2 * MIB);
  t.equal(statSync(at("old")).mode & 0o777, 0o600, "what only its owner could read stays so");
  await must("export vg/x old");
  await must("export vg/x free.img");
  t.equal(statSync(at("free.img")).size, 2 * MIB, "a file that is no disk of dvm's, whatever it holds");
  await must("export vg/x other.img --force");
  await must("-c dvm.json replicate format on-mine.json --force");
});

t.test("links that others have made where everybody may", async (t) => {
  if (process.getuid?.() !== 0) return void t.pass("only root can make a link of another user");
  mkdirSync(at("tmp"));
  chmodSync(at("tmp"), 0o1777);
  writeFileSync(at("victim"), "precious");
  symlinkSync(at("victim"), at("tmp/theirs"));
  lchownSync(at("tmp/theirs"), NOBODY, NOBODY);
  symlinkSync(at("victim"), at("tmp/ours"));
  symlinkSync("tmp/theirs", at("to-theirs"));
  for (const line of [
    "export vg/x tmp/theirs",
    "export vg/x to-theirs",
    "export vg/x tmp/theirs --force",
    "-c dvm.json replicate read on-mine.json tmp/theirs",
  ]) {
    const { status, stderr } = await dvm(line);
    t.equal(status, 3, line);
    t.match(stderr, /tmp\/theirs is a symlink that another user \(65534\) has made.*\[IN_USE\]/);
    t.equal(readFileSync(at("victim"), "utf8"), "precious", line);
  }
  await must("export vg/x tmp/ours");
  t.equal(statSync(at("victim")).size, 2 * MIB, "our own are followed");

  // A backup follows no link at all: it is not kept then, and the transaction is done all the same.
  const { txid } = JSON.parse(await must("-c dvm.json tm verify --discovery found.json")) as { txid: number };
  const { vg } = JSON.parse(readFileSync(at("found.json"), "utf8")) as { vg: { id: string } };
  writeFileSync(at("victim"), "precious");
  chmodSync(at("backups"), 0o1777);
  const name = at(`backups/${vg.id}-${String(txid + 1).padStart(10, "0")}.json`);
  symlinkSync(at("victim"), name);
  lchownSync(name, NOBODY, NOBODY);
  const { status, stderr } = await dvm("-c backup.json run vg -- create-lv --name y --size 1M");
  t.equal(status, 0, stderr);
  t.match(stderr, /no backup of the metadata was kept: .*\.json: is a symlink, which is not followed/);
  t.equal(readFileSync(at("victim"), "utf8"), "precious");
  chownSync(at("tmp"), NOBODY, NOBODY);
  await must("export vg/x tmp/theirs");
  t.equal(statSync(at("victim")).size, 2 * MIB, "as are those of the directory's owner");
});
