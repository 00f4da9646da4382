/** Disks that say different things, and what comes of it. All tools, on disks in memory. */
import t from "tap";
import type { DvmError } from "../../src/core/base/error.ts";
import type { DiscoverList, Discovery, TmVerify } from "../../src/schema/index.ts";
import type { Machine } from "../lib/machine.ts";
import { orNightly } from "../lib/nightly.ts";
import { type } from "../lib/typed.ts";
import {
  change,
  createLv,
  diskPath,
  expand,
  find,
  goWithout,
  idAt,
  lvNames,
  machineWithVg,
  readText,
  recover,
  reduce,
  verify,
} from "../lib/vg.ts";

const [A, B, C, D] = [0, 1, 2, 3].map(diskPath) as [string, string, string, string];

/** What verify says, also when it refuses. */
const judged = async (machine: Machine): Promise<TmVerify> =>
  verify(machine).catch((error: DvmError) => error.output as TmVerify);

/** A VG of three, whose LV stands on the first disk, and the ids of its disks. */
async function three() {
  const machine = await machineWithVg({ disks: 3 });
  const ids = await Promise.all([A, B, C].map((path) => idAt(machine, path)));
  const [a, b, c] = ids as [string, string, string];
  await createLv(machine, "kept", "512k", "--pv", a);
  return { machine, a, b, c };
}

let serial = 0;

/** Changes the metadata so many times, each time differently. */
async function updates(machine: Machine, count: number): Promise<void> {
  const discovery = await find(machine);
  for (let n = 0; n < count; n += 1)
    await change(machine, ["tag", "--add", `t${serial + 1}`, "--remove", `t${serial++}`], {
      discovery,
      options: { "no-activate": true },
    });
  machine.steps.length = 0;
}

t.test("a device comes back after ten updates without it", async (t) => {
  const { machine, b, c } = await three();
  const away = machine.unplug(C);
  await t.rejects(updates(machine, 1), { code: "INCOMPLETE", details: { missing: [c] } }, "first of all");
  await goWithout(machine, [c]);
  await updates(machine, 10);
  const now = await readText(machine);

  machine.disk(C, away);
  machine.restart();
  t.match(await verify(machine), { complete: true, strangers: [c] }, "it does no harm");
  t.equal(await readText(machine), now, "and has no say");
  t.match(machine.warnings.join("\n"), new RegExp(`not used.*${c}`));
  await updates(machine, 1);

  machine.unplug(B);
  t.match(await judged(machine), { complete: false, strangers: [c] }, "nor does it stand in for a member");
  await t.rejects(readText(machine), { code: "INCOMPLETE", details: { missing: [b] } });
});

t.test("taken back, it holds what the others do", async (t) => {
  const { machine, c } = await three();
  const away = machine.unplug(C);
  await goWithout(machine, [c]);
  await updates(machine, 10);
  machine.disk(C, away);
  const now = await readText(machine);
  t.match(await recover(machine, { resync: [C] }), {
    summary: [/1 regions/, new RegExp(`${c} is a member again`)],
  });
  t.match(await verify(machine), { complete: true, state: "clean", members: { length: 3 }, strangers: [] });
  t.equal(await readText(machine), now, "its own metadata is given up");
  machine.unplug(A);
  machine.unplug(B);
  t.equal(await readText(machine, { options: { partial: true } }), now, "it could stand in for all");
});

const MANY = orNightly(300, 10_000);

t.test(`a device comes back after ${MANY} updates without it`, async (t) => {
  const { machine, c } = await three();
  const away = machine.unplug(C);
  await goWithout(machine, [c]);
  await updates(machine, MANY);
  machine.disk(C, away);
  const verified = await verify(machine);
  t.match(verified, { complete: true, strangers: [c] });
  t.ok((verified.txid ?? 0) > MANY);
  await recover(machine, { resync: [c] });
  t.match(await verify(machine), { complete: true, members: { length: 3 }, strangers: [] });
});

t.test("a device is put back to an old image of itself", async (t) => {
  const { machine, c } = await three();
  const image = machine.unplug(C);
  machine.disk(C, image);
  await updates(machine, 3);
  const now = await readText(machine);
  machine.disk(C, machine.unplug(C) && image);

  await t.rejects(readText(machine), { code: "OUT_OF_SYNC", message: /tm recover --resync/ });
  await t.rejects(updates(machine, 1), { code: "OUT_OF_SYNC" });
  await t.rejects(recover(machine), { code: "OUT_OF_SYNC" });
  const document = await judged(machine);
  t.match(document, {
    state: "out-of-sync",
    states: [{ newest: true }, { newest: false, devices: [c] }],
  });
  await t.rejects(
    recover(machine, { choose: `${document.states?.[1]?.txid}` }),
    { code: "DECIDED", message: /comes after all others/ },
    "the past is nothing to choose",
  );
  t.match(await recover(machine, { resync: [c] }), { found: "out-of-sync" });
  t.equal(await readText(machine), now);
  t.match(await verify(machine), { complete: true, state: "clean" });
});

t.test("every device but one is put back to an old image", async (t) => {
  const { machine, a, b } = await three();
  const images = [A, B].map((path) => {
    const image = machine.unplug(path);
    machine.disk(path, image);
    return { path, image };
  });
  await updates(machine, 2);
  const now = await readText(machine);
  for (const { path, image } of images) {
    machine.unplug(path);
    machine.disk(path, image);
  }
  await t.rejects(readText(machine), { code: "OUT_OF_SYNC" }, "the many do not outvote the newest");
  await t.rejects(recover(machine, { resync: [a] }), { code: "OUT_OF_SYNC" }, "one alone is not enough");
  await recover(machine, { resync: [a, b] });
  t.equal(await readText(machine), now);
});

/** Two halves that were changed apart from each other, plugged together. */
async function splitBrain() {
  const { machine, a, b, c } = await three();
  const other = machine.fork();
  other.diverge();
  machine.unplug(C);
  await goWithout(machine, [c]);
  await createLv(machine, "left", "512k", "--pv", a);
  for (const path of [A, B]) other.unplug(path);
  // It knows that the LV is on a disk which it does not have.
  await recover(other, { without: [a, b], "no-activate": true }, { command: ["cat"] });
  await change(other, ["create-lv", "--name", "right", "--size", "512k", "--pv", c], {
    options: { "no-activate": true },
  });
  machine.disk(C, other.unplug(C));
  machine.restart();
  return { machine, a, b, c };
}

t.test("two halves were changed apart: refused, and both are shown", async (t) => {
  const { machine, a, b, c } = await splitBrain();
  const document = await judged(machine);
  t.match(document, { complete: false, state: "out-of-sync", txid: null });
  const [left, right] = document.states ?? [];
  t.same([...(left?.devices ?? [])].sort(), [a, b].sort());
  t.same(right?.devices, [c]);
  t.notOk(left?.newest || right?.newest);
  for (const work of [
    () => readText(machine),
    () => updates(machine, 1),
    () => recover(machine),
    () => recover(machine, { resync: [c] }),
    () => goWithout(machine, [a]),
    () => reduce(machine, [c]),
  ])
    await t.rejects(work() as Promise<unknown>, {
      status: 3,
      message: /out of sync|changed apart|knows transactions/,
    });
  t.same(machine.steps, [], "nothing was written");
});

for (const side of ["left", "right"] as const) {
  t.test(`two halves were changed apart: the ${side} one is chosen`, async (t) => {
    const { machine } = await splitBrain();
    machine.config = { tm: { backup: "/backup" } };
    const states = (await judged(machine)).states ?? [];
    const chosen = states[side === "left" ? 0 : 1];
    const word = `${chosen?.txid}:${chosen?.contentHash.slice(0, 6)}`;
    t.match(await recover(machine, { choose: word }), { found: "out-of-sync" });
    t.match(await verify(machine), { complete: true, state: "clean", members: { length: 3 }, strangers: [] });
    t.ok((await lvNames(machine)).includes(side));
    t.notOk((await lvNames(machine)).includes(side === "left" ? "right" : "left"), "the other is lost");
    const kept = [...machine.files]
      .filter(([path]) => path.startsWith("/backup/"))
      .map(([, text]) => `${text}`);
    const lost = side === "left" ? '"name":"right"' : '"name":"left"';
    t.ok(
      kept.some((text) => text.includes(lost)),
      "but for the file that keeps it",
    );
    await updates(machine, 1);
    await t.rejects(recover(machine, { choose: word }), { code: "DECIDED" });
  });
}

t.test("who knows of later transactions in the past of what was chosen is not the VG", async (t) => {
  const { machine, a, b, c } = await three();
  const other = machine.fork();
  other.diverge();
  machine.unplug(B);
  await goWithout(machine, [b]);
  for (const path of [A, C]) other.unplug(path);
  await recover(other, { without: [a, c], "no-activate": true }, { command: ["cat"] });
  const later = machine.fork();
  await updates(later, 5);

  // The choice is made while one is away that has seen more of the one half than the device that is there.
  machine.unplug(C);
  machine.disk(B, other.unplug(B));
  machine.restart();
  const ours = (await judged(machine)).states?.find(({ devices }) => devices.includes(a));
  await recover(machine, { choose: `${ours?.txid}:${ours?.contentHash}`, "no-activate": true });
  machine.disk(C, later.unplug(C));
  const { state, states = [] } = await judged(machine);
  t.equal(state, "out-of-sync");
  t.ok((states.find(({ devices }) => devices.includes(c))?.txid ?? 0) > (ours?.txid ?? 0) + 1);
  t.notOk(
    states.some(({ newest }) => newest),
    "neither comes after the other",
  );
  await t.rejects(recover(machine, { resync: [a, b] }), { code: "OUT_OF_SYNC" }, "nor is overwritten");
});

t.test("what can be no choice", async (t) => {
  const { machine } = await splitBrain();
  const states = (await judged(machine)).states ?? [];
  await t.rejects(recover(machine, { choose: "newest" }), { code: "USAGE" });
  await t.rejects(recover(machine, { choose: "999" }), { code: "NOT_FOUND", message: /it has/ });
  const [left, right] = states;
  if (left?.txid === right?.txid)
    await t.rejects(recover(machine, { choose: `${left?.txid}` }), { code: "USAGE", message: /name more/ });
  t.equal(left?.txid, right?.txid, "both halves counted on");
});

t.test("a commit reached only a device that then vanished", async (t) => {
  const { machine, a, b } = await three();
  const old = await readText(machine);
  // The commit is three superblocks; the first is written, then the process is killed.
  const trial = machine.fork();
  await createLv(trial, "new", "512k", "--pv", b);
  const isSuperblock = (step: string) => / (1048576)$/.test(step);
  const superblocks = trial.steps.flatMap((step, n) => (isSuperblock(step) ? [n] : []));
  const first = superblocks[3] ?? 0;
  machine.restart();
  machine.stepsLeft = first + 1;
  t.ok(await machine.dies(() => createLv(machine, "new", "512k", "--pv", b)));
  machine.restart();
  t.match(await judged(machine), { state: "committing" });
  const decided = await readText(machine);
  t.not(decided, old, "with it, it is decided");
  const vanished = trial.steps[first]?.split(" ")[1] ?? "";
  t.equal(vanished, A);
  const id = a;

  const away = machine.unplug(vanished);
  await t.rejects(recover(machine), { code: "INCOMPLETE" }, "without it, nobody can know");
  t.equal(await readText(machine, { options: { partial: true } }), old);
  await recover(machine, { without: [id] }, { command: ["cat"] });
  t.equal(await readText(machine), old, "somebody decided that it was not");
  await updates(machine, 1);

  machine.disk(vanished, away);
  machine.restart();
  t.match(await verify(machine), { complete: true, strangers: [id] });
  await t.rejects(recover(machine, { resync: [id] }), { code: "OUT_OF_SYNC", message: /--choose/ });
  const now = await readText(machine);
  const { txid } = await verify(machine);
  await recover(machine, { choose: `${txid}`, "no-activate": true });
  t.same(lvsOf(await readText(machine)), lvsOf(now));
  t.match(await verify(machine), { complete: true, members: { length: 3 }, strangers: [] });
});

t.test("a region holds what another VG has written", async (t) => {
  const { machine, c } = await three();
  const alien = await machineWithVg({ disks: 1, diverging: true });
  const { regions } = await find(machine);
  const [region] = regions.filter(({ path }) => path === C);
  const bytes = alien.disks.bytes(A).subarray(2 ** 20, 2 * 2 ** 20);
  bytes.copy(machine.disks.bytes(C), (region?.offset ?? 0) * 512);
  const before = Buffer.from(machine.disks.bytes(C));
  for (const work of [
    () => readText(machine),
    () => updates(machine, 1),
    () => recover(machine),
    () => recover(machine, { resync: [c] }),
  ])
    await t.rejects(work() as Promise<unknown>, { code: "OUT_OF_SYNC" });
  t.ok(before.equals(machine.disks.bytes(C)), "it is left alone");
  const states = (await judged(machine)).states ?? [];
  const foreign = states.find(({ devices }) => devices[0] === c);
  await t.rejects(
    recover(machine, { choose: `${foreign?.txid}:${foreign?.contentHash}` }),
    { code: "CORRUPT", message: /no metadata of VG vg/ },
    "it is no choice",
  );
  const ours = states.find(({ devices }) => devices[0] !== c);
  await recover(machine, { choose: `${ours?.txid}:${ours?.contentHash.slice(0, 8)}` });
  t.match(await verify(machine), { complete: true, state: "clean" });
  t.same(await lvNames(machine), ["kept"]);
});

t.test("a region was overwritten with garbage", async (t) => {
  const { machine, c } = await three();
  machine.disks.bytes(C).fill(0xa5, 2 ** 20, 2 * 2 ** 20);
  await t.rejects(readText(machine), {
    code: "OUT_OF_SYNC",
    message: /nothing that can be read on \/dev\/c/,
  });
  await recover(machine, { resync: [c] });
  t.match(await verify(machine), { complete: true, state: "clean" });
  t.same(await lvNames(machine), ["kept"]);
});

t.test("the only device that is there has no metadata any more", async (t) => {
  const { machine } = await three();
  machine.cutPower(() => false);
  for (const path of [B, C]) machine.unplug(path);
  machine.disks.bytes(A).fill(0xa5, 2 ** 20, 2 * 2 ** 20);
  const message =
    "VG vg: there is no metadata on /dev/a, and 2 of its devices are missing: plug in what is missing";
  await t.rejects(readText(machine), { code: "INCOMPLETE", message });
  const before = Buffer.from(machine.disks.bytes(A));
  const remove = { applet: "dvm", verb: "remove-vg", operands: { vg: "vg" } } as const;
  await t.rejects(machine.call(remove), { code: "INCOMPLETE", message }, "nobody begins anew over that");
  t.match(await type(machine, "dvm doctor"), {
    status: 3,
    stdout: /there is no metadata on \/dev\/a, and 2/,
  });
  t.ok(before.equals(machine.disks.bytes(A)));
});

t.test("the only device that is there cannot be read", async (t) => {
  const { machine } = await three();
  const discovery = await find(machine);
  const [first] = discovery.devices;
  const alone = {
    ...discovery,
    devices: [first],
    regions: discovery.regions.slice(0, 1),
    missing: { count: 2 },
  };
  machine.failing = (step) => step === `read ${A}`;
  await t.rejects(readText(machine, { discovery: alone as Discovery }), {
    message:
      /^nothing that can be read on \/dev\/a \([0-9a-f]{32}\), and no other device of VG vg is there: plug in one that can be read$/,
  });
});

t.test("a device was removed from the VG while it was absent", async (t) => {
  const { machine, c } = await three();
  const away = machine.unplug(C);
  await goWithout(machine, [c]);
  machine.disk(C, away);
  machine.restart();
  t.match(await verify(machine), { complete: true, members: { length: 2 }, strangers: [c] });
  t.same((await recover(machine)).summary, [], "recovery leaves it alone");
  t.match(machine.warnings.join("\n"), /discover rm vg [0-9a-f]{32} wipes/);
  t.ok(away.equals(machine.disks.bytes(C)), "nobody has written to it");
  await t.rejects(reduce(machine, [c]), { code: "NOT_FOUND" }, "it cannot leave again");
  await t.rejects(expand(machine, [C]), { code: "EXISTS" }, "nor come as if it were new");

  await machine.call({ applet: "discover", verb: "rm", operands: { vg: "vg", device: c } });
  t.match(await verify(machine), { complete: true, strangers: [] });
  await expand(machine, [C]);
  t.match(await verify(machine), { complete: true, members: { length: 3 } });
  t.not(await idAt(machine, C), c, "it is another device now");
});

t.test("an expansion is interrupted, and then the new device vanishes", async (t) => {
  const start = (await three()).machine;
  start.disk(D, 6 * 2 ** 20);
  start.restart();
  const old = await readText(start);
  const outcomes = new Set<string>();
  for (let step = 0; ; step += 1) {
    const machine = start.fork();
    // Were it asked for all at once, the new device would be the first to have the commit.
    machine.slow = [A, B, C];
    machine.stepsLeft = step;
    if (!(await machine.dies(() => expand(machine, [D])))) break;
    machine.restart();
    const text = await readText(machine);
    const id = await idAt(machine, D).catch(() => undefined);
    const away = machine.unplug(D);
    if (text === old) {
      await recover(machine);
      outcomes.add("undone");
    } else {
      await t.rejects(recover(machine), { code: "INCOMPLETE" }, `after ${step}: it is a member`);
      await goWithout(machine, [id ?? ""]);
      outcomes.add("decided");
    }
    t.match(await verify(machine), { complete: true, members: { length: 3 } }, `after ${step}: whole`);
    await updates(machine, 1);
    machine.disk(D, away);
    const now = await judged(machine);
    t.match(now, { complete: true, members: { length: 3 } }, `after ${step}: whole when it comes back`);
    const { devices } = (await machine.call({ applet: "discover", verb: "list" })) as DiscoverList;
    const label = devices.find(({ path }) => path === D)?.label;
    t.equal(now.strangers.length, label ? 1 : 0, `after ${step}: it is no member`);
  }
  t.same(outcomes, new Set(["undone", "decided"]));
});

t.test("one of two regions of a device falls behind", async (t) => {
  const machine = await machineWithVg({ disks: 1, regions: 2 });
  await createLv(machine, "kept", "512k");
  const { regions } = await find(machine);
  const [first] = regions;
  const from = (first?.offset ?? 0) * 512;
  const before = Buffer.from(machine.disks.bytes(A).subarray(from, from + 2 ** 20));
  await updates(machine, 2);
  const now = await readText(machine);
  before.copy(machine.disks.bytes(A), from);
  await t.rejects(readText(machine), { code: "OUT_OF_SYNC" });
  await recover(machine, { resync: [A] });
  t.equal(await readText(machine), now, "the other one heals it");
});

/** What a choice leaves as it is; which extents were freed when begins anew. */
const lvsOf = (text: string): unknown => (JSON.parse(text) as { readonly lvs: unknown }).lvs;

/** What a message says to type after `tm recover`, as options. */
function advised(message: string, wanted: string): Readonly<Record<string, unknown>> | undefined {
  const resync = /tm recover((?: --resync [0-9a-f]{32})+)/.exec(message)?.[1];
  if (resync) return { resync: resync.split(" --resync ").slice(1) };
  if (message.includes(`tm recover --choose ${wanted}`)) return { choose: wanted };
  return /run (tm|dvm) recover/.test(message) ? {} : undefined;
}

for (const side of ["left", "right"] as const) {
  t.test(`choosing the ${side} half is interrupted, and finished as the messages say`, async (t) => {
    const { machine: start } = await splitBrain();
    const states = (await judged(start)).states ?? [];
    const { txid, contentHash } = states[side === "left" ? 0 : 1] ?? { txid: 0, contentHash: "" };
    const wanted = `${txid}:${contentHash.slice(0, 8)}`;
    let step = 0;
    for (; ; step += 1) {
      const machine = start.fork();
      machine.stepsLeft = step;
      if (!(await machine.dies(() => recover(machine, { choose: wanted })))) break;
      const typed: string[] = [];
      const where = `after ${step} steps`;
      let refusal: string | undefined;
      for (let turn = 0; turn < 5; turn += 1) {
        machine.restart();
        const { problems } = await judged(machine);
        const said = [...(refusal ? [refusal] : []), ...machine.warnings, ...problems];
        if (said.length === 0) break;
        const options = said.map((message) => advised(message, wanted)).find((each) => each);
        if (!options) t.fail(`${where}: nobody says what to do: ${said.join("; ")}`);
        typed.push(JSON.stringify(options));
        refusal = await recover(machine, options).then(
          () => undefined,
          ({ message }: DvmError) => message,
        );
      }
      t.ok(typed.length <= 3, `${where}: ${typed.join(", then ")}`);
      t.match(
        await verify(machine),
        { complete: true, state: "clean", members: { length: 3 }, strangers: [] },
        where,
      );
      t.ok((await lvNames(machine)).includes(side), where);
      t.notOk((await lvNames(machine)).includes(side === "left" ? "right" : "left"), where);
    }
    t.ok(step > 15, `${step} steps`);
    t.comment(`states of a choice interrupted: ${step}`);
  });
}
