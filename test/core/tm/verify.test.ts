import t from "tap";
import { initVg } from "../../../src/core/tm/init.ts";
import { readMetadata } from "../../../src/core/tm/read.ts";
import { verifyVg } from "../../../src/core/tm/verify.ts";
import { checkDocument } from "../../../src/schema/index.ts";
import { NEW, named, OLD, read, recover, update, worldWithVg } from "../../lib/txn-vg.ts";
import { deviceId, TxnWorld } from "../../lib/txn-world.ts";

const LOCKING = { lockTimeoutMs: 0 };
const verify = (world: TxnWorld, discovery = world.discovery()) => verifyVg(world.sys(), discovery, LOCKING);
const init = (world: TxnWorld, force = false, discovery = world.discovery()) =>
  initVg(world.sys(), discovery, { command: ["first"], force, dryRun: false, ...LOCKING });

t.test("a whole VG", async (t) => {
  const world = await worldWithVg(2);
  const document = checkDocument("tm-verify", await verify(world), "result");
  t.match(document, { complete: true, state: "clean", strangers: [], problems: [] });
  t.same(document.members, [
    { id: deviceId(0), path: "/dev/d0", present: true },
    { id: deviceId(1), path: "/dev/d1", present: true },
  ]);
  t.same(document.vg, { id: world.discovery().vg.id, name: "vg", generation: 2 });
});

t.test("one with a device missing", async (t) => {
  const world = await worldWithVg(3);
  const discovery = world.discovery([0, 1]);
  await t.rejects(verify(world, discovery), {
    code: "INCOMPLETE",
    output: { complete: false, members: [{}, {}, { id: deviceId(2), path: null, present: false }] },
  });
  await t.rejects(read(world, discovery), { code: "INCOMPLETE" });
  const options = { ...LOCKING, txid: undefined, partial: true };
  t.equal(String(await readMetadata(world.sys(), discovery, options)), OLD, "--partial reads all the same");
  t.match(world.warnings, [/misses 1 of its 3 devices/]);
  const stale = { ...discovery, vg: { ...discovery.vg, generation: 9 } };
  await t.rejects(readMetadata(world.sys(), stale, options), { code: "STALE" }, "but not what is stale");
});

t.test("one whose regions differ", async (t) => {
  const world = await worldWithVg(2);
  const [first] = world.regions;
  if (first) first.active = { txid: 99, bytes: Buffer.alloc(0) };
  await t.rejects(verify(world), {
    code: "OUT_OF_SYNC",
    message: /transaction 99.* on \/dev\/d0 .*; transaction 2.* on \/dev\/d1 .*--choose/,
    details: {
      states: [
        { txid: 99, devices: [deviceId(0)] },
        { txid: 2, devices: [deviceId(1)] },
      ],
    },
    output: {
      complete: false,
      state: "out-of-sync",
      txid: null,
      members: [{ present: true }, {}],
      states: [{ txid: 99, newest: false }, { txid: 2 }],
    },
  });
  await t.rejects(read(world), { code: "OUT_OF_SYNC" });
  await t.rejects(update(world), { code: "OUT_OF_SYNC" });
  await t.rejects(recover(world), { code: "OUT_OF_SYNC" });
  t.same(world.steps, []);
});

t.test("earlier states, as long as they are there", async (t) => {
  const world = await worldWithVg(2);
  const { txid } = await verify(world);
  await update(world);
  const at = async (n: number) =>
    String(await readMetadata(world.sys(), world.discovery(), { ...LOCKING, txid: n, partial: false }));
  t.equal(await at(Number(txid)), OLD);
  await t.rejects(at(1), { code: "NOT_FOUND", message: /no metadata yet/ });
  await t.rejects(at(4711), { code: "NOT_FOUND" });
});

t.test("init", async (t) => {
  const world = new TxnWorld(2);
  world.commands["first"] = () => Buffer.from(OLD);
  await t.rejects(verify(world), { code: "INCOMPLETE", output: { state: "unformatted" } });
  const discovery = world.discovery();
  await t.rejects(init(world, false, { ...discovery, missing: { count: 1 } }), { code: "INCOMPLETE" });
  const duplicates = [{ id: deviceId(1), paths: ["/a", "/b"] }];
  await t.rejects(init(world, false, { ...discovery, duplicates }), { code: "DUPLICATE" });
  await t.rejects(init(world, false, { ...discovery, regions: [] }), { code: "NOT_FOUND" });
  world.commands["first"] = () => 1;
  await t.rejects(init(world), { code: "MUTATOR_FAILED" });
  world.commands["first"] = () => Buffer.from("no JSON");
  await t.rejects(init(world), { code: "BAD_INPUT" });
  t.same(world.steps, [], "nothing was formatted so far");

  world.commands["first"] = () => Buffer.from(OLD);
  t.match(await init(world), { changed: true });
  t.equal(await read(world), OLD);
  t.same(
    world.calls.filter((call) => call.startsWith("volactivate")),
    ["volactivate desired", "volactivate name", "volactivate account"],
    "it is asked whether that is metadata, and nothing is activated",
  );
  await t.rejects(init(world), { code: "EXISTS" }, "what is there is not lost");
  world.commands["first"] = () => Buffer.from("[]");
  await t.rejects(init(world, true), { code: "BAD_INPUT" });
  world.room = 100;
  world.commands["first"] = () => Buffer.from(NEW);
  await t.rejects(init(world, true), { code: "TOO_LARGE" });
  t.equal(await read(world), OLD, "nor by what cannot be metadata, or not fit");
  world.room = 2 ** 20;
  await init(world, true);
  t.equal(await read(world), NEW, "unless it is forced");
});

t.test("init refuses metadata of a VG that has another name on the labels", async (t) => {
  const world = new TxnWorld(2);
  world.commands["first"] = () => Buffer.from(named(OLD, "other"));
  await t.rejects(init(world), {
    code: "BAD_INPUT",
    message: "the metadata is of VG other, the labels say vg",
  });
  t.same(world.steps, []);
});

t.test("formatted, with nothing written yet", async (t) => {
  const world = new TxnWorld(2);
  await world.sys().toolbox.call({
    applet: "replicate",
    verb: "format",
    operands: { regions: { regions: world.discovery().regions } },
  });
  await t.rejects(verify(world), { code: "INCOMPLETE", message: /tm init/, output: { state: "empty" } });
  await t.rejects(read(world), { code: "INCOMPLETE" });
  await t.rejects(recover(world), { code: "INCOMPLETE" });
});

t.test("recover decides nothing while members are missing", async (t) => {
  const world = await worldWithVg(3);
  world.failing.set("commit 2", "IO");
  await t.rejects(update(world), { code: "HALF_DONE" });
  world.restart();
  const before = world.snapshot();
  await t.rejects(recover(world, world.discovery([0, 1])), { code: "INCOMPLETE" });
  await t.rejects(recover(world, world.discovery([1, 2])), { code: "INCOMPLETE" });
  t.equal(world.snapshot(), before);
});

t.test("recover without a device-mapper, and with one that refuses", async (t) => {
  const world = await worldWithVg(1);
  world.dm.live = "something else";
  world.failing.set("settle swap", "KERNEL");
  await t.rejects(recover(world), {
    code: "NOT_ACTIVATED",
    message: /metadata is in order.*; once that is mended, run tm recover again$/,
  });
  world.failing.delete("settle swap");
  t.match(await recover(world), { found: "clean" }, "and with it again");
});
