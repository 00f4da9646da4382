/**
 * What udevd tells everybody, as bytes, and whether it can be heard. A real one is in
 * test/kernel/udev.test.ts.
 */
import t from "tap";
import { heardIn, listensHere } from "../../../../src/core/host/udev/announcements.ts";

/** As libudev sends it: a header of 40 bytes, and properties. */
function announcement(properties: readonly string[], { prefix = "libudev", at = 40 } = {}): Buffer {
  const header = Buffer.alloc(40, 0xff);
  header.write(`${prefix}\0`);
  header.writeUInt32BE(0xfeedcafe, 8);
  header.writeUInt32LE(header.length, 12);
  header.writeUInt32LE(at, 16);
  return Buffer.concat([header, Buffer.from(properties.map((each) => `${each}\0`).join(""))]);
}

for (const [what, message, cookie] of [
  ["the only property", announcement(["DVM_COOKIE=3762306208"]), 3762306208],
  ["in the middle", announcement(["ACTION=change", "DVM_COOKIE=4294901761", "MAJOR=254"]), 4294901761],
  ["of device-mapper's rules", announcement(["ACTION=change", "DM_COOKIE=3762306208"]), undefined],
  ["the end of another key", announcement(["XDVM_COOKIE=1"]), undefined],
  ["a private property, which only systemd announces", announcement([".DVM_COOKIE=1"]), undefined],
  ["the end of a value", announcement(["X=DVM_COOKIE=1"]), undefined],
  ["no number", announcement(["DVM_COOKIE=x"]), undefined],
  ["empty", announcement(["DVM_COOKIE="]), undefined],
  ["cut off", announcement(["DVM_COOKIE=3762306208"]).subarray(0, -1), undefined],
  ["properties that begin beyond the end", announcement(["DVM_COOKIE=1"], { at: 2 ** 31 }), undefined],
  ["of the kernel", Buffer.from("change@/devices/virtual/block/dm-0\0DVM_COOKIE=1\0"), undefined],
  ["of another sender", announcement(["DVM_COOKIE=1"], { prefix: "libudew" }), undefined],
  ["a header alone", announcement([]), undefined],
  ["shorter than a header", Buffer.from("libudev\0"), undefined],
  ["nothing", Buffer.alloc(0), undefined],
] as const)
  t.strictSame(heardIn(message), cookie && { cookie, failed: false }, what);

const FAILED = "UDEV_WORKER_FAILED=1";
for (const [what, properties, expected] of [
  ["its rules failed", ["DVM_COOKIE=3762306208", FAILED], { cookie: 3762306208, failed: true }],
  ["its worker died", ["DM_COOKIE=3762306208", FAILED], { cookie: 3762306208, failed: true }],
  ["of no cookie", ["ACTION=change", FAILED], undefined],
  ["something else failed", ["DM_COOKIE=3762306208", `X${FAILED}`], undefined],
] as const)
  t.strictSame(heardIn(announcement(properties)), expected, what);

const HEAD = "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n";
for (const [what, sockets, expected] of [
  ["udevd", "0000000000000000 15  694        00000001 0        0        0     2        0        70\n", true],
  [
    "of systemd",
    "0000000000000000 15  -4102      00000003 0        0        0     2        0        70\n",
    true,
  ],
  [
    "only the kernel",
    "0000000000000000 15  0          00000000 0        0        0     2        0        6\n",
    false,
  ],
  [
    "only who hears udevd",
    "0000000000000000 15  695        00000002 0        0        0     2        0        81\n",
    false,
  ],
  [
    "another protocol",
    "0000000000000000 0   694        00000001 0        0        0     2        0        70\n",
    false,
  ],
  ["nobody", "", false],
] as const)
  t.equal(listensHere(HEAD + sockets), expected, what);
