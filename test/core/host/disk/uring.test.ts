/** Transfers by io_uring do what those by threads do, and leave nothing behind. */
import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, readSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { alignedBuffer } from "../../../../src/core/base/aligned.ts";
import { isNewEnough, openUring, type Uring } from "../../../../src/core/host/disk/uring.ts";

const ring = openUring(8);
const skip = ring === undefined && "no io_uring here";

const read = (
  from: Uring,
  fd: number,
  length: number,
  position: number,
  buffer = alignedBuffer(length),
  at = 0,
) =>
  new Promise<{ count: number; bytes: Buffer }>((resolve, reject) => {
    const taken = from.read(fd, buffer, at, length, position, (error, count) => {
      if (error) reject(error);
      else resolve({ count, bytes: buffer.subarray(at, at + count) });
    });
    if (!taken) reject(Object.assign(new Error("not taken"), { code: "FULL" }));
  });

t.test("a kernel whose ring knows no plain reads and writes is not asked for them", (t) => {
  for (const [kernel, features, expected] of [
    ["5.1", 0, false],
    ["5.4", 0b1, false],
    ["5.5", 0b111, false],
    ["5.6", 0b11111, true],
    ["6.1", 0xfff, true],
  ] as const)
    t.equal(isNewEnough(features), expected, `Linux ${kernel}`);
  t.end();
});

t.test("reads", { skip }, async (t) => {
  if (!ring) return;
  const path = join(t.testdir({ file: "" }), "file");
  const content = Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * 7 + (at >> 9)) & 0xff));
  writeFileSync(path, content);
  const fd = openSync(path, "r");
  for (const [length, position] of [
    [1, 0],
    [4096, 512],
    [65536, 4096],
    [512, 99_999],
  ] as const) {
    const { bytes } = await read(ring, fd, length, position);
    t.ok(bytes.equals(content.subarray(position, position + length)), `${length} bytes at ${position}`);
  }
  t.equal((await read(ring, fd, 512, 200_000)).count, 0, "behind the end there is nothing");
  const buffer = alignedBuffer(8192).fill(0xee);
  await read(ring, fd, 100, 300, buffer, 1000);
  t.ok(buffer.subarray(1000, 1100).equals(content.subarray(300, 400)), "into the middle of a buffer");
  t.ok(
    buffer.subarray(0, 1000).every((byte) => byte === 0xee) &&
      buffer.subarray(1100).every((byte) => byte === 0xee),
  );

  for (let round = 0; round < 300; round += 1) {
    const places = Array.from({ length: 8 }, (_, index) => (round * 8 + index) * 40);
    const all = await Promise.all(places.map((position) => read(ring, fd, 64, position)));
    if (
      !all.every(({ bytes }, index) =>
        bytes.equals(content.subarray(places[index], (places[index] ?? 0) + 64)),
      )
    )
      t.fail(`round ${round}`);
  }
  t.pass("2,400 reads, eight at once, round and round the queues");
  closeSync(fd);
  await t.rejects(read(ring, fd, 512, 0), { code: "EBADF" }, "errors come with their names");
});

const write = (
  to: Uring,
  fd: number,
  buffer: Buffer,
  at: number,
  length: number,
  position: number,
  how: "write" | "writeThrough" = "write",
) =>
  new Promise<number>((resolve, reject) => {
    const taken = to[how](fd, buffer, at, length, position, (error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
    if (!taken) reject(Object.assign(new Error("not taken"), { code: "FULL" }));
  });

t.test("writes", { skip }, async (t) => {
  if (!ring) return;
  const path = join(t.testdir({ file: "" }), "file");
  const expected = Buffer.alloc(8 * 300 * 64);
  const fd = openSync(path, "r+");
  for (let round = 0; round < 300; round += 1) {
    const counts = await Promise.all(
      Array.from({ length: 8 }, (_, index) => {
        const position = (round * 8 + index) * 64;
        const bytes = alignedBuffer(4096).fill(round * 8 + index);
        bytes.copy(expected, position, 100, 164);
        return write(ring, fd, bytes, 100, 64, position, index % 2 === 0 ? "write" : "writeThrough");
      }),
    );
    if (counts.some((count) => count !== 64)) t.fail(`round ${round}: ${counts}`);
  }
  t.ok(readFileSync(path).equals(expected), "2,400 writes, eight at once, from the middle of their buffers");
  closeSync(fd);
  await t.rejects(write(ring, fd, alignedBuffer(512), 0, 512, 0), { code: "EBADF" });
  const readable = openSync(path, "r");
  await t.rejects(write(ring, readable, alignedBuffer(512), 0, 512, 0), { code: "EBADF" }, "read-only");
  closeSync(readable);
  t.ok(readFileSync(path).equals(expected), "what failed changed nothing");
  const full = openSync("/dev/full", "r+");
  await t.rejects(
    write(ring, full, alignedBuffer(512), 0, 512, 0),
    { code: "ENOSPC" },
    "errors are not lost",
  );
  closeSync(full);
});

t.test(
  "a write is done when its bytes are taken, not before, and takes what its buffer holds",
  { skip },
  async (t) => {
    if (!ring) return;
    const pipe = join(t.testdir({}), "pipe");
    execFileSync("mkfifo", [pipe]);
    const fd = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    const block = Buffer.alloc(65536, 1);
    while (tryWrite(fd, block));
    const blocking = openSync(pipe, constants.O_RDWR);
    let answered = 0;
    const hanging = [2, 3].map((value) =>
      write(ring, blocking, alignedBuffer(4096).fill(value), 0, 4096, -1).then((count) => {
        answered += count;
      }),
    );
    await write(ring, openSync("/dev/null", "r+"), block, 0, 512, 0);
    t.equal(answered, 0, "one that can be done overtakes them");
    const seen: Buffer[] = [];
    const chunk = Buffer.alloc(65536);
    const drain = () => {
      for (let count = tryRead(fd, chunk); count > 0; count = tryRead(fd, chunk))
        seen.push(Buffer.from(chunk.subarray(0, count)));
    };
    drain();
    await Promise.all(hanging);
    drain();
    t.equal(answered, 8192);
    const ends = Buffer.concat(seen).subarray(-8192);
    t.same(
      [2, 3].map((value) => ends.filter((byte) => byte === value).length),
      [4096, 4096],
    );
    closeSync(fd);
    closeSync(blocking);
  },
);

t.test("what does not answer fills the ring, and is answered when it does", { skip }, async (t) => {
  if (!ring) return;
  const pipe = join(t.testdir({}), "pipe");
  execFileSync("mkfifo", [pipe]);
  const fd = openSync(pipe, constants.O_RDWR);
  const hanging = Array.from({ length: 8 }, () => read(ring, fd, 1, -1));
  await t.rejects(read(ring, fd, 1, -1), { code: "FULL" }, "the ninth is not taken");
  writeFileSync(pipe, "12345678");
  const answers = await Promise.all(hanging);
  t.equal(
    answers
      .map(({ bytes }) => bytes.toString())
      .sort()
      .join(""),
    "12345678",
  );
  closeSync(fd);
  const again = openSync(pipe, constants.O_RDWR);
  writeFileSync(pipe, "x");
  t.equal((await read(ring, again, 1, -1)).bytes.toString(), "x", "and then there is room again");
  closeSync(again);
  t.ok(readFileSync("/proc/self/maps", "latin1").includes("io_uring"));
});

/** On a pipe that does not block. @returns false when it is full */
function tryWrite(fd: number, bytes: Uint8Array): boolean {
  try {
    return writeSync(fd, bytes) > 0;
  } catch {
    return false;
  }
}

/** On a pipe that does not block. @returns 0 when it is empty */
function tryRead(fd: number, buffer: Uint8Array): number {
  try {
    return readSync(fd, buffer);
  } catch {
    return 0;
  }
}
