/**
 * How the block layer of the machine deals with system calls that do half of the work, fail, or never answer.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { alignedBuffer } from "../../../../src/core/base/aligned.ts";
import { hostDisks } from "../../../../src/core/host/disk/disks.ts";
import { type RawIo, rawIo, ringIo } from "../../../../src/core/host/disk/raw-io.ts";
import { makeMayWriteThrough } from "../../../../src/core/host/disk/write-through.ts";

const MIB = 2 ** 20;
const FOREVER = 600_000;

function images(t: Test, ...names: string[]): string[] {
  const directory = t.testdir(Object.fromEntries(names.map((name) => [name, ""])));
  return names.map((name) => {
    fs.truncateSync(join(directory, name), MIB);
    return join(directory, name);
  });
}

type Calls = { [K in keyof RawIo]?: (...args: Parameters<RawIo[K]>) => void };

/** The system calls of the machine, some of them replaced. */
const calls = (replaced: Calls): RawIo => ({ ...rawIo, ...(replaced as Partial<RawIo>) });

const failing = (code: string) => Object.assign(new Error(code), { code });

/** The callback is always the last argument. */
const answer = (args: readonly unknown[], ...values: unknown[]): void =>
  void setImmediate(() => (args.at(-1) as (...values: unknown[]) => void)(...values));

t.test("short reads and writes go on where they ended", async (t) => {
  const [path = ""] = images(t, "a");
  const lengths: number[] = [];
  const short =
    (name: "read" | "write") =>
    (...args: unknown[]) => {
      const [fd, buffer, at, length, offset] = args as [number, Buffer, number, number, number];
      lengths.push(length);
      (rawIo[name] as (...args: unknown[]) => void)(
        fd,
        buffer,
        at,
        Math.min(length, 1024),
        offset,
        args.at(-1),
      );
    };
  const io = calls({ read: short("read"), write: short("write") } as Calls);
  const device = await hostDisks({ deadlineMs: FOREVER, io }).open(path, { write: true });
  const bytes = Buffer.from(Array.from({ length: 10 * 512 }, (_, at) => at % 251));
  await device.write(512, bytes);
  t.same(lengths, [5120, 4096, 3072, 2048, 1024]);
  const back = Buffer.alloc(bytes.length);
  await device.read(512, back);
  t.ok(back.equals(bytes));
  await device.close();
  t.ok(
    fs
      .readFileSync(path)
      .subarray(512, 512 + bytes.length)
      .equals(bytes),
    "it is really there",
  );
});

t.test("nothing read and nothing written is a failure, not an endless loop", async (t) => {
  const [path = ""] = images(t, "a");
  const none = (...args: unknown[]) => answer(args, null, 0);
  const io = calls({ read: none, write: none } as Calls);
  const device = await hostDisks({ deadlineMs: FOREVER, io }).open(path, { write: true });
  await t.rejects(device.read(0, Buffer.alloc(512)), {
    code: "IO",
    message: /a: read of 512 bytes at 0: EIO/,
  });
  await t.rejects(device.write(0, Buffer.alloc(512)), {
    code: "IO",
    message: /write of 512 bytes at 0: EIO/,
  });
  await device.close();
});

t.test("errors name the device, the place and the errno", async (t) => {
  const [path = ""] = images(t, "a");
  const io = calls({
    read: (...args: unknown[]) => answer(args, failing("EIO")),
    write: (...args: unknown[]) => answer(args, failing("ENOSPC")),
    fdatasync: (...args: unknown[]) => answer(args, failing("EREMOTEIO")),
  } as Calls);
  const device = await hostDisks({ deadlineMs: FOREVER, io }).open(path, { write: true });
  await t.rejects(device.read(4096, Buffer.alloc(512)), {
    message: `${path}: read of 512 bytes at 4096: EIO`,
  });
  await t.rejects(device.write(0, Buffer.alloc(512)), {
    code: "IO",
    message: /: no space left .*\(ENOSPC\)$/,
  });
  await t.rejects(device.flush(), { code: "IO", message: /flush: EREMOTEIO/ });
  await device.close();
});

t.test("where O_DIRECT does not work the page cache serves", async (t) => {
  const [path = ""] = images(t, "a");
  const opened: number[] = [];
  const open =
    (refuse: boolean) =>
    (...args: unknown[]) => {
      const [file, flags] = args as [string, number];
      opened.push(flags);
      if (refuse && flags & fs.constants.O_DIRECT) return answer(args, failing("EINVAL"));
      rawIo.open(file, flags & ~fs.constants.O_DIRECT, args.at(-1) as never);
    };
  const refused = await hostDisks({ deadlineMs: FOREVER, io: calls({ open: open(true) } as Calls) });
  const device = await refused.open(path, { write: true });
  t.equal(opened.length, 2, "opened without it");
  await device.write(0, Buffer.alloc(512, 5));
  await device.close();

  // As on a file system that takes larger blocks: opening works, transfers do not.
  const io = largeBlocks((refuse) => refuse());
  const strict = await hostDisks({ deadlineMs: FOREVER, io }).open(path, { write: true });
  await Promise.all([strict.write(512, Buffer.alloc(512, 6)), strict.write(1024, Buffer.alloc(512, 7))]);
  await strict.flush();
  await strict.close();
  t.same(
    [0, 512, 1024].map((at) => fs.readFileSync(path)[at]),
    [5, 6, 7],
  );
});

/** Opens without O_DIRECT in truth, and refuses writes through descriptors that were to have it. */
function largeBlocks(late: (refuse: () => void) => void) {
  const direct = new Set<number>();
  return calls({
    open: (...args: unknown[]) => {
      const [file, flags] = args as [string, number];
      rawIo.open(file, flags & ~fs.constants.O_DIRECT, (error, fd) => {
        if (flags & fs.constants.O_DIRECT) direct.add(fd);
        (args.at(-1) as (error: unknown, fd: number) => void)(error, fd);
      });
    },
    write: (...args: unknown[]) => {
      if (direct.has(args[0] as number)) late(() => answer(args, failing("EINVAL")));
      else (rawIo.write as (...args: unknown[]) => void)(...args);
    },
  } as Calls);
}

t.test(
  "a transfer that O_DIRECT refuses after another has reopened goes by the page cache too",
  async (t) => {
    const [path = ""] = images(t, "a");
    for (const through of [false, true]) {
      const refusals: (() => void)[] = [];
      const io = largeBlocks((refuse) => {
        refusals.push(refuse);
        if (refusals.length === 2) refusals[0]?.();
      });
      const device = await hostDisks({ deadlineMs: FOREVER, io }).open(path, { write: true, through });
      const write = device.writeThrough ?? device.write;
      const first = write(0, Buffer.alloc(512, 1));
      const second = write(512, Buffer.alloc(512, 2));
      await first;
      refusals[1]?.();
      await second;
      await device.close();
      t.same(
        [0, 512].map((at) => fs.readFileSync(path)[at]),
        [1, 2],
      );
    }
  },
);

t.test("what has taken the place of an open file is not written to", async (t) => {
  const [path = "", other = ""] = images(t, "a", "b");
  const io = largeBlocks((refuse) => refuse());
  const device = await hostDisks({ deadlineMs: FOREVER, io }).open(path, { write: true });
  fs.renameSync(other, path);
  await t.rejects(device.write(0, Buffer.alloc(512, 1)), { code: "IO", message: /has become another/ });
  await device.close();
  t.equal(fs.readFileSync(path)[0], 0);
});

t.test("a file where a device was is not taken for one whose writes are durable", async (t) => {
  const [path = ""] = images(t, "a");
  const opened: number[] = [];
  const io = calls({
    stat: (...args: unknown[]) =>
      answer(args, null, Object.assign(fs.statSync(path, { bigint: true }), { isBlockDevice: () => true })),
    open: (...args: unknown[]) => {
      opened.push(args[1] as number);
      (rawIo.open as (...args: unknown[]) => void)(...args);
    },
  } as Calls);
  const disks = hostDisks({ deadlineMs: FOREVER, io });
  await disks.identity(path);
  const device = await disks.open(path, { write: true, through: true });
  t.ok(
    device.writeThrough === undefined ||
      ((opened.at(-1) ?? 0) & fs.constants.O_DSYNC) === fs.constants.O_DSYNC,
  );
  await device.close();
});

t.test(
  "writes of a file are taken for durable where its file system and its disks are known to see to that",
  async (t) => {
    for (const [what, type, isRelied, expected] of [
      ["ext4", 0xef53, true, true],
      ["tmpfs", 0x01021994, true, true],
      ["ext4, over a driver that may forget", 0xef53, false, false],
      ["FUSE", 0x65735546, true, false],
      ["NFS", 0x6969, true, false],
      ["overlayfs", 0x794c7630, true, false],
    ] as const) {
      const [path = ""] = images(t, "a");
      let synced = 0;
      const flags: number[] = [];
      const io = calls({
        statfs: (...args: unknown[]) => answer(args, null, { type }),
        fdatasync: (...args: unknown[]) => {
          synced += 1;
          answer(args, null);
        },
        write: (...args: unknown[]) => {
          const info = fs.readFileSync(`/proc/self/fdinfo/${args[0]}`, "latin1");
          flags.push(Number.parseInt(/^flags:\s*(\d+)$/m.exec(info)?.[1] ?? "", 8));
          (rawIo.write as (...args: unknown[]) => void)(...args);
        },
      } as Calls);
      const disks = hostDisks({ deadlineMs: FOREVER, io, mayWriteThrough: () => isRelied });
      const device = await disks.open(path, { write: true, through: true });
      t.equal(device.writeThrough !== undefined, expected, what);
      await device.writeThrough?.(0, Buffer.alloc(512, 1));
      t.equal(flags.length, expected ? 1 : 0);
      // O_SYNC holds O_DSYNC.
      for (const each of flags)
        t.equal(each & fs.constants.O_DSYNC, fs.constants.O_DSYNC, "the kernel is asked for it");
      t.equal(synced, 0);
      await device.close();
      const without = await disks.open(path, { write: true });
      t.equal(without.writeThrough, undefined, "and nowhere when it is not asked for");
      await without.close();
    }
  },
);

for (const failure of [null, failing("EIO")]) {
  const what = failure ? "and what fails of it fails" : "a write and a flush";
  t.test(`a write through for which the ring has no room: ${what}`, async (t) => {
    await writeThroughWithoutRoom(t, failure);
  });
}

async function writeThroughWithoutRoom(t: Test, failure: Error | null): Promise<void> {
  const [path = ""] = images(t, "a");
  const done: string[] = [];
  const ring = ringIo(
    calls({
      fdatasync: (...args: unknown[]) => {
        done.push("flush");
        answer(args, failure);
      },
    } as Calls),
  );
  if (!ring) {
    t.pass("no ring", { skip: "no io_uring here" });
    return;
  }
  const pipe = join(path, "..", "pipe");
  execFileSync("mkfifo", [pipe]);
  const waiting = fs.openSync(pipe, fs.constants.O_RDWR);
  const byte = alignedBuffer(1);
  const reads = Array.from(
    { length: 256 },
    () => new Promise((resolve) => void ring.read(waiting, byte, 0, 1, -1, resolve)),
  );
  const fd = fs.openSync(path, "r+");
  await new Promise<void>((resolve) => {
    ring.writeThrough(fd, alignedBuffer(512).fill(3), 0, 512, 512, (error, count) => {
      done.push(error ? String(error.code) : `${count} bytes`);
      resolve();
    });
  });
  t.same(done, ["flush", failure ? "EIO" : "512 bytes"]);
  t.equal(fs.readFileSync(path)[600], 3);
  fs.writeFileSync(pipe, Buffer.alloc(256));
  await Promise.all(reads);
  fs.closeSync(waiting);
  fs.closeSync(fd);
}

/** Calls that never answer for one descriptor or path, and how often they were asked. */
function hanging(name: keyof RawIo, isHung: (...args: unknown[]) => boolean) {
  const asked: unknown[][] = [];
  const io = calls({
    [name]: (...args: unknown[]) => {
      if (!isHung(...args)) return (rawIo[name] as (...args: unknown[]) => void)(...args);
      asked.push(args);
    },
  } as Calls);
  return { io, asked };
}

t.test("a device that misses its deadline is left alone, by whatever path", async (t) => {
  const [path = "", other = ""] = images(t, "a", "b");
  fs.symlinkSync(path, `${path}-link`);
  const { io, asked } = hanging("read", (_, __, ___, ____, offset) => offset === 4096);
  const disks = hostDisks({ deadlineMs: 300, io });
  const device = await disks.open(path, { write: true });
  const open = await disks.open(path, { write: true });
  await t.rejects(device.read(4096, Buffer.alloc(512)), {
    code: "DEADLINE",
    message: `${path}: read of 512 bytes at 4096: no answer within 300 ms`,
  });
  const leftAlone = { code: "DEADLINE", message: /did not answer before and is left alone/ };
  await t.rejects(device.read(0, Buffer.alloc(512)), leftAlone);
  await t.rejects(device.write(0, Buffer.alloc(512, 9)), leftAlone);
  await t.rejects(device.flush(), leftAlone);
  await t.rejects(open.write(0, Buffer.alloc(512, 9)), leftAlone, "who had it open before, too");
  await t.rejects(disks.open(path, { write: false }), { code: "DEADLINE" });
  await t.rejects(disks.open(`${path}-link`, { write: false }), leftAlone, "another name of it");
  await device.close();
  await open.close();
  t.equal(asked.length, 1, "it was asked once");
  t.equal(fs.readFileSync(path)[0], 0, "and not written to");

  const second = await disks.open(other, { write: true });
  await second.write(0, Buffer.alloc(512, 1));
  await second.close();
  t.equal(fs.readFileSync(other)[0], 1, "others go on");
});

t.test("who asked for an identity opens without another look, and has what is there then", async (t) => {
  const [path = "", other = ""] = images(t, "a", "b");
  let looks = 0;
  const io = calls({
    stat: (...args: unknown[]) => {
      looks += 1;
      (rawIo.stat as (...args: unknown[]) => void)(...args);
    },
    read: () => undefined,
  } as Calls);
  const disks = hostDisks({ deadlineMs: 300, io });
  const before = await disks.identity(path);
  const first = await disks.open(path, { write: false });
  t.equal(looks, 1);
  await first.close();
  await (await disks.open(path, { write: false })).close();
  t.equal(looks, 1, "nor is a file looked at before it is opened");
  const again = await disks.open(path, { write: false });
  t.equal(await disks.identity(path), before);
  t.equal(looks, 1, "nor again while it is open");
  await again.close();
  await disks.identity(path);
  t.equal(looks, 2, "but who does not have it open asks");
  fs.renameSync(other, path);
  const swapped = await disks.open(path, { write: false });
  await t.rejects(swapped.read(0, Buffer.alloc(512)), { code: "DEADLINE" });
  t.not(await disks.identity(path), before);
  await t.rejects(
    disks.open(path, { write: false }),
    { code: "DEADLINE" },
    "the one that hung is the one that is left alone",
  );
});

t.test("files beside one on a local file system are asked at once, and are who they are", async (t) => {
  const [path = "", other = ""] = images(t, "a", "b");
  if (![0xef53, 0x01021994].includes(fs.statfsSync(path).type) || !makeMayWriteThrough()()) {
    t.pass("not known to be local", { skip: "ext4 and tmpfs are, without a driver that forgets writes" });
    return;
  }
  const asked: string[] = [];
  const io = calls({
    fstat: (...args: unknown[]) => {
      asked.push("thread");
      (rawIo.fstat as (...args: unknown[]) => void)(...args);
    },
    fstatSync: ((...args: Parameters<typeof fs.fstatSync>) => {
      asked.push("at once");
      return fs.fstatSync(...args);
    }) as never,
  } as Calls);
  const disks = hostDisks({ deadlineMs: FOREVER, io });
  const first = await disks.open(path, { write: true, through: true });
  fs.truncateSync(other, 2 * MIB);
  const second = await disks.open(other, { write: true, through: true });
  t.same(asked, ["thread", "at once"]);
  t.equal(second.size, 2 * MIB);
  t.not(await disks.identity(path), await disks.identity(other));
  t.same([typeof first.writeThrough, typeof second.writeThrough], ["function", "function"]);
  await first.close();
  await second.close();
  await t.rejects(disks.open(join(path, ".."), { write: false }), { code: "BAD_INPUT" });
});

t.test("what comes too late does not go on", async (t) => {
  const [path = ""] = images(t, "a");
  const { io, asked } = hanging("write", () => true);
  const device = await hostDisks({ deadlineMs: 300, io }).open(path, { write: true });
  // Two pieces: the second may not follow when the first comes back at last.
  await t.rejects(device.write(0, Buffer.alloc(MIB / 2, 1)), { code: "DEADLINE" });
  t.equal(asked.length, 1);
  const [args = []] = asked;
  (args.at(-1) as (error: null, count: number) => void)(null, args[3] as number);
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  t.equal(asked.length, 1, "nothing was sent after it");
  await device.close();
});

for (const name of ["stat", "open", "fstat", "fdatasync"] as const) {
  t.test(`a device that hangs in ${name}`, async (t) => {
    const [path = "", other = ""] = images(t, "a", "b");
    const { io } = hanging(name, (what) => what === path || typeof what === "number");
    const disks = hostDisks({ deadlineMs: 300, io });
    const use = async () => {
      await disks.identity(path);
      const device = await disks.open(path, { write: true });
      await device.flush();
    };
    await t.rejects(use(), { code: "DEADLINE", message: new RegExp(`^${path}: .*no answer within 300 ms`) });
    if (name === "stat" || name === "open") await (await disks.open(other, { write: false })).close();
  });
}

t.test("when every thread is stuck, further devices are refused at once", async (t) => {
  const names = Array.from({ length: 64 }, (_, index) => `d${index}`);
  const paths = images(t, ...names);
  const { io } = hanging("read", () => true);
  const disks = hostDisks({ deadlineMs: 1000, io });
  const devices = await Promise.all(paths.map((path) => disks.open(path, { write: false })));
  const hung = devices
    .slice(0, 63)
    .map((device) => t.rejects(device.read(0, Buffer.alloc(512)), { code: "DEADLINE" }));
  await Promise.all(hung);
  await t.rejects(devices[63]?.read(0, Buffer.alloc(512)) ?? Promise.resolve(), {
    code: "DEADLINE",
    message: /not tried: 63 others do not answer/,
  });
});

/** open(2) of a process that may have so many descriptors. */
function limited(most: number) {
  const held = new Set<number>();
  let refused = 0;
  const io = calls({
    open: (...args: unknown[]) => {
      if (held.size >= most) {
        refused += 1;
        return answer(args, failing("EMFILE"));
      }
      const fd = fs.openSync(args[0] as string, (args[1] as number) & ~fs.constants.O_DIRECT);
      held.add(fd);
      answer(args, null, fd);
    },
    close: (...args: unknown[]) => {
      held.delete(args[0] as number);
      (rawIo.close as (...args: unknown[]) => void)(...args);
    },
  } as Calls);
  return { io, refusals: () => refused };
}

t.test("who finds no descriptor waits for one of ours to be closed", async (t) => {
  const paths = images(t, ...Array.from({ length: 40 }, (_, index) => `d${index}`));
  const { io, refusals } = limited(3);
  const disks = hostDisks({ deadlineMs: FOREVER, io });
  const read = await Promise.all(
    paths.map(async (path) => {
      const device = await disks.open(path, { write: false });
      await device.read(0, Buffer.alloc(512));
      await device.close();
      return path;
    }),
  );
  t.same(read, paths);
  t.ok(refusals() > 0, "the limit was met");
});

t.test("who waits in vain for a descriptor is told so", async (t) => {
  const [a = "", b = ""] = images(t, "a", "b");
  const { io } = limited(1);
  const disks = hostDisks({ deadlineMs: 500, io });
  const device = await disks.open(a, { write: false });
  await t.rejects(disks.open(b, { write: false }), { code: "IO", message: /b: too many open files/ });
  await device.close();
  await (await disks.open(b, { write: false })).close();
  const none = hostDisks({ deadlineMs: FOREVER, io: limited(0).io });
  await t.rejects(
    none.open(a, { write: false }),
    { code: "IO", message: /too many open files/ },
    "nor for nothing",
  );
});

t.test("what is no device", async (t) => {
  const directory = t.testdir({ empty: "", small: "x".repeat(511) });
  const disks = hostDisks({ deadlineMs: FOREVER });
  for (const [path, message] of [
    [directory, /is a directory/],
    [join(directory, "empty"), /is empty/],
    [join(directory, "small"), /is less than one sector/],
    ["/dev/null", /is a character device/],
    [join(directory, "a\0b"), /is no path/],
    ["/dev/a\0b", /is no path/],
  ] as const) {
    await t.rejects(disks.open(path, { write: false }), { code: "BAD_INPUT", message }, path);
  }
  await t.rejects(disks.open(join(directory, "empty", "x"), { write: false }), { code: "NOT_FOUND" });
});
