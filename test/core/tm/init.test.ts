/** tm init and tm expand with --force: what is refused is refused before anything is lost. */
import t, { type Test } from "tap";
import type { ErrorCode } from "../../../src/core/base/error.ts";
import type { Metadata } from "../../../src/schema/index.ts";
import { Machine } from "../../lib/machine.ts";
import { createLv, diskPath, expand, find, idAt, machineWithVg, readText } from "../../lib/vg.ts";

const MIB = 2 ** 20;
const PAGE = 4096;
const C = diskPath(2);

/** tm init with a mutator that gives this. */
async function init(machine: Machine, gives: string, options: Record<string, unknown> = {}) {
  machine.commands["gives"] = () => Buffer.from(gives);
  return machine.call({
    applet: "tm",
    verb: "init",
    stdin: await find(machine),
    options,
    command: ["gives"],
  });
}

async function refused(
  t: Test,
  machine: Machine,
  work: () => Promise<unknown>,
  expected: { code: ErrorCode; message: RegExp },
): Promise<void> {
  const before = machine.paths.map((path) => Buffer.from(machine.disks.bytes(path)));
  machine.restart();
  await t.rejects(work(), expected);
  t.same(machine.steps, [], `${expected.message}: nothing was written`);
  for (const [n, path] of machine.paths.entries())
    t.ok(before[n]?.equals(machine.disks.bytes(path)), `${expected.message}: ${path} is as it was`);
}

t.test("first metadata that is none", async (t) => {
  const machine = await machineWithVg({ disks: 2 });
  await createLv(machine, "lv0");
  const good = JSON.parse(await readText(machine)) as Metadata;
  const changed = (change: (metadata: Metadata) => void): string => {
    const copy = structuredClone(good);
    change(copy);
    return JSON.stringify(copy);
  };
  const table: [gives: string, code: ErrorCode, message: RegExp][] = [
    ["{}", "BAD_INPUT", /metadata .*missing key "format"/],
    ["[]", "BAD_INPUT", /metadata/],
    [changed(({ vg }) => Object.assign(vg, { extentSize: "big" })), "BAD_INPUT", /\/vg\/extentSize.*integer/],
    [changed((metadata) => Object.assign(metadata, { more: 1 })), "BAD_INPUT", /more/],
    [changed(({ vg }) => Object.assign(vg, { id: "ab".repeat(16) })), "BAD_INPUT", /the devices are of vg/],
    [changed(({ pvs }) => void pvs.push(...structuredClone(pvs))), "BAD_INPUT", /PV .* stands twice/],
    [changed(({ lvs }) => void lvs.push(...structuredClone(lvs))), "BAD_INPUT", /LV id .* stands twice/],
    [changed((metadata) => Object.assign(metadata, { version: 2 })), "UNSUPPORTED", /version 2/],
  ];
  for (const [gives, code, message] of table)
    await refused(t, machine, () => init(machine, gives, { force: true }), { code, message });
  t.match(
    await init(machine, JSON.stringify(good), { force: true }),
    { changed: true },
    "the good one is taken",
  );
});

/** The metadata, and white space in pages of which none is like another: an envelope of so many pages. */
function paged(text: string, pages: number): string {
  const bytes = Buffer.alloc((pages - 1) * PAGE - 1, " ");
  for (let n = 0; n * PAGE < bytes.length; n += 1) bytes.write("\n", n * PAGE + n);
  bytes.write(text);
  return bytes.toString();
}

/** As somebody else's program could write it: tm leaves it as it is, to the byte. */
const withoutRevision = (text: string): string => text.replace(/"revision":\d+,"freed":\[\s*\],/, "");

t.test("first metadata that does not fit, over a VG that has some", async (t) => {
  const machine = await machineWithVg({ disks: 2 });
  await init(machine, withoutRevision(await readText(machine)), { force: true });
  const text = await readText(machine);
  // Of 256 pages one is the superblock's, one the root's, three are tables', and 32 stay free.
  await refused(t, machine, () => init(machine, paged(text, 220), { force: true }), {
    code: "TOO_LARGE",
    message: /need 224 pages .* region 0 .* 223/,
  });
  t.equal(await readText(machine), text, "what was there can be read");
  await init(machine, paged(text, 219), { force: true });
  t.equal(await readText(machine), paged(text, 219), "as much as fits is taken");
});

t.test("init --dry-run", async (t) => {
  const machine = await machineWithVg({ disks: 2 });
  const text = await readText(machine);
  machine.restart();
  t.match(await init(machine, text, { force: true, "dry-run": true }), { changed: true });
  await t.rejects(init(machine, text, { "dry-run": true }), { code: "EXISTS" });
  t.same(machine.steps, []);
});

t.test("what expand --force would wipe stays, when the metadata does not fit", async (t) => {
  const machine = await machineWithVg({ disks: 2 });
  machine.disk(C, 6 * MIB);
  machine.disks.bytes(C).write("LABELONE", 512);
  machine.disks.bytes(C).write("LVM2 001", 512 + 24);
  const text = await readText(machine);
  machine.commands["grows"] = () => Buffer.from(text + " \n".repeat(MIB));
  const force = { options: { force: true } };
  await refused(t, machine, () => expand(machine, [C], { ...force, command: ["grows"] }), {
    code: "TOO_LARGE",
    message: /can hold/,
  });
  machine.commands["tags"] = () => Buffer.from(text.replace('"tags":[]', `"tags":["${"x".repeat(60)}"]`));
  const small = { options: { force: true, "region-size": "32k" }, command: ["tags"] };
  await refused(t, machine, () => expand(machine, [C], small), { code: "TOO_LARGE", message: /pages/ });
  machine.commands["nonsense"] = () => Buffer.from("{}");
  await refused(t, machine, () => expand(machine, [C], { ...force, command: ["nonsense"] }), {
    code: "BAD_INPUT",
    message: /missing key/,
  });
  t.match(await expand(machine, [C], force), { changed: true }, "what is allowed is done");
  t.type(await idAt(machine, C), "string");
});

t.test("what dvm init --force would wipe stays, when the first metadata does not fit", async (t) => {
  const machine = new Machine();
  const devices = Array.from({ length: 48 }, (_, n) => `/dev/d${n}`);
  for (const path of devices) {
    machine.disk(path, 3 * MIB);
    machine.disks.bytes(path).write("LABELONE", 512);
    machine.disks.bytes(path).write("LVM2 001", 512 + 24);
  }
  const dvmInit = (size: string) =>
    machine.call({
      applet: "dvm",
      verb: "init",
      operands: { vg: "vg", devices },
      options: { force: true, "region-size": size, "extent-size": "512k" },
    });
  await refused(t, machine, () => dvmInit("32k"), { code: "TOO_LARGE", message: /pages/ });
  await dvmInit("64k");
  t.equal((await find(machine)).devices.length, 48);
});
