/** What an export or `replicate read` is not written over, by name, before a byte of it is written. */
import t from "tap";
import { addDevices } from "../../../src/core/discover/add.ts";
import { type DestinationRequest, openDestination } from "../../../src/core/discover/destination.ts";
import { signatures } from "../../../src/core/discover/signatures.ts";
import type { SimCandidate } from "../../../src/core/sim/sim-scanner.ts";
import { adding, type LabelWorld, labelWorld, MIB } from "../../lib/label-world.ts";

const OTHER = { id: "0".repeat(32), name: "read" };

/** Files that are written are kept by name. */
function machine(os: Partial<SimCandidate> = {}) {
  const world = labelWorld();
  world.disk("/dev/a", 8 * MIB, { dev: "8:0", ...os });
  const files = new Map<string, Buffer>();
  const sink = (path: string) => {
    const parts: Uint8Array[] = [];
    return {
      write: async (bytes: Uint8Array) => void parts.push(Buffer.from(bytes)),
      finish: async () => void files.set(path, Buffer.concat(parts)),
      abandon: async () => undefined,
    };
  };
  const absent = () => Promise.reject(new Error("not asked for"));
  const sys = {
    ...world.sys,
    ownFiles: [{ path: "/dm.json", what: "the state of the simulated device-mapper" }],
    files: {
      openSink: async (path: string) => sink(path),
      checkLinks: async () => undefined,
      read: async (path: string) => world.disks.bytes(path),
      readIfThere: absent,
      write: absent,
      openSource: absent,
      withTemporary: absent,
    },
  };
  const open = (path: string, more: Partial<DestinationRequest> = {}) =>
    openDestination(sys, { path, size: MIB, force: false, sources: [], scanned: [], ...more });
  return { world, files, open };
}

const mark = (world: LabelWorld, path: string, name: string): void => {
  const signature = signatures.find((each) => each.name === name);
  if (!signature) throw new Error(`no signature ${name}`);
  const bytes = world.disks.bytes(path);
  for (const offset of signature.at(bytes.length)) signature.magic.copy(bytes, offset);
};

t.test("disks that are in use, nor with --force", async (t) => {
  const rows: readonly (readonly [string, Partial<SimCandidate>, string, RegExp])[] = [
    ["mounted", { mountedOn: "/srv" }, "IN_USE", /^\/dev\/a: is mounted on \/srv$/],
    ["swap", { mountedOn: "[SWAP]" }, "IN_USE", /is used as swap$/],
    ["held", { holders: [{ name: "dm-3", dmUuid: "LVM-x" }] }, "IN_USE", /is in use by dm-3$/],
    ["with a loop device over it", { over: () => [{ name: "loop1" }] }, "IN_USE", /is in use by loop1$/],
    ["a path", { fsType: "mpath_member" }, "IN_USE", /is a path of a multipath device$/],
    ["read-only", { readOnly: true }, "READ_ONLY", /is read-only$/],
    ["stopped", { unreachable: "is suspended" }, "IN_USE", /is suspended$/],
  ];
  for (const [what, os, code, message] of rows)
    for (const force of [false, true]) {
      const { world, open } = machine(os);
      await t.rejects(open("/dev/a", { force }), { code, message }, `${what}, force ${force}`);
      t.ok(world.disks.bytes("/dev/a").equals(Buffer.alloc(8 * MIB)), "is untouched");
    }
});

t.test("disks that hold something, unless it is forced", async (t) => {
  const rows: readonly (readonly [string, Partial<SimCandidate>, string | undefined, string, RegExp])[] = [
    ["a file system", {}, "ext2, ext3 or ext4 file system", "SIGNATURE", /has ext2.*--force wipes it$/],
    ["LVM2", {}, "LVM2 physical volume", "SIGNATURE", /has LVM2 physical volume; --force wipes it$/],
    ["partitions", { partitioned: true }, undefined, "SIGNATURE", /is partitioned/],
    ["an LV that is live", { dmUuid: `DVM-${"1".repeat(64)}` }, undefined, "IN_USE", /is a live LV; --force/],
    ["what only begins as ours do", { dmUuid: "DVM-1" }, undefined, "IN_USE", /is a live LV; --force/],
    ["one of LVM2", { dmUuid: `LVM-${"x".repeat(64)}` }, undefined, "IN_USE", /is a live LV; --force/],
  ];
  for (const [what, os, name, code, message] of rows) {
    const { world, open } = machine(os);
    if (name !== undefined) mark(world, "/dev/a", name);
    const before = Buffer.from(world.disks.bytes("/dev/a"));
    await t.rejects(open("/dev/a"), { code, message }, what);
    t.ok(world.disks.bytes("/dev/a").equals(before), `${what} is untouched`);
    const sink = await open("/dev/a", { force: true });
    await sink.write(Buffer.alloc(MIB + 100, "x"));
    await sink.finish();
    const after = Buffer.concat([Buffer.alloc(MIB + 100, "x"), Buffer.alloc(7 * MIB - 100)]);
    t.ok(world.disks.bytes("/dev/a").equals(after), `${what}: with --force nothing of it is left`);
  }
});

t.test("members of VGs", async (t) => {
  for (const dev of ["8:0", null]) {
    const { world, files, open } = machine({ dev });
    const { vg } = await addDevices(world.sys, adding("vg", ["/dev/a"], { isNew: true }));
    const before = Buffer.from(world.disks.bytes("/dev/a"));
    const ofOther = { code: "SIGNATURE", message: /another dvm label \(of VG vg, / };
    await t.rejects(open("/dev/a", { vg: OTHER }), ofOther, "of another VG");
    const ofRead = { code: "IN_USE", message: /\/dev\/a: belongs to VG vg, which is read$/ };
    await t.rejects(open("/dev/a", { vg, force: true }), ofRead, "of the one that is read, forced");
    const isRead = { code: "IN_USE", message: /is one of the devices that are read/ };
    await t.rejects(open("/dev/a", { sources: ["/dev/a"], force: true }), isRead, "that is read, forced");
    before[5000] = (before[5000] ?? 0) ^ 1;
    before.copy(world.disks.bytes("/dev/a"));
    world.disks.bytes("/dev/a").fill(0, 512 * 1024, 768 * 1024);
    const damaged = { code: "SIGNATURE", message: /a damaged dvm label/ };
    await t.rejects(open("/dev/a"), damaged, "whose label is damaged");
    t.same([...files.keys()], [], "no file was made");
  }
});

t.test("files", async (t) => {
  const { world, files, open } = machine();
  world.disk("/image", 8 * MIB);
  world.disk("/dm.json", 8 * MIB);
  mark(world, "/image", "ext2, ext3 or ext4 file system");
  const write = async (path: string, more: Partial<DestinationRequest> = {}) => {
    const sink = await open(path, more);
    await sink.write(Buffer.from(path));
    await sink.finish();
    t.equal(files.get(path)?.toString(), path);
  };
  await write("/new");
  await write("/image");
  const scanned = { code: "IN_USE", message: /is among the disks that are looked at; --force replaces it/ };
  await t.rejects(open("/image", { scanned: ["/none*", "/im*"] }), scanned, "that the scan finds");
  await write("/image", { scanned: ["/im*"], force: true });
  await write("/new", { scanned: ["/ne*", "/absent"] });
  await t.rejects(open("/dm.json", { force: true }), { code: "IN_USE", message: /state of the simulated/ });

  world.change("/image", { over: () => [{ name: "loop4" }] });
  await t.rejects(open("/image", { force: true }), { code: "IN_USE", message: /is in use by loop4$/ });
});

t.test("a file that becomes a disk while it is being written", async (t) => {
  const { world, files, open } = machine();
  world.disk("/image", 8 * MIB);
  const sink = await open("/image");
  await sink.write(Buffer.alloc(512));
  await addDevices(world.sys, adding("vg", ["/image"], { isNew: true }));
  await t.rejects(sink.finish(), { code: "SIGNATURE" });
  t.same([...files.keys()], []);
});

t.test("a disk that is too small", async (t) => {
  const { open } = machine();
  const message = /\/dev\/a: has 8388608 bytes, fewer than the 9437184 that are written/;
  await t.rejects(open("/dev/a", { size: 9 * MIB }), { code: "TOO_LARGE", message });
});
