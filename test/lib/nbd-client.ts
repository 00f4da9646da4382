/** A client of the NBD protocol, which has its numbers of its own, to send what is right and what is not. */
import type { NbdExport } from "../../src/core/nbd/export.ts";
import type { SimClient } from "../../src/core/sim/sockets.ts";

const bytes = (width: number, value: number | bigint): Buffer =>
  Buffer.from(
    BigInt(value)
      .toString(16)
      .padStart(2 * width, "0"),
    "hex",
  );
export const u16 = (value: number): Buffer => bytes(2, value);
export const u32 = (value: number): Buffer => bytes(4, value);
export const u64 = (value: number | bigint): Buffer => bytes(8, value);
export const text = (value: string): Buffer =>
  Buffer.concat([u32(Buffer.byteLength(value)), Buffer.from(value)]);

export const option = (number: number, ...data: readonly Buffer[]): Buffer => {
  const all = Buffer.concat(data);
  return Buffer.concat([Buffer.from("IHAVEOPT"), u32(number), u32(all.length), all]);
};

export const request = (
  type: number,
  {
    flags = 0,
    cookie = 7,
    offset = 0,
    length = 0,
  }: { flags?: number; cookie?: number; offset?: number | bigint; length?: number } = {},
): Buffer => Buffer.concat([u32(0x25609513), u16(flags), u16(type), u64(cookie), u64(offset), u32(length)]);

/** @returns type and data of one answer to an option */
export async function answer(client: SimClient): Promise<readonly [number, Buffer] | undefined> {
  const head = await client.take(20);
  if (!head) return undefined;
  if (head.readBigUInt64BE(0) !== 0x3e889045565a9n) throw new Error(`no answer: ${head.toString("hex")}`);
  return [head.readUInt32BE(12), (await client.take(head.readUInt32BE(16))) ?? Buffer.alloc(0)];
}

/** Through the greeting. */
export async function greeted(client: SimClient, flags = 3): Promise<SimClient> {
  const greeting = await client.take(18);
  if (greeting?.toString("latin1") !== "NBDMAGICIHAVEOPT\0\x03") throw new Error(`greeting ${greeting}`);
  client.send(u32(flags));
  return client;
}

/** Has chosen an export, with structured replies and base:allocation where `structured`. */
export async function chosen(client: SimClient, name = "", structured = true): Promise<SimClient> {
  await greeted(client);
  if (structured) {
    client.send(option(8));
    await answer(client);
    client.send(option(10, text(name), u32(1), text("base:allocation")));
    while ((await answer(client))?.[0] !== 1);
  }
  client.send(option(7, text(name), u16(0)));
  for (let got = await answer(client); got?.[0] !== 1; got = await answer(client))
    if (!got || got[0] > 2 ** 31) throw new Error(`refused: ${got}`);
  return client;
}

export interface Reply {
  readonly cookie: bigint;
  /** 0: it went well. */
  readonly errno: number;
  /** What was read, by where it lies. */
  readonly data: ReadonlyMap<number, Buffer>;
  /** Lengths of runs, and what they are. */
  readonly runs: readonly (readonly [number, number])[];
}

/** One whole answer, of which no other comes in between. @param length of what was read, if it is simple */
export async function reply(client: SimClient, length = 0): Promise<Reply | undefined> {
  const data = new Map<number, Buffer>();
  const runs: (readonly [number, number])[] = [];
  for (;;) {
    const head = await client.take(16);
    if (!head) return undefined;
    if (head.readUInt32BE(0) === 0x67446698) {
      const errno = head.readUInt32BE(4);
      if (errno === 0 && length > 0) data.set(0, (await client.take(length)) as Buffer);
      return { cookie: head.readBigUInt64BE(8), errno, data, runs };
    }
    if (head.readUInt32BE(0) !== 0x668e33ef) throw new Error(`no reply: ${head.toString("hex")}`);
    const [flags, type, cookie] = [head.readUInt16BE(4), head.readUInt16BE(6), head.readBigUInt64BE(8)];
    const body = (await client.take((await client.take(4))?.readUInt32BE(0) ?? 0)) as Buffer;
    if (type === 1) data.set(Number(body.readBigUInt64BE(0)), body.subarray(8));
    else if (type === 5)
      for (let at = 4; at < body.length; at += 8)
        runs.push([body.readUInt32BE(at), body.readUInt32BE(at + 4)]);
    else if (type === 0x8001) return { cookie, errno: body.readUInt32BE(0), data, runs };
    else if (type !== 0) throw new Error(`chunk of type ${type}`);
    if ((flags & 1) !== 0) return { cookie, errno: 0, data, runs };
  }
}

/** An export in memory, with a log of what reached it. */
export function memoryExport(
  content: Buffer,
  more: Partial<NbdExport> = {},
): NbdExport & { readonly log: string[] } {
  const log: string[] = [];
  return {
    size: content.length,
    logicalBlockSize: 512,
    isReadOnly: false,
    read: async (offset, buffer) => {
      log.push(`read ${offset}+${buffer.length}`);
      content.copy(buffer, 0, offset, offset + buffer.length);
    },
    write: async (offset, buffer) => {
      log.push(`write ${offset}+${buffer.length}`);
      content.set(buffer, offset);
    },
    discard: async (offset, length) => void log.push(`discard ${offset}+${length}`),
    flush: async () => void log.push("flush"),
    ...more,
    log,
  };
}
