/** What could not be looked at may be what is asked for: nobody says then that it is not there. */
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { addDevices } from "../../src/core/discover/add.ts";
import { findDevices } from "../../src/core/discover/find.ts";
import { listDevices } from "../../src/core/discover/list.ts";
import { relabelDevices } from "../../src/core/discover/relabel.ts";
import { removeDevices } from "../../src/core/discover/remove.ts";
import { faultyDisks } from "../../src/core/sim/faulty-disks.ts";
import { bundle, run } from "../lib/dvm.ts";
import { adding, finding, type LabelWorld, labelWorld, MIB } from "../lib/label-world.ts";

type Sys = LabelWorld["sys"];
const asked: Readonly<Record<string, (sys: Sys) => Promise<unknown>>> = {
  find: (sys) => findDevices(sys, finding("vg")),
  "add to it": (sys) => addDevices(sys, adding("vg", ["/dev/new"])),
  relabel: (sys) =>
    relabelDevices(sys, {
      vg: "vg",
      vgId: undefined,
      devices: [],
      discovery: undefined,
      name: undefined,
      generation: undefined,
      members: undefined,
      only: [],
    }),
  "remove by id": (sys) =>
    removeDevices(sys, { vg: "vg", vgId: undefined, members: ["0".repeat(32)], devices: [] }),
  list: (sys) => listDevices(sys, { all: false, devices: [] }),
};

t.test("a VG whose devices fail, hang or are stopped", async (t) => {
  for (const [how, why] of [
    ["fail", /one device could not be looked at \(\/dev\/a: .*EIO\)/],
    ["hang", /one device could not be looked at \(\/dev\/a: .*(no answer|did not answer)/],
    ["stopped", /one device could not be looked at \(\/dev\/a: is suspended\)/],
  ] as const)
    for (const [what, ask] of Object.entries(asked)) {
      const world = labelWorld();
      world.disk("/dev/a", 8 * MIB);
      world.disk("/dev/new", 8 * MIB);
      await addDevices(world.sys, adding("vg", ["/dev/a"], { isNew: true }));
      if (how === "stopped") world.change("/dev/a", { unreachable: "is suspended" });
      const disks = faultyDisks(world.disks, ({ kind, path }) =>
        how !== "stopped" && kind === "open" && path === "/dev/a" ? { kind: how } : undefined,
      );
      await t.rejects(ask({ ...world.sys, disks }), { code: "IO", message: why }, `${what}, ${how}`);
    }
});

t.test("what is there beside them", async (t) => {
  const world = labelWorld();
  for (const path of ["/dev/a", "/dev/b", "/dev/c"]) world.disk(path, 8 * MIB);
  await addDevices(world.sys, adding("vg", ["/dev/a", "/dev/b"], { isNew: true }));
  world.change("/dev/a", { unreachable: "is suspended" });
  t.equal((await findDevices(world.sys, finding("vg"))).missing.count, 1, "is found, and misses one");
  world.unplug("/dev/a");
  await t.rejects(findDevices(world.sys, finding("other")), { code: "NOT_FOUND" }, "when all was looked at");
  world.disk("/dev/none", 0);
  world.change("/dev/c", { size: 0 });
  await t.rejects(findDevices(world.sys, finding("other")), { code: "NOT_FOUND" }, "an empty drive is none");
});

/** Whoever may read everything cannot be refused: as root another user is asked. */
t.test("a user who may not", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "dvm-unread-"));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const at = (name: string) => join(dir, name);
  chmodSync(dir, 0o777);
  mkdirSync(at("closed"));
  mkdirSync(at("open"));
  for (const name of ["a.img", "b.img", "fresh.img", "closed/c.img"]) {
    writeFileSync(at(name), "");
    truncateSync(at(name), 8 * MIB);
  }
  const config = (scan: readonly string[]) => ({
    discover: { scan },
    dm: { backend: "sim", state: at("dm.json") },
    common: { lockDir: at("lock") },
  });
  writeFileSync(at("dvm.json"), JSON.stringify(config([at("*.img")])));
  writeFileSync(at("closed.json"), JSON.stringify(config([at("closed/*.img"), at("open/*.img")])));
  writeFileSync(at("directory.json"), JSON.stringify(config([at("closed")])));
  writeFileSync(at("named.json"), JSON.stringify(config([at("closed/c.img")])));
  writeFileSync(at("loop.json"), JSON.stringify(config([at("open/*")])));
  const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: at("dvm.json") };
  const isRoot = process.getuid?.() === 0;
  const asUser = isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
  // What tap has its processes load writes where another user may not.
  const node = ["env", "-u", "NODE_OPTIONS", process.execPath];
  const dvm = (line: string, as = asUser) =>
    run([...as, ...node, bundle, ...line.split(" ")], { cwd: dir, env });
  const made = await dvm(`init vg a.img b.img --region-size 1M --extent-size 1M`, []);
  if (made.status !== 0) throw new Error(made.stderr);
  rmSync(at("lock"), { recursive: true });
  if (existsSync(at("dm.json"))) rmSync(at("dm.json"));
  for (const name of ["a.img", "b.img", "fresh.img"]) chmodSync(at(name), 0);
  chmodSync(at("closed"), 0);
  symlinkSync("itself", at("open/itself"));
  if (isRoot) {
    for (const name of ["open", "open/itself"]) lchownSync(at(name), 65534, 65534);
    chownSync(at("dvm.json"), 65534, 65534);
  }
  const rows: readonly (readonly [line: string, says: RegExp])[] = [
    [
      "report vg",
      /belongs to a VG vg, but 3 devices could not be looked at \(.*permission denied: run as root\)/,
    ],
    ["activate vg", /3 devices could not be looked at/],
    ["-c dvm.json discover find vg", /3 devices could not be looked at/],
    ["-c dvm.json discover list", /no labelled device was found, but 3 devices could not be looked at/],
    ["-c closed.json discover find vg", /one device could not be looked at \(.*closed: permission denied/],
    ["-c directory.json discover find vg", /closed: permission denied/],
    ["-c named.json discover find vg", /closed\/c\.img: permission denied/],
    [
      "-c loop.json discover find vg",
      /one device could not be looked at \(.*itself: too many symbolic links/,
    ],
    ["init other fresh.img", /fresh\.img: may not be written: permission denied/],
    ["init other closed/c.img", /closed\/c\.img: permission denied/],
  ];
  for (const [line, says] of rows) {
    const { status, stderr } = await dvm(line);
    t.equal(status, 1, line);
    t.match(stderr.split("\n").at(-2), says, line);
    t.notMatch(stderr, /READ_ONLY|read-only/, line);
  }
  chmodSync(at("a.img"), 0o444);
  chmodSync(at("b.img"), 0o444);
  const found = await dvm("-c dvm.json discover find vg");
  t.equal(found.status, 0, found.stderr);
  t.match(
    found.stderr,
    /not used: .*fresh\.img: permission denied/,
    "what is found is found, with a warning",
  );
  const dry = await dvm("expand vg a.img --dry-run");
  t.match([dry.status, dry.stderr], [1, /a\.img: may not be written: permission denied/]);
  const changed = await dvm("run vg -- create-lv --name x --size 1M");
  t.match([changed.status, changed.stderr], [3, /may not be written: permission denied/], "nor changed");
  chmodSync(at("closed"), 0o700);
});
