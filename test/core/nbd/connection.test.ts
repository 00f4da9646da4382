/** What each option and request is answered with, byte by byte; and nothing else that a client sends matters. */
import t from "tap";
import { DvmError } from "../../../src/core/base/error.ts";
import { Connection } from "../../../src/core/nbd/connection.ts";
import type { NbdExport } from "../../../src/core/nbd/export.ts";
import { SimClient } from "../../../src/core/sim/sockets.ts";
import {
  answer,
  chosen,
  greeted,
  memoryExport,
  option,
  reply,
  request,
  text,
  u16,
  u32,
} from "../../lib/nbd-client.ts";
import { random } from "../../lib/random.ts";

const MIB = 1 << 20;
const SIZE = 40 * MIB;
const [READ, WRITE, DISC, FLUSH, TRIM, ZEROES, STATUS] = [0, 1, 2, 3, 4, 6, 7];
const [FUA, DF, ONE] = [1, 4, 8];
const [EPERM, EIO, EINVAL, ENOSPC, EOVERFLOW] = [1, 5, 22, 28, 75];

const content = Buffer.alloc(SIZE);
for (let at = 0; at < SIZE; at += 4) content.writeUInt32LE(Math.imul(at + 1, 2654435761) >>> 0, at);

function served(named: Readonly<Record<string, NbdExport>>) {
  const client = new SimClient();
  const told: string[] = [];
  const find = async (name: string) => named[name];
  const connection = new Connection(client.channel, { names: Object.keys(named), find }, (m) => told.push(m));
  return { client, connection, told, ended: connection.run() };
}

const one = (more: Partial<NbdExport> = {}) => {
  const bytes = Buffer.from(content);
  const its = memoryExport(bytes, more);
  return { ...served({ "": its, root: its }), bytes, log: its.log };
};

t.test("options", async (t) => {
  const rows: [string, readonly Buffer[], readonly (readonly [number, string])[] | "closed"][] = [
    [
      "LIST",
      [option(3)],
      [
        [2, "00000000"],
        [2, "00000004726f6f74"],
        [1, ""],
      ],
    ],
    ["LIST with data", [option(3, u16(0))], [[2 ** 31 + 3, ""]]],
    ["STARTTLS", [option(5)], [[2 ** 31 + 1, ""]]],
    ["what nobody knows", [option(99, text("x"))], [[2 ** 31 + 1, ""]]],
    ["ABORT", [option(2)], [[1, ""]]],
    [
      "INFO with name and block size",
      [option(6, text("root"), u16(2), u16(1), u16(3))],
      [
        [3, "00000000000002800000016d"],
        [3, `0001${Buffer.from("root").toString("hex")}`],
        [3, "0003000002000000100002000000"],
        [1, ""],
      ],
    ],
    ["INFO of what there is not", [option(6, text("x"), u16(0))], [[2 ** 31 + 6, "*"]]],
    ["INFO that is too short", [option(6, text("root"), u16(2), u16(1))], [[2 ** 31 + 3, ""]]],
    ["INFO that is too long", [option(6, text("root"), u16(0), u16(1))], [[2 ** 31 + 3, ""]]],
    ["a name that is longer than the option", [option(6, u32(99), u16(0))], [[2 ** 31 + 3, ""]]],
    ["a context without structured replies", [option(10, text(""), u32(0))], [[2 ** 31 + 3, ""]]],
    ["STRUCTURED_REPLY with data", [option(8, u16(0))], [[2 ** 31 + 3, ""]]],
    [
      "contexts, listed",
      [option(8), option(9, text(""), u32(0))],
      [
        [1, ""],
        [4, `00000000${Buffer.from("base:allocation").toString("hex")}`],
        [1, ""],
      ],
    ],
    [
      "contexts, set, another too",
      [option(8), option(10, text(""), u32(2), text("x:y"), text("base:allocation"))],
      [
        [1, ""],
        [4, `00000001${Buffer.from("base:allocation").toString("hex")}`],
        [1, ""],
      ],
    ],
    [
      "contexts that are not ours",
      [option(8), option(10, text(""), u32(1), text("base:"))],
      [
        [1, ""],
        [1, ""],
      ],
    ],
    [
      "more queries than there are",
      [option(8), option(10, text(""), u32(2 ** 32 - 1))],
      [
        [1, ""],
        [2 ** 31 + 3, ""],
      ],
    ],
    ["EXPORT_NAME of what there is not", [option(1, Buffer.from("x"))], "closed"],
    ["an option of 4 GiB", [Buffer.concat([Buffer.from("IHAVEOPT"), u32(6), u32(2 ** 32 - 1)])], "closed"],
    ["something else than an option", [Buffer.alloc(16, "x")], "closed"],
  ];
  for (const [what, send, expected] of rows) {
    const { client } = one();
    await greeted(client);
    client.send(...send);
    if (expected === "closed") {
      t.equal(await answer(client), undefined, `${what}: the connection is closed`);
      continue;
    }
    for (const [type, hex] of expected) {
      const [gotType, data] = (await answer(client)) ?? [];
      t.equal(gotType, type, what);
      if (hex !== "*") t.equal(data?.toString("hex"), hex, what);
    }
  }
});

t.test("flags of a client that are not known, and the old way to choose", async (t) => {
  const unknown = one();
  await greeted(unknown.client, 4);
  t.equal(await unknown.client.take(1), undefined, "closed");
  for (const [flags, zeroes] of [
    [1, 124],
    [3, 0],
  ] as const) {
    const { client, ended } = one({ isReadOnly: true });
    await greeted(client, flags);
    client.send(option(1, Buffer.from("root")));
    t.equal((await client.take(10))?.toString("hex"), "0000000002800000" + "0107", "size and flags");
    t.ok(((await client.take(zeroes)) as Buffer).equals(Buffer.alloc(zeroes)));
    client.send(request(READ, { offset: 512, length: 1024 }));
    t.ok((await reply(client, 1024))?.data.get(0)?.equals(content.subarray(512, 1536)));
    client.send(request(DISC));
    await ended;
    t.ok(client.isClosed);
  }
});

t.test("reads, whole and in pieces, aligned or not", async (t) => {
  const { client } = one();
  await chosen(client, "root");
  for (const [offset, length] of [
    [0, 512],
    [1, 3],
    [MIB - 1, 2],
    [777, 5 * MIB + 3],
    [SIZE - 1, 1],
    [8 * MIB, 32 * MIB],
    [5, 0],
  ] as const) {
    client.send(request(READ, { offset, length }));
    const { data, errno } = (await reply(client)) ?? {};
    const got = Buffer.concat([...(data ?? [])].sort(([a], [b]) => a - b).map(([, bytes]) => bytes));
    t.equal(errno, 0);
    t.ok(got.equals(content.subarray(offset, offset + length)), `${length} bytes at ${offset}`);
    t.equal(Math.min(...(data ?? new Map([[offset, 0]])).keys(), offset), offset);
  }
  const simple = one();
  await chosen(simple.client, "", false);
  simple.client.send(
    request(READ, { offset: 3, length: 4 * MIB }),
    request(READ, { offset: 0, length: 512 }),
  );
  for (const [offset, length] of [
    [3, 4 * MIB],
    [0, 512],
  ] as const)
    t.ok(
      (await reply(simple.client, length))?.data.get(0)?.equals(content.subarray(offset, offset + length)),
    );
});

t.test("writes, zeroes, trims and flushes", async (t) => {
  const { client, bytes, log } = one();
  await chosen(client);
  const data = Buffer.alloc(3 * MIB, "written");
  client.send(request(WRITE, { offset: 512, length: data.length }), data.subarray(0, 5));
  client.send(data.subarray(5));
  t.equal((await reply(client))?.errno, 0);
  t.ok(bytes.subarray(512, 512 + data.length).equals(data));
  log.length = 0;
  client.send(request(WRITE, { flags: FUA, offset: 0, length: 512 }), data.subarray(0, 512));
  await reply(client);
  t.strictSame(log, ["write 0+512", "flush"], "FUA flushes before it is answered");
  log.length = 0;
  client.send(request(ZEROES, { offset: MIB, length: 2 * MIB }));
  t.equal((await reply(client))?.errno, 0);
  t.ok(bytes.subarray(MIB, 3 * MIB).equals(Buffer.alloc(2 * MIB)));
  t.strictSame(log, [`write ${MIB}+${MIB}`, `write ${2 * MIB}+${MIB}`]);
  log.length = 0;
  client.send(request(TRIM, { offset: 100, length: 2048 }), request(FLUSH));
  for (const _ of "ab") t.equal((await reply(client))?.errno, 0);
  t.strictSame(log, ["discard 512+1536", "flush"], "only whole blocks are trimmed");
});

t.test("what is refused", async (t) => {
  const rows: [string, Partial<NbdExport>, Buffer, number][] = [
    ["a command that nobody knows", {}, request(5), EINVAL],
    ["a flag that nobody knows", {}, request(READ, { flags: 64, length: 512 }), EINVAL],
    ["a read behind the end", {}, request(READ, { offset: SIZE - 511, length: 512 }), EINVAL],
    ["a read at the end of numbers", {}, request(READ, { offset: 2n ** 64n - 512n, length: 512 }), EINVAL],
    ["a read of more than 32 MiB", {}, request(READ, { length: 32 * MIB + 1 }), EINVAL],
    ["a large read in one piece", {}, request(READ, { flags: DF, length: 2 * MIB }), EOVERFLOW],
    [
      "a write behind the end",
      {},
      Buffer.concat([request(WRITE, { offset: SIZE, length: 512 }), Buffer.alloc(512)]),
      ENOSPC,
    ],
    [
      "a write of half a block",
      {},
      Buffer.concat([request(WRITE, { offset: 100, length: 512 }), Buffer.alloc(512)]),
      EINVAL,
    ],
    [
      "a write of more than 32 MiB",
      {},
      Buffer.concat([request(WRITE, { length: 32 * MIB + 512 }), Buffer.alloc(32 * MIB + 512)]),
      EINVAL,
    ],
    [
      "a write where it is read-only",
      { isReadOnly: true },
      Buffer.concat([request(WRITE, { length: 512 }), Buffer.alloc(512)]),
      EPERM,
    ],
    ["zeroes where it is read-only", { isReadOnly: true }, request(ZEROES, { length: 512 }), EPERM],
    ["a trim where it is read-only", { isReadOnly: true }, request(TRIM, { length: 512 }), EPERM],
    ["zeroes at once, or not", {}, request(ZEROES, { flags: 16, length: 512 }), EINVAL],
    ["status of nothing", {}, request(STATUS, { length: 0 }), EINVAL],
  ];
  for (const [what, more, send, errno] of rows) {
    const { client, bytes, log } = one(more);
    await chosen(client);
    client.send(send, request(READ, { cookie: 8, length: 512 }));
    t.equal((await reply(client))?.errno, errno, what);
    t.equal((await reply(client))?.errno, 0, `${what}: what comes behind it is answered`);
    t.ok(bytes.equals(content), `${what}: nothing was written`);
    t.ok(log.length === 1, `${what}: nothing else reached the device`);
  }
  const plain = one();
  await chosen(plain.client, "", false);
  plain.client.send(request(STATUS, { length: 512 }), request(READ, { flags: DF, length: 512 }));
  for (const _ of "ab") t.equal((await reply(plain.client))?.errno, EINVAL, "not agreed upon");
});

t.test("what fails below is told, and told of", async (t) => {
  const fail = async () => {
    throw new DvmError("IO", "disk gone");
  };
  const full = async () => {
    throw new DvmError("NO_SPACE", "full");
  };
  const { client, told } = one({ flush: fail, write: full, runAt: fail });
  await chosen(client);
  client.send(request(FLUSH), request(STATUS, { length: 512 }));
  for (const _ of "ab") t.equal((await reply(client))?.errno, EIO);
  client.send(request(WRITE, { length: 2 * MIB }), Buffer.alloc(2 * MIB));
  t.equal((await reply(client))?.errno, ENOSPC);
  t.strictSame([...new Set(told)], ["disk gone", "full"]);
  const durable = one({ flush: fail });
  await chosen(durable.client);
  durable.client.send(request(WRITE, { flags: FUA, length: 512 }), Buffer.alloc(512));
  t.equal((await reply(durable.client))?.errno, EIO, "FUA means durable");
  const half = memoryExport(content);
  const late = one({ read: (at, buffer) => (at >= 2 * MIB ? fail() : half.read(at, buffer)) });
  await chosen(late.client);
  late.client.send(request(READ, { length: 4 * MIB }));
  t.equal((await reply(late.client))?.errno, EIO, "a later part");
  late.client.send(request(READ, { length: 512 }));
  t.equal((await reply(late.client))?.errno, 0, "goes on");
});

t.test("runs", async (t) => {
  const HOLE = 4 * MIB;
  const runAt = async (offset: number, length: number) => {
    const isHole = Math.floor(offset / HOLE) % 2 === 1;
    return { isHole, length: Math.min(length, MIB - (offset % MIB)) };
  };
  const { client } = one({ runAt });
  await chosen(client);
  const status = async (offset: number, length: number, flags = 0) => {
    client.send(request(STATUS, { offset, length, flags }));
    return (await reply(client))?.runs;
  };
  t.strictSame(
    await status(0, SIZE),
    Array.from({ length: 10 }, (_, n) => [HOLE, n % 2 === 1 ? 3 : 0]),
  );
  t.strictSame(await status(MIB, 16 * MIB, ONE), [[3 * MIB, 0]], "one, and no longer than it is");
  t.strictSame(await status(5 * MIB, 512), [[512, 3]]);
  const unknown = one();
  await chosen(unknown.client);
  unknown.client.send(request(STATUS, { length: SIZE }));
  t.strictSame((await reply(unknown.client))?.runs, [[SIZE, 0]], "data where nothing is known");
});

t.test("a client that does not read its answers waits, and little is kept for it", async (t) => {
  const { client, log, ended } = one();
  await chosen(client);
  client.reads = false;
  for (let n = 0; n < 40; n += 1) client.send(request(READ, { cookie: n, length: 4 * MIB }));
  for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
  t.ok(log.length <= 4, `${log.length} pieces of 160 were read`);
  client.kill();
  await ended;
  t.pass("and it can go");
});

t.test("a stop answers what is under way, and takes nothing more", async (t) => {
  let go: () => void = () => undefined;
  const waits = new Promise<void>((resolve) => {
    go = resolve;
  });
  const { client, connection, ended } = one({ flush: () => waits });
  await chosen(client);
  client.send(request(FLUSH));
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  connection.stop();
  client.send(request(READ, { length: 512 }));
  t.notOk(client.isClosed);
  go();
  t.equal((await reply(client))?.errno, 0);
  await ended;
  t.equal(await client.take(1), undefined, "closed");
});

t.test("whatever a client sends, it harms nothing and the connection ends", async (t) => {
  const COUNT = 400;
  const next = random("hostile");
  const pick = (most: number) => Math.floor(next() * most);
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => pick(256)));
  const number = () => [0, 1, 511, 512, 4096, MIB, 33 * MIB, SIZE, 2 ** 31, 2 ** 32 - 1][pick(10)] as number;
  for (let round = 0; round < COUNT; round += 1) {
    const small = Buffer.alloc(64 * 1024, "x");
    const log = memoryExport(small, { isReadOnly: true });
    const { client, ended } = served({ "": log });
    if (next() < 0.7) await chosen(client, "", next() < 0.5);
    else if (next() < 0.8) await greeted(client);
    for (let count = pick(8); count >= 0; count -= 1) {
      const kind = pick(5);
      if (kind === 0) client.send(noise(pick(100)));
      else if (kind === 1) client.send(option(pick(12), noise(pick(40))));
      else if (kind === 2) client.send(option(pick(2) + 9, text(""), u32(pick(3)), noise(pick(20))));
      else
        client.send(
          request(pick(9), {
            flags: next() < 0.5 ? 0 : pick(65536),
            offset: BigInt(number()) * BigInt(pick(2) === 0 ? 1 : 2 ** 31),
            length: number(),
          }),
        );
      if (next() < 0.5) await new Promise(setImmediate);
    }
    client.kill();
    await ended;
    if (
      !client.isClosed ||
      log.log.some((line) => /^(write|discard)/.test(line)) ||
      !small.every((byte) => byte === 120)
    )
      t.fail(`round ${round}: ${log.log.join(", ")}`);
  }
  t.pass(`${COUNT} clients`);
});
