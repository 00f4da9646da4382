/** What tend does of a VG on image files, whose simulated kernel rebuilds, and lets legs fail. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { toDvmError } from "../../../src/core/base/error.ts";
import { roomToGrow } from "../../../src/core/dvm/tend/room-to-grow.ts";
import { type Lv, legsOf, runsIn } from "../../../src/core/volume/model.ts";
import { kindOf } from "../../../src/core/volume/types/index.ts";
import type { Metadata, TendedVg } from "../../../src/schema/index.ts";
import { ImageVg } from "../../lib/image-vg.ts";

type Sim = ImageVg["dmState"] & { broken?: string[] };

async function vgOf(t: Test, disks: readonly string[], graceMs = 0, mib = 6) {
  const vg = new ImageVg({ tend: { graceMs } }, mib);
  t.teardown(() => vg.remove());
  await vg.init(...disks);
  const change = (...command: string[]) => vg.tm("update", { command: ["manip", ...command] });
  const dvm = (verb: string, operands: object, options = {}) =>
    vg.call({ applet: "dvm", verb, operands: { ...operands }, options });
  const tend = async (options = {}): Promise<TendedVg> => {
    const { vgs } = (await dvm("tend", { vg: "vg" }, { json: true, ...options }).catch((thrown) => {
      const { output } = toDvmError(thrown);
      if (!output) throw thrown;
      return output;
    })) as { vgs: TendedVg[] };
    return vgs[0] as TendedVg;
  };
  const lv = async (name: string): Promise<Lv> => {
    const { lvs } = JSON.parse(String(await vg.tm<Uint8Array>("read"))) as Metadata;
    return lvs.find((each) => each.name === name) as Lv;
  };
  const broken = (...names: string[]) => {
    const file = join(vg.images, "dm.json");
    const sim = JSON.parse(readFileSync(file, "utf8")) as Sim;
    writeFileSync(file, JSON.stringify({ ...sim, broken: names.map((name) => vg.path(name)) }));
  };
  /** The name of the disk that a leg is on. */
  const diskOf = async (name: string, leg: number): Promise<string> => {
    const found = legsOf(await lv(name)).find(({ number }) => number === leg);
    const pv = runsIn(found?.image ?? [])[0]?.pv;
    const path = (await vg.find()).devices.find(({ id }) => id === pv)?.path ?? "";
    return disks.find((disk) => vg.path(disk) === path) ?? "";
  };
  return { vg, change, dvm, tend, lv, broken, diskOf };
}

const states = (lv: Lv) => legsOf(lv).map(({ state, number }) => `${number} ${state}`);
/** What is due, and left. */
const rest = async (tend: () => Promise<TendedVg>) => {
  const { due, left } = await tend();
  return [due, left];
};
const duties = ({ due }: TendedVg) => due.map(({ duty, done }) => `${duty} ${done}`);

t.test("what has been rebuilt, moved and converted", async (t) => {
  const { change, tend, lv } = await vgOf(t, ["a", "b", "c"]);
  await change("create-lv", "--name", "m", "--size", "1M");
  await change("mirror", "--name", "m", "--mirrors", "1");
  t.same(states(await lv("m")), ["0 current", "1 rebuild"]);
  const planned = await tend({ "dry-run": true });
  t.match(planned.due, [{ duty: "mark", lv: "m", legs: [1], done: false }]);
  t.same(states(await lv("m")), ["0 current", "1 rebuild"], "a dry run changes nothing");
  t.same(duties(await tend()), ["mark true"]);
  t.same(states(await lv("m")), ["0 current", "1 current"]);

  await change("create-lv", "--name", "x", "--size", "1M");
  await change("convert", "--name", "x", "--type", "striped", "--stripes", "2");
  t.same(duties(await tend()), ["finish true"]);
  const { segments, work } = await lv("x");
  t.equal(work, undefined);
  t.same(segments.map(kindOf), ["striped"]);
  t.same(await rest(tend), [[], []], "nothing is due any more");
});

t.test("snapshots that are merged go, and stores that fill get longer", async (t) => {
  const { vg, change, tend, lv } = await vgOf(t, ["a", "b"]);
  await change("create-lv", "--name", "x", "--size", "1M");
  await change("snapshot", "--origin", "x", "--name", "s", "--size", "256k");
  t.same((await tend()).due, []);
  const statusOf = (name: string, text: string | undefined) => {
    const file = join(vg.images, "dm.json");
    const sim = JSON.parse(readFileSync(file, "utf8")) as Sim;
    const devices = sim.devices.map(({ status: _, ...device }) =>
      device.name === name && text !== undefined ? { ...device, status: { 0: text } } : device,
    );
    writeFileSync(file, JSON.stringify({ ...sim, devices }));
  };
  const store = async () => runsIn((await lv("s")).segments).reduce((sum, { length }) => sum + length, 0);
  const before = await store();
  statusOf("vg-s", "440/512 16");
  await change("policy", "--extend-at", "100");
  t.same((await tend()).due, [], "where policy does not want it");
  await change("policy", "--extend-at", "80", "--extend-by", "20");
  statusOf("vg-s", "440/512 16");
  const grown = await tend({ "dry-run": true });
  t.match(grown.due, [{ duty: "grow", lv: "s", text: /^LV s: 85.9 % of its room is taken, so it gets / }]);
  await tend();
  t.ok((await store()) > before, "it is longer");
  statusOf("vg-s", undefined);

  await change("merge", "--name", "s");
  statusOf("vg-x", "100/512 16");
  t.same((await tend()).due, [], "it is not over");
  statusOf("vg-x", undefined);
  t.same(duties(await tend()), ["finish true"]);
  t.equal(await lv("s"), undefined);
  t.equal((await lv("x")).segments.map(kindOf).join(), "linear");
});

t.test("caches that have been flushed go, and what is cached only a kernel reads", async (t) => {
  const { vg, change, dvm, tend, lv } = await vgOf(t, ["a", "b"], 0, 10);
  const [, b = ""] = (await vg.find()).devices.map(({ id }) => id);
  const told = (text: string | undefined) => {
    const file = join(vg.images, "dm.json");
    const sim = JSON.parse(readFileSync(file, "utf8")) as Sim;
    for (const device of sim.devices)
      if (device.name === "vg-x") device.status = text === undefined ? {} : { 0: text };
    writeFileSync(file, JSON.stringify(sim));
  };
  for (const [kind, some] of [
    [
      "cache",
      "8 10/512 128 3/16 0 0 0 0 0 0 1 2 metadata2 writethrough 2 migration_threshold 2048 cleaner 0 rw - ",
    ],
    ["writecache", "0 100 99 0"],
  ] as const) {
    await change("create-lv", "--name", "x", "--size", "1M");
    await change("cache", "--name", "x", "--size", "1M", "--pv", b, "--kind", kind);
    t.same((await tend()).due, []);
    await change("uncache", "--name", "x");
    told(some);
    t.same((await tend()).due, [], "something is left");
    told(undefined);
    t.match((await tend({ "dry-run": true })).due, [
      { duty: "finish", lv: "x", text: `LV x: its ${kind} has been flushed, so it goes` },
    ]);
    await dvm("deactivate", { vg: "vg" });
    t.same((await tend()).due, [], "of one that is down nothing is known");
    await t.rejects(dvm("export", { lv: "vg/x", file: join(vg.images, "content") }), {
      code: "UNSUPPORTED",
      message: /what is cached is read and written by a kernel alone: activate it, or uncache it first/,
    });
    await dvm("activate", { vg: "vg" });
    t.same(duties(await tend()), ["finish true"]);
    t.equal((await lv("x")).segments.map(kindOf).join(), "linear");
    await change("remove-lv", "--name", "x");
  }
});

t.test("pools that fill get longer, their metadata too, and not one that must be checked", async (t) => {
  const { vg, change, tend } = await vgOf(t, ["a", "b"]);
  await change("create-pool", "--name", "p", "--size", "1M");
  const told = async (text: string) => {
    const file = join(vg.images, "dm.json");
    const sim = JSON.parse(readFileSync(file, "utf8")) as Sim;
    for (const device of sim.devices) if (device.name === "vg-p") device.status = { 0: text };
    writeFileSync(file, JSON.stringify(sim));
    return (await tend({ "dry-run": true })).due.map(({ text }) => text);
  };
  const status = (meta: string, data: string, check = "-") =>
    `0 ${meta} ${data} - rw discard_passdown queue_if_no_space ${check} 1024 `;
  t.same(await told(status("10/512", "2/16")), []);
  t.match(await told(status("10/512", "15/16")), [/^LV p: 93.7 % of its room is taken, so it gets /]);
  t.same(await told(status("500/512", "15/16", "needs_check")), []);
  t.match(await told(status("500/512", "15/16")), [
    /^LV p: 97.6 % of its metadata is taken, so it gets .*; 93.7 % of its room is taken/,
  ]);
  t.same(duties(await tend()), ["grow true"]);
  const sim = JSON.parse(readFileSync(join(vg.images, "dm.json"), "utf8")) as Sim;
  const lengths = ["vg-p-tmeta", "vg-p-tdata"].map((name) =>
    sim.devices
      .find((device) => device.name === name)
      ?.live?.lines.reduce((sum, { length }) => sum + length, 0),
  );
  t.ok((lengths[0] ?? 0) > 4096 && (lengths[1] ?? 0) > 2048, `longer: ${lengths}`);
});

t.test("what gets longer takes what there is, and not what is kept free", async (t) => {
  const { vg, change, dvm, tend, lv } = await vgOf(t, ["a", "b"]);
  await change("create-pool", "--name", "p", "--size", "1M");
  const read = async () => JSON.parse(String(await vg.tm<Uint8Array>("read"))) as Metadata;
  const facts = async () => {
    const { pvs, lvs, vg } = await read();
    const sum = (of: readonly number[]) => of.reduce((all, each) => all + each, 0);
    const used = sum(lvs.flatMap(({ segments }) => runsIn(segments).map(({ length }) => length)));
    return { free: sum(pvs.map(({ extents }) => extents)) - used, extentSize: vg.extentSize };
  };
  const fill = () => {
    const file = join(vg.images, "dm.json");
    const sim = JSON.parse(readFileSync(file, "utf8")) as Sim;
    const status = "0 10/512 15/16 - rw discard_passdown queue_if_no_space - 1024 ";
    for (const device of sim.devices) if (device.name === "vg-p") device.status = { 0: status };
    writeFileSync(file, JSON.stringify(sim));
  };
  const lengthOf = async () => (await lv("p")).segments.reduce((sum, { length }) => sum + length, 0);
  const keep = async (extents: number) =>
    await change("policy", "--keep-free", `${extents * (await facts()).extentSize}s`);

  const { free } = await facts();
  await change("policy", "--extend-by", "1000");
  await keep(free);
  fill();
  const none = await tend();
  t.same(none.due, [], "all is kept");
  t.match(none.left, [/^LV p: 93.7 % of its room .* unless you run dvm extend-lv vg\/p --size \+SIZE$/]);
  const { extentSize } = await facts();
  await dvm("extend-lv", { vg: "vg/p" }, { size: `+${extentSize}s` });
  t.equal((await facts()).free, free - 1, "who asks for it gets it");
  await keep(free - 2);
  fill();
  const before = await lengthOf();
  t.same(duties(await tend()), ["grow true"]);
  t.equal(await lengthOf(), before + 1, "by what is not kept");
  t.equal((await facts()).free, free - 2);

  await change("policy", "--extend-by", "1000", "--keep-free", "0s");
  await change("create-lv", "--name", "x", "--extents", String(free - 3));
  fill();
  t.same(duties(await tend()), ["grow true"]);
  t.equal((await facts()).free, 0, "less than the policy wants is better than nothing");
  fill();
  t.match((await tend()).due, [{ duty: "grow", done: false, error: { code: "NO_SPACE" } }]);
});

t.test("room for the largest leg is kept where new legs come unasked", async (t) => {
  const { vg, change } = await vgOf(t, ["a", "b"]);
  const kept = async () => roomToGrow(JSON.parse(String(await vg.tm<Uint8Array>("read"))) as Metadata).kept;
  await change("create-lv", "--name", "m", "--extents", "2", "--mirrors", "1");
  t.equal(await kept(), 0);
  await change("policy", "--replace", "free");
  t.ok((await kept()) > 2, "its image, and its metadata");
  await change("policy", "--keep-free", "0s");
  t.equal(await kept(), 0, "what is said counts");
});

t.test("a copy that is not complete is waited for", async (t) => {
  const { vg, change, tend, dvm, lv } = await vgOf(t, ["a", "b"]);
  const [a = ""] = (await vg.find()).devices.map(({ id }) => id);
  await change("create-lv", "--name", "x", "--size", "1M", "--pv", a);
  await dvm("deactivate", { vg: "vg" });
  await change("move", "--name", "x", "--from", a);
  t.same((await tend()).due, [], "it is down, so nothing is copied");
  t.equal((await lv("x")).work, "move");
  await dvm("activate", { vg: "vg" });
  t.same(duties(await tend()), ["finish true"]);
});

t.test(
  "a leg that failed and answers is taken back, one that fails again is replaced by policy",
  async (t) => {
    const { change, tend, lv, broken, diskOf } = await vgOf(t, ["a", "b", "c", "d"]);
    await change("create-lv", "--name", "r", "--size", "1M", "--type", "raid5", "--stripes", "2");
    const before = legsOf(await lv("r")).map(({ number }) => number);
    const disk = await diskOf("r", 1);
    broken(disk);
    await tend({ "dry-run": true });
    broken();
    t.same(duties(await tend()), ["take-back true", "mark true"]);
    t.same(
      states(await lv("r")),
      before.map((number) => `${number} current`),
    );

    broken(disk);
    const never = await tend();
    t.match(never.due, [{ duty: "take-back", done: false, error: { code: "INCOMPLETE" } }]);
    t.match(never.due[0]?.error?.message, /leg-state --leg r\/1 --state stale goes on without it/);
    await change("leg-state", "--leg", "r/1", "--state", "stale");
    t.same((await tend()).due, [], "and so it does");
    await change("policy", "--replace", "free");
    t.same(duties(await tend()), ["take-back false", "replace true", "mark true"]);
    const after = legsOf(await lv("r")).map(({ number }) => number);
    t.notOk(after.includes(1), "a new leg is in its place");
    t.ok(legsOf(await lv("r")).every(({ state }) => state === "current"));
    t.same(await rest(tend), [[], []]);
  },
);

t.test("nothing is done to a leg again before the grace time is over", async (t) => {
  const { change, tend, broken, diskOf } = await vgOf(t, ["a", "b", "c", "d"], 3_600_000);
  await change("policy", "--replace", "free");
  await change("create-lv", "--name", "m", "--size", "1M", "--mirrors", "1");
  broken(await diskOf("m", 1));
  t.match(await tend(), { due: [], left: [/^LV m: leg 1 on .*img has failed: .* waited for$/] });
});

t.test("what is left to a person is done by what it names", async (t) => {
  const { vg, change, tend, lv, dvm, diskOf } = await vgOf(t, ["a", "b", "c"]);
  await change("create-lv", "--name", "m", "--size", "1M", "--mirrors", "1");
  await change("leg-state", "--leg", "m/1", "--state", "stale");
  t.match(await tend(), { due: [], left: [/ is stale: dvm leg-state vg --leg m\/1 --state rebuild ends/] });
  await dvm("leg-state", { vg: "vg" }, { leg: ["m/1"], state: "rebuild" });
  t.same(duties(await tend()), ["mark true"]);
  rmSync(vg.path(await diskOf("m", 1)));
  await dvm("recover", { vg: "vg" }, { without: ["missing"] });
  t.match(await tend(), {
    due: [],
    left: [/ is away: dvm repair vg\/m --leg 1 puts a new one in its place$/],
  });
  await dvm("repair", { vg: "vg/m" }, { leg: 1 });
  t.same(duties(await tend()), ["mark true"]);
  t.same(states(await lv("m")), ["0 current", "2 current"]);
});

t.test("a device that is away for good, and one that comes back", async (t) => {
  const { vg, change, tend, lv, dvm, diskOf } = await vgOf(t, ["a", "b", "c"]);
  await change("create-lv", "--name", "m", "--size", "1M", "--mirrors", "1");
  const lost = vg.path(await diskOf("m", 1));
  const away = readFileSync(lost);
  rmSync(lost);
  await t.rejects(dvm("tend", { vg: "vg" }), { code: "INCOMPLETE", message: /^members are missing of vg: / });
  await t.rejects(dvm("tend", {}, { all: true }), { code: "INCOMPLETE" });
  await t.rejects(dvm("tend", { vg: "vg" }, { "dry-run": true }), { code: "INCOMPLETE" });
  t.match(await tend(), {
    missing: [/^[0-9a-f]{32}$/],
    due: [],
    left: [/^VG vg: a device is missing, .* dvm recover vg --without missing goes on/],
  });
  await dvm("recover", { vg: "vg" }, { without: ["missing"] });
  t.match(await tend(), {
    due: [],
    left: [/^LV m: leg 1 on [0-9a-f]{32} is away: dvm repair vg\/m --leg 1 /],
  });
  writeFileSync(lost, away);
  t.same(duties(await tend()), ["return true", "mark true"]);
  t.same(states(await lv("m")), ["0 current", "1 current"]);

  rmSync(lost);
  await dvm("recover", { vg: "vg" }, { without: ["missing"] });
  await change("policy", "--replace", "free");
  t.same(duties(await tend()), ["replace true", "mark true"]);
  t.same(states(await lv("m")), ["0 current", "2 current"]);
});

t.test("two legs of a raid6 at once", async (t) => {
  const { change, tend, lv, broken, diskOf } = await vgOf(t, ["a", "b", "c", "d", "e", "f", "g"]);
  await change("policy", "--replace", "free");
  await change("create-lv", "--name", "r", "--size", "1536k", "--type", "raid6", "--stripes", "3");
  broken(await diskOf("r", 1), await diskOf("r", 2));
  const { due } = await tend();
  t.match(due.at(-1), { duty: "mark", done: true }, JSON.stringify(due));
  t.same(
    legsOf(await lv("r")).filter(({ number }) => number === 1 || number === 2),
    [],
  );
  t.same(await rest(tend), [[], []]);
});
