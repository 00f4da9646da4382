import t from "tap";
import type { ErrorCode } from "../../../src/core/base/error.ts";
import { filesInTime } from "../../../src/core/host/process/files-in-time.ts";
import { simCaller } from "../../../src/core/sim/caller.ts";
import { decodeEnvelope, encodeEnvelope } from "../../../src/core/tm/envelope.ts";
import { NEW, named, OLD, read, recover, update, worldWithVg } from "../../lib/txn-vg.ts";
import { deviceId, type TxnWorld } from "../../lib/txn-world.ts";

t.test("goes its way in order", async (t) => {
  const world = await worldWithVg(2);
  const result = await update(world, { command: ["change-and-rename", "other"] });
  t.match(result, { changed: true, summary: ["load"] });
  t.same(world.steps, [
    "prepare 0",
    "prepare 1",
    "activator load",
    "commit 0",
    "commit 1",
    "activator swap",
    "activator clean",
    "label 0",
    "label 1",
  ]);
  t.equal(await read(world), named(NEW, "other"));
  t.equal(world.discovery().vg.name, "other");
  t.equal(world.discovery().vg.generation, 3);
  t.same(world.locks.held, []);
});

t.test("what fails before the commit leaves everything as it was", async (t) => {
  const table: [step: string, code: ErrorCode][] = [
    ["prepare 0", "NO_SPACE"],
    ["prepare 2", "IO"],
    ["refuse", "WOULD_LOSE_DATA"],
    ["activator load", "KERNEL"],
  ];
  for (const [step, code] of table) {
    const world = await worldWithVg(3);
    const before = { ...JSON.parse(world.snapshot()), 3: 0 };
    world.failing.set(step, code);
    await t.rejects(update(world), { code, message: /fails/ }, step);
    t.same({ ...JSON.parse(world.snapshot()), 3: 0 }, before, `${step}: nothing is left`);
    t.same(world.locks.held, [], `${step}: the lock is given back`);
    world.restart();
    await update(world);
    t.equal(await read(world), NEW, `${step}: the next one is free to go`);
  }
});

t.test("when no region takes the commit, everything is undone", async (t) => {
  const world = await worldWithVg(2);
  for (const step of ["commit 0", "commit 1"]) world.failing.set(step, "IO");
  await t.rejects(update(world), { code: "IO" });
  t.equal(await read(world), OLD);
  t.same(world.dm, { live: OLD, inactive: undefined });
  t.same(world.warnings, []);
});

t.test("when some regions take the commit, recovery finishes it", async (t) => {
  const world = await worldWithVg(3);
  world.failing.set("commit 1", "IO");
  await t.rejects(update(world), { code: "HALF_DONE", message: /run tm recover/ });
  t.equal(world.dm.live, OLD, "the activator's commit waits");
  t.equal(await read(world), NEW, "but it is decided");
  t.match(world.warnings, [/committed but not everywhere/]);
  await t.rejects(update(world), { code: "ALREADY_PREPARED", message: /tm recover/ });
  world.restart();
  t.match(await recover(world), { found: "committing" });
  t.equal(world.dm.live, NEW);
});

t.test("when undoing fails too, it says so", async (t) => {
  const world = await worldWithVg(2);
  world.failing.set("activator load", "KERNEL");
  world.failing.set("abort 1", "IO");
  await t.rejects(update(world), {
    code: "HALF_DONE",
    message: /activator load fails.*abort 1 fails.*recover/,
  });
  t.equal(await read(world), OLD);
  t.match(world.warnings, [/prepared but not committed/]);
  world.restart();
  t.match(await recover(world), { found: "preparing" });
  t.same((await recover(world)).summary, []);
});

t.test("what fails after the commit is no reason to go back", async (t) => {
  for (const step of ["activator swap", "label 1"]) {
    const world = await worldWithVg(2);
    world.failing.set(step, "KERNEL");
    await t.rejects(
      update(world, { command: ["change-and-rename", "other"] }),
      { code: "NOT_ACTIVATED", output: { changed: true } },
      step,
    );
    world.restart();
    t.match(await recover(world), { found: "clean" });
    t.equal(world.dm.live, named(NEW, "other"));
    t.ok(world.labels.every(({ name }) => name === "other"));
    t.equal(await read(world), named(NEW, "other"));
  }
});

t.test("nothing changed: nothing is written", async (t) => {
  const world = await worldWithVg(2);
  t.match(await update(world, { command: ["cat"] }), { changed: false });
  t.same(world.steps, []);
});

t.test("--dry-run gives the plan and changes nothing, beside readers", async (t) => {
  const world = await worldWithVg(2);
  const before = world.snapshot();
  const reader = await world.sys().locks.acquire(world.discovery().vg.id, "shared", 0);
  const result = await update(world, { dryRun: true });
  await reader.release();
  t.match(result, { changed: true, plan: { summary: ["load"] } });
  t.equal(world.snapshot(), before);
  t.same(world.steps, []);
});

t.test("mutators that give what no metadata can be", async (t) => {
  const table: [name: string, gives: Buffer | number, code: ErrorCode][] = [
    ["nothing", Buffer.alloc(0), "BAD_INPUT"],
    ["blanks", Buffer.from(" \n"), "BAD_INPUT"],
    ["half a document", Buffer.from('{"vg":'), "BAD_INPUT"],
    ["two documents", Buffer.from("{}{}"), "BAD_INPUT"],
    ["not UTF-8", Buffer.from([0x22, 0xff, 0x22]), "BAD_INPUT"],
    ["status 3", 3, "MUTATOR_FAILED"],
    ["status 130", 130, "MUTATOR_FAILED"],
  ];
  for (const [name, gives, code] of table) {
    const world = await worldWithVg(1);
    world.commands["mutator"] = () => gives;
    const before = world.snapshot();
    await t.rejects(update(world, { command: ["mutator"] }), { code }, name);
    t.equal(world.snapshot(), before, `${name}: nothing has changed`);
    t.same(world.locks.held, []);
  }
  const world = await worldWithVg(1);
  await t.rejects(update(world, { command: ["no-such"] }), {
    code: "MUTATOR_FAILED",
    message: /no such command/,
  });
  await t.rejects(update(world, { command: [] }), { code: "USAGE" });
  world.commands["huge"] = () => Buffer.alloc((1 << 28) + 1, 0x20);
  await t.rejects(update(world, { command: ["huge"] }), { code: "TOO_LARGE" });
});

t.test("a mutator of ours runs here, and its failure is ours", async (t) => {
  const world = await worldWithVg(1);
  world.mutators["manip"] = (args) => Buffer.from(JSON.stringify(args));
  await update(world, {
    command: ["manip", "verb", "{discovery}", "--discovery={discovery}", "x{discovery}"],
  });
  t.equal(await read(world), '["verb","/tmp/document","--discovery=/tmp/document","x{discovery}"]');
  t.same(JSON.parse(String(world.backups.get("/tmp/document"))), world.discovery());
  world.mutators["manip"] = () => 1;
  await t.rejects(update(world, { command: ["manip"] }), { code: "NO_SPACE", output: undefined });
});

t.test("metadata are kept byte for byte, JSON or white space", async (t) => {
  const world = await worldWithVg(1);
  const odd = Buffer.from('\n { "b" : 1.0, "a":"\\u00e9é", "c":1e2 }  \n\n');
  world.commands["odd"] = () => odd;
  await update(world, { command: ["odd"] });
  t.equal(await read(world), String(odd));
  // Of which readers may take one or the other.
  world.commands["odd"] = () => Buffer.from('{"b":1,"b":2}');
  await t.rejects(update(world, { command: ["odd"] }), {
    code: "BAD_INPUT",
    message: /key "\/b" is there twice/,
  });
  t.equal(await read(world), String(odd));
});

t.test("what the labels and the envelope do not agree on", async (t) => {
  const world = await worldWithVg(3);
  await t.rejects(update(world, {}, world.discovery([0, 2])), {
    code: "INCOMPLETE",
    message: new RegExp(`misses 1 of its 3 devices: ${deviceId(1)}`),
    details: { missing: [deviceId(1)] },
  });
  const later = world.discovery();
  await t.rejects(update(world, {}, { ...later, vg: { ...later.vg, generation: 4 } }), { code: "STALE" });
  await t.rejects(update(world, {}, { ...later, vg: { ...later.vg, generation: 2 } }), { code: "STALE" });
  await t.rejects(update(world, {}, { ...later, vg: { ...later.vg, name: "x" } }), { code: "STALE" });
  await t.rejects(update(world, {}, { ...later, vg: { ...later.vg, id: deviceId(9) } }), { code: "STALE" });
  const stranger = { ...later.devices[0], id: deviceId(77) } as (typeof later.devices)[0];
  await t.rejects(update(world, {}, { ...later, devices: [...later.devices, stranger] }), {
    code: "STALE",
    details: { strangers: [deviceId(77)] },
  });
  await t.rejects(update(world, {}, { ...later, regions: [] }), { code: "NOT_FOUND" });
  t.same(world.steps, []);
});

t.test("one that waits for the lock sees what the one before has written", async (t) => {
  const world = await worldWithVg(2);
  world.commands["append"] = (_args, input) => Buffer.from(JSON.stringify([...JSON.parse(String(input)), 1]));
  world.commands["list"] = () => Buffer.from("[]");
  await update(world, { command: ["list"] });
  await Promise.all(
    Array.from({ length: 20 }, () => update(world, { command: ["append"], lockTimeoutMs: 60_000 })),
  );
  t.equal(JSON.parse(await read(world)).length, 20, "none is lost");
});

t.test("a VG that is locked", async (t) => {
  const world = await worldWithVg(1);
  const held = await world.sys().locks.acquire(world.discovery().vg.id, "shared", 0);
  t.equal(await read(world), OLD, "readers go on");
  await t.rejects(update(world), { code: "LOCKED" });
  await t.rejects(recover(world), { code: "LOCKED" });
  await held.release();
});

t.test(
  "names that a VG cannot have, or was not to have, are refused before anything is written",
  async (t) => {
    const world = await worldWithVg(1);
    for (const name of ["mapper", "a/b"])
      await t.rejects(update(world, { command: ["rename", name] }), { code: "BAD_NAME" });
    await t.rejects(update(world, { rename: "other", command: ["cat"] }), {
      code: "BAD_INPUT",
      message: "the mutator names the VG vg, not other as --rename says",
    });
    await t.rejects(update(world, { rename: "other", command: ["rename", "third"] }), { code: "BAD_INPUT" });
    t.same(world.steps, []);
    t.match(await update(world, { rename: "other", command: ["rename", "other"] }), { changed: true });
  },
);

t.test("a VG that something has left half renamed: the next change renames the rest", async (t) => {
  const world = await worldWithVg(2);
  world.dm.live = named(OLD, "other");
  for (const { active } of world.regions) {
    const bytes = active?.bytes ?? Buffer.alloc(0);
    const half = encodeEnvelope({ ...decodeEnvelope(bytes), metadata: Buffer.from(named(OLD, "other")) });
    if (active) Object.assign(active, { bytes: half });
  }
  t.equal(world.discovery().vg.name, "vg");
  await update(world, { command: ["cat"] });
  t.equal(world.discovery().vg.name, "other");
  t.match(await update(world, { command: ["cat"] }), { changed: false });
});

t.test("with tm.backup each new metadata is kept in a file", async (t) => {
  const world = await worldWithVg(1);
  world.config = { tm: { backup: "/backups" } };
  const { txid } = await update(world);
  const name = `/backups/${world.discovery().vg.id}-${String(txid).padStart(10, "0")}.json`;
  t.equal(String(world.backups.get(name)), NEW);
  world.failing.set("backup", "IO");
  world.commands["more"] = () => Buffer.from("{}");
  t.match(await update(world, { command: ["more"] }), { changed: true }, "that it fails is no failure");
  t.match(world.warnings, [/no backup/]);
});

t.test("a backup that never ends is given up, and keeps no lock", async (t) => {
  const world = await worldWithVg(1);
  world.config = { tm: { backup: "/backups" } };
  const before = world.sys.bind(world);
  let tried = 0;
  const never = () => {
    tried += 1;
    return new Promise<never>(() => undefined);
  };
  // One process: the second backup finds the directory given up already.
  const files = filesInTime({ ...before().files, write: never }, 1);
  world.sys = () => ({ ...before(), files });
  t.match(await update(world), { changed: true }, "it decides nothing");
  world.commands["more"] = () => Buffer.from("{}");
  t.match(await update(world, { command: ["more"] }), { changed: true });
  t.same(world.locks.held, []);
  t.match(world.warnings, [
    /no backup of the metadata was kept: \/backups\/.*: cannot write: no answer within 1 ms/,
    /no backup of the metadata was kept: .*did not answer before and is left alone/,
  ]);
  t.equal(tried, 1);
});

const stored = (world: TxnWorld) => decodeEnvelope(world.regions[1]?.active?.bytes ?? Buffer.alloc(0));

t.test("the envelope on the disks", async (t) => {
  const world = await worldWithVg(2);
  await update(world);
  const { metadata: _, ...head } = stored(world);
  t.same(head, {
    by: { words: ["dvm"], uid: 0, loginUid: 1000, host: "machine" },
    members: [deviceId(0), deviceId(1)],
    generation: 2,
    name: "vg",
    vgId: world.discovery().vg.id,
  });
});

t.test("who made a state, and by which words", async (t) => {
  const long = "x".repeat(300);
  type Row = [what: string, words: string[], takesMutator: boolean, kept: string[]];
  const table: Row[] = [
    ["a mutator of ours", ["tm", "update", "--", "manip", "tag", "--add", "a"], true, []],
    [
      "somebody else's",
      ["tm", "update", "--", "/bin/x", "--key", "secret"],
      true,
      ["tm", "update", "--", "/bin/x"],
    ],
    ["a verb of manip", ["dvm", "run", "vg", "--", "tag", "--add", "a"], false, []],
    ["no words behind --", ["tm", "update", "--"], true, []],
    [
      "what has no room",
      ["dvm", "tag", long, long, long, long, "y"],
      false,
      ["dvm", "tag", long, long, long],
    ],
    ["a word that has no room", ["dvm", "é".repeat(400)], false, ["dvm"]],
  ];
  for (const [what, words, takesMutator, kept] of table) {
    const world = await worldWithVg(2);
    world.mutators["manip"] = () => Buffer.from(NEW);
    world.caller = simCaller(words, takesMutator);
    await update(world);
    const { by } = stored(world);
    t.same(by?.words, kept.length > 0 ? kept : words, what);
    t.equal(by?.cut, kept.length > 0 ? true : undefined, `${what}: says whether more followed`);
    t.ok(JSON.stringify(by).length <= 1024, `${what}: is short`);
  }
});

t.test("who made a state is left out when the config says so, and put in again later", async (t) => {
  const world = await worldWithVg(2);
  world.config = { tm: { recordCommands: false } };
  await update(world);
  t.notOk("by" in stored(world));
  world.config = {};
  await update(world, { command: ["change-and-rename", "other"] });
  t.ok("by" in stored(world));
});
