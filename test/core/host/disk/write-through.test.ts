/**
 * Writes that are durable by themselves: where they may be relied upon, and what becomes of those that cannot
 * be had.
 */
import fs from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { makeDescriptors } from "../../../../src/core/host/disk/descriptors.ts";
import { makeFence } from "../../../../src/core/host/disk/fence.ts";
import { hostDevice } from "../../../../src/core/host/disk/host-device.ts";
import { rawIo, type Write } from "../../../../src/core/host/disk/raw-io.ts";
import { makeMayWriteThrough } from "../../../../src/core/host/disk/write-through.ts";

t.test("a driver that forgets what it was not asked to flush is not relied upon", (t) => {
  const root = t.testdir({
    loaded: { dm_mod: { initstate: "live" }, dm_crypt: {} },
    without: { loop: {} },
    within: { dm_mod: {} },
    usual: "kernel/drivers/md/dm-mod.ko\nkernel/drivers/md/dm-crypt.ko\n",
    forgetful: "kernel/drivers/md/dm-mod.ko\nkernel/drivers/md/dm-zoned.ko\n",
  });
  const may = (modules: string, builtIn: string) =>
    makeMayWriteThrough({ modules: join(root, modules), builtIn: join(root, builtIn) })();
  for (const [modules, builtIn, expected] of [
    ["loaded", "usual", true],
    ["loaded", "nowhere", true],
    ["without", "nowhere", true],
    ["within", "usual", true],
    ["within", "forgetful", false],
    ["within", "nowhere", false],
    ["nowhere", "usual", false],
  ] as const)
    t.equal(may(modules, builtIn), expected, `${modules}, ${builtIn}`);
  const now = makeMayWriteThrough({ modules: join(root, "loaded"), builtIn: join(root, "usual") });
  for (const name of ["dm_writecache", "dm_zoned"]) {
    fs.mkdirSync(join(root, "loaded", name));
    t.equal(now(), false, name);
    fs.rmdirSync(join(root, "loaded", name));
    t.equal(now(), true, `no ${name}`);
  }
  t.end();
});

const failing = (code: string) => Object.assign(new Error(code), { code });

/** A file of 8 blocks whose writes through do as they are told. */
function opened(t: Test, { writeThrough, direct = true }: { writeThrough: Write; direct?: boolean }) {
  const path = join(t.testdir({ file: "" }), "file");
  fs.truncateSync(path, 4096);
  const calls: string[] = [];
  const io = {
    ...rawIo,
    write: ((...args: Parameters<Write>) => {
      calls.push("write");
      (rawIo.write as Write)(...args);
    }) as typeof rawIo.write,
    fdatasync: ((fd: number, done: fs.NoParamCallback) => {
      calls.push("sync");
      rawIo.fdatasync(fd, done);
    }) as typeof rawIo.fdatasync,
  };
  const device = hostDevice({
    io,
    fence: makeFence({ deadlineMs: 60_000, stuckLimit: () => 3 }),
    descriptors: makeDescriptors(1000),
    path,
    identity: path,
    fd: fs.openSync(path, "r+"),
    direct,
    writeThrough,
    closesAtOnce: false,
    reopenBuffered: async () => fs.openSync(path, "r+"),
    size: 4096,
    logicalBlockSize: 512,
  });
  return { path, device, calls };
}

t.test("where a driver refuses, it is a write and a flush", async (t) => {
  for (const [code, direct] of [
    ["EOPNOTSUPP", true],
    ["EOPNOTSUPP", false],
    ["EINVAL", true],
    ["EINVAL", false],
  ] as const) {
    const refuse: Write = (...args) => setImmediate(() => args[5](failing(code), 0));
    const { path, device, calls } = opened(t, { writeThrough: refuse, direct });
    await device.writeThrough?.(512, Buffer.alloc(1024, 7));
    t.same(calls, ["write", "sync"], `${code}, ${direct ? "O_DIRECT" : "page cache"}`);
    t.same([...new Set(fs.readFileSync(path).subarray(512, 1536))], [7]);
    await device.close();
  }
});

t.test(
  "short writes go on where they ended; errors are told, and nothing is tried in their place",
  async (t) => {
    const lengths: number[] = [];
    const short: Write = (fd, buffer, at, length, position, done) => {
      lengths.push(length);
      (rawIo.write as Write)(fd, buffer, at, Math.min(length, 512), position, done);
    };
    const { path, device, calls } = opened(t, { writeThrough: short });
    await device.writeThrough?.(0, Buffer.alloc(1536, 9));
    t.same(lengths, [1536, 1024, 512]);
    t.same(calls, []);
    t.same([...new Set(fs.readFileSync(path).subarray(0, 1536))], [9]);
    await device.close();

    const broken: Write = (...args) => setImmediate(() => args[5](failing("EIO"), 0));
    const bad = opened(t, { writeThrough: broken });
    await t.rejects(bad.device.writeThrough?.(0, Buffer.alloc(512)) ?? Promise.resolve(), {
      code: "IO",
      message: /write of 512 bytes at 0: EIO$/,
    });
    t.same(bad.calls, []);
    await bad.device.close();
  },
);
