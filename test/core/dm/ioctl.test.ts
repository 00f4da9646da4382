/** Packets of the dm ioctl against bytes written down by hand from linux/dm-ioctl.h. */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import t from "tap";
import {
  DM_COMMAND,
  DM_FLAG,
  decodePacket,
  dmRequest,
  encodePacket,
  HEADER_BYTES,
} from "../../../src/core/dm/ioctl.ts";
import {
  decodeDeps,
  decodeList,
  decodeTable,
  decodeVersions,
  encodeTable,
} from "../../../src/core/dm/ioctl-data.ts";
import { dmName, parseDmName } from "../../../src/core/dm/name.ts";
import { requestOf, requests } from "../../../src/core/dm/requests.ts";
import type { TableLine } from "../../../src/schema/index.ts";

const hex = (buffer: Uint8Array, from: number, to: number): string =>
  Buffer.from(buffer.subarray(from, to)).toString("hex");

t.test("request numbers", async (t) => {
  t.equal(dmRequest(DM_COMMAND.version), 0xc138fd00);
  t.equal(dmRequest(DM_COMMAND.armPoll), 0xc138fd10);
});

t.test("a packet", async (t) => {
  const packet = encodePacket({
    name: "vg-a",
    uuid: "DVM-1",
    flags: 0x8002,
    eventNr: 0x40_1234,
    targetCount: 3,
    room: 8,
  });
  t.equal(packet.length, HEADER_BYTES + 8);
  t.equal(hex(packet, 0, 12), "040000000000000000000000", "version 4.0.0");
  t.equal(hex(packet, 12, 24), "400100003801000003000000", "size, start of the data, targets");
  t.equal(hex(packet, 24, 40), "00000000028000003412400000000000", "open count, flags, event number");
  t.equal(hex(packet, 48, 54), "76672d610000");
  t.equal(hex(packet, 176, 182), "44564d2d3100");
  t.throws(() => encodePacket({ name: "n".repeat(128) }), { code: "BAD_NAME" });
  t.throws(() => encodePacket({ uuid: "u".repeat(129) }), { code: "BAD_NAME" });
  t.throws(() => encodePacket({ name: "a\0b" }), { code: "BAD_NAME" });
});

t.test("an answer", async (t) => {
  const packet = encodePacket({
    name: "n",
    uuid: "u",
    flags: DM_FLAG.suspend | DM_FLAG.activePresent,
    eventNr: 7,
  });
  packet.writeInt32LE(2, 24);
  // Minor numbers above 255 have their upper bits above the major number.
  packet.writeBigUInt64LE(BigInt(0x05 | (254 << 8) | (0x3 << 20)), 40);
  const { info } = decodePacket(packet);
  t.strictSame(info, {
    name: "n",
    uuid: "u",
    dev: `254:${0x305}`,
    suspended: true,
    readOnly: false,
    openCount: 2,
    eventNr: 7,
    hasLive: true,
    hasInactive: false,
  });
});

t.test("tables go out and come back", async (t) => {
  const table: TableLine[] = [
    { start: 0, length: 2 ** 40, type: "linear", params: "8:0 2048" },
    { start: 2 ** 40, length: 8, type: "zero", params: "" },
  ];
  const sent = encodeTable(table);
  t.equal(
    hex(sent, 0, 40),
    "0000000000000000000000000001000000000000380000006c696e656172000000000000000000" + "00",
  );
  t.equal(hex(sent, 40, 56), "383a3020323034380000000000000000");
  t.equal(sent.readUInt32LE(56 + 20), 48, "where the next one begins, from this one");
  // In an answer the places count from the beginning.
  const answer = Buffer.from(sent);
  answer.writeUInt32LE(56, 20);
  answer.writeUInt32LE(104, 56 + 20);
  t.strictSame(
    decodeTable(answer, 2).map(({ status, ...line }) => ({ ...line, params: status })),
    table,
  );
  t.throws(() => decodeTable(answer.subarray(0, 60), 2), { code: "KERNEL", message: /shorter than it says/ });
});

t.test("lists", async (t) => {
  const list = Buffer.alloc(48);
  list.writeBigUInt64LE(BigInt(254 << 8), 0);
  list.writeUInt32LE(24, 8);
  list.write("a", 12);
  list.writeBigUInt64LE(BigInt((254 << 8) | 1), 24);
  list.write("b", 36);
  t.strictSame(decodeList(list), [
    { name: "a", dev: "254:0" },
    { name: "b", dev: "254:1" },
  ]);
  t.strictSame(decodeList(Buffer.alloc(48)), [], "no devices");
  const withUuids = Buffer.alloc(80);
  withUuids.writeBigUInt64LE(BigInt((254 << 8) | 3), 0);
  withUuids.writeUInt32LE(40, 8);
  withUuids.write("a", 12);
  withUuids.writeUInt32LE(1, 20);
  withUuids.write("DVM-a", 24);
  withUuids.writeBigUInt64LE(BigInt((254 << 8) | 5), 40);
  withUuids.write("bcdef", 52);
  withUuids.writeUInt32LE(2, 68);
  t.strictSame(decodeList(withUuids, true), [
    { name: "a", dev: "254:3", uuid: "DVM-a" },
    { name: "bcdef", dev: "254:5", uuid: "" },
  ]);
  t.strictSame(decodeList(Buffer.alloc(48), true), [], "no devices");
  const versions = Buffer.alloc(48);
  versions.writeUInt32LE(24, 0);
  versions.writeUInt32LE(1, 4);
  versions.writeUInt32LE(15, 8);
  versions.write("raid", 16);
  versions.write("zero", 40);
  t.strictSame(decodeVersions(versions), [
    { name: "raid", version: [1, 15, 0] },
    { name: "zero", version: [0, 0, 0] },
  ]);
  t.strictSame(decodeDeps(Buffer.from("0100000000000000100800000000000000", "hex").subarray(0, 16)), [
    "8:16",
  ]);
  t.throws(() => decodeDeps(Buffer.from("0200000000000000100800000000000000", "hex").subarray(0, 16)), {
    code: "KERNEL",
  });
});

t.test("the kernel is told to wipe what may have keys", async (t) => {
  const secure = (type: string): boolean => {
    const table = [{ start: 0, length: 8, type, params: "" }];
    return ((requestOf({ op: "load", name: "a", table })?.flags ?? 0) & DM_FLAG.secureData) !== 0;
  };
  t.ok(secure("crypt"));
  t.ok(secure("integrity"));
  t.notOk(secure("linear"));
  t.ok((requests.table("a", "live").flags ?? 0) & DM_FLAG.secureData, "a table read back may have keys too");
});

t.test("what waits is made ready nowhere", async (t) => {
  t.equal(requestOf({ op: "remove", name: "a", attempts: 2 }), undefined);
  t.equal(requestOf({ op: "wait-event", name: "a", eventNr: 0, deadlineMs: 1 }), undefined);
  t.equal(requestOf({ op: "jmp", to: 1 }), undefined);
  t.equal(requestOf({ op: "remove", name: "a", attempts: 1 })?.command, DM_COMMAND.remove);
});

t.test("names split into the parts that they were made of", async (t) => {
  const part = fc.stringMatching(/^[A-Za-z0-9+_.][A-Za-z0-9+_.-]{0,20}$/);
  fc.assert(
    fc.property(part, part, fc.option(part, { nil: undefined }), (vg, lv, layer) => {
      return isDeepStrictEqual(parseDmName(dmName(vg, lv, layer)), { vg, lv, layer });
    }),
    { numRuns: 2000, seed: 9 },
  );
  t.strictSame(parseDmName("vg0-sa--fe-rimage_0"), { vg: "vg0", lv: "sa-fe", layer: "rimage_0" });
  for (const other of ["", "vg", "vg-", "-lv", "vg-lv-", "vg-lv-a-b"])
    t.equal(parseDmName(other), undefined, other);
});
