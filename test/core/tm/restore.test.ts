/** restore by its effect: what shrinks or goes, and whether what comes back is what it was. */
import t, { type Test } from "tap";
import type { DvmError } from "../../../src/core/base/error.ts";
import { fill, heldAt, textsOf } from "../../lib/lv-content.ts";
import type { Machine } from "../../lib/machine.ts";
import {
  change,
  createLv,
  diskPath,
  find,
  goWithout,
  history,
  idAt,
  lvNames,
  machineWithVg,
  readMetadata,
  readText,
  restore,
  verify,
} from "../../lib/vg.ts";

const txidOf = async (machine: Machine): Promise<number> => (await verify(machine)).txid ?? 0;

const remove = (machine: Machine, name: string) => change(machine, ["remove-lv", "--name", name]);

/** Everything that is free, so that a new LV lies where others have been. */
const createOnAll = (machine: Machine, name: string) =>
  change(machine, ["create-lv", "--name", name, "--extents", "100%FREE"]);

/** Refused as a loss; nothing is written. @returns the message */
async function refused(t: Test, machine: Machine, from: number | string, options = {}): Promise<string> {
  const [text, dm] = [await readText(machine), JSON.stringify(machine.dmState)];
  machine.restart();
  const failure = await restore(machine, from, { options }).then(
    () => undefined,
    (thrown) => thrown as DvmError,
  );
  t.match(failure, { code: "WOULD_LOSE_DATA", status: 3 });
  t.same(machine.steps, [], "nothing was written");
  t.equal(await readText(machine), text);
  t.equal(JSON.stringify(machine.dmState), dm);
  return failure?.message ?? "";
}

/** The options that a refusal advises. */
const advised = (message: string) => ({
  allow: [...message.matchAll(/--allow (\S+)/g)].map(([, word]) => word),
});

t.test("an LV comes back with its bytes, or not at all", async (t) => {
  const machine = await machineWithVg({ disks: 1 });
  await createLv(machine, "a", "1M");
  await fill(machine, "a", "a's");
  const withA = await txidOf(machine);
  await remove(machine, "a");

  const back = machine.fork();
  t.match(await restore(back, withA), { changed: true });
  t.same(await textsOf(back, "a"), ["a's 0", "a's 1"]);
  t.match(await readMetadata(back), { freed: [] });

  await createOnAll(machine, "b");
  await fill(machine, "b", "b's");
  const message = await refused(t, machine, withA, { allow: ["remove:vg/b"] });
  t.match(message, /LV a cannot have its data back: extents \d+\.\.\d+ of PV [0-9a-f]{32}/);
  await remove(machine, "b");
  t.match(await refused(t, machine, withA), /LV a cannot have its data back/, "b has lived there since");
  t.match(
    await refused(t, machine, withA, { "dry-run": true }),
    /LV a cannot have its data back/,
    "a dry run says so too",
  );
});

t.test("what shrinks or goes has to be allowed, live or not", async (t) => {
  for (const options of [{}, { "no-activate": true }]) {
    const machine = await machineWithVg({ disks: 1 });
    await change(machine, ["create-lv", "--name", "a", "--size", "1M"], { options });
    const small = await txidOf(machine);
    await change(machine, ["extend-lv", "--name", "a", "--size", "+1M"], { options });
    await change(machine, ["create-lv", "--name", "b", "--size", "512k"], { options });
    await fill(machine, "a", "grown");

    const message = await refused(t, machine, small, options);
    t.match(message, /shrink LV a from 4 to 2 extents, remove LV b/);
    t.match(advised(message), { allow: ["shrink:vg/a", "remove:vg/b"] });
    for (const allow of [["shrink:vg/a"], ["remove:vg/b"], ["remove:vg/a", "shrink:vg/b"]])
      await refused(t, machine, small, { ...options, allow });
    for (const word of ["a", "shrink:a", "shrink:other/a", "wipe:vg/a", "shrink:vg/a/b", "shrink:vg/"])
      await t.rejects(restore(machine, small, { options: { ...options, allow: [word] } }), { code: "USAGE" });

    const text = await readText(machine);
    t.match(await restore(machine, small, { options: { ...options, ...advised(message) } }), {
      changed: true,
    });
    t.same(await textsOf(machine, "a"), ["grown 0", "grown 1"], "what it keeps is as it was");
    t.same(await lvNames(machine), ["a"]);
    machine.files.set("larger", Buffer.from(text));
    t.match(await restore(machine, "larger", { options }), { changed: true }, "and back again");
    t.same(
      await textsOf(machine, "a"),
      [0, 1, 2, 3].map((n) => `grown ${n}`),
    );
  }
});

t.test("an LV is named by its id as well", async (t) => {
  const machine = await machineWithVg({ disks: 1 });
  const empty = await txidOf(machine);
  await createLv(machine, "a", "1M");
  const { vg, lvs } = await readMetadata(machine);
  t.match(await restore(machine, empty, { options: { allow: [`remove:${vg.id}/${lvs[0]?.id}`] } }), {
    changed: true,
  });
});

t.test("several changes are gone back one by one", async (t) => {
  const machine = await machineWithVg({ disks: 1 });
  for (const name of ["a", "b"]) {
    await createLv(machine, name, "512k");
    await fill(machine, name, name);
  }
  const both = await txidOf(machine);
  await remove(machine, "a");
  const one = await txidOf(machine);
  await remove(machine, "b");
  t.match(await refused(t, machine, both), /LV b cannot have its data back.*newest first/);
  await restore(machine, one);
  t.same(await lvNames(machine), ["b"]);
  await restore(machine, both);
  t.same([await textsOf(machine, "a"), await textsOf(machine, "b")], [["a 0"], ["b 0"]]);
});

t.test("changes that free nothing do not stand between", async (t) => {
  const machine = await machineWithVg({ disks: 1 });
  await createLv(machine, "a", "512k");
  await fill(machine, "a", "a");
  const then = await txidOf(machine);
  await change(machine, ["rename-lv", "--name", "a", "--to", "x"]);
  await createLv(machine, "b", "512k");
  await change(machine, ["tag", "--add", "t"]);
  await remove(machine, "x");
  await createLv(machine, "c", "512k");
  const message = await refused(t, machine, then);
  t.match(message, /remove LV b, remove LV c/);
  await restore(machine, then, { options: advised(message) });
  t.same(await textsOf(machine, "a"), ["a 0"]);
});

t.test("a mutator of somebody else's need not know of what is freed", async (t) => {
  const machine = await machineWithVg({ disks: 1 });
  await createLv(machine, "a", "512k");
  await fill(machine, "a", "a");
  const withA = await txidOf(machine);
  const text = await readText(machine);
  const edited = (edit: (metadata: Record<string, unknown>) => void) => (_: unknown, input: Buffer) => {
    const metadata = JSON.parse(String(input));
    edit(metadata);
    return Buffer.from(JSON.stringify(metadata));
  };
  machine.commands["drops"] = edited((metadata) => {
    metadata["lvs"] = [];
  });
  machine.commands["forgets"] = edited((metadata) => {
    delete metadata["revision"];
    delete metadata["freed"];
    metadata["lvs"] = [];
  });
  const takes = edited((metadata) => {
    metadata["lvs"] = JSON.parse(text.replaceAll(/"id":"./g, '"id":"f').replaceAll('"a"', '"z"')).lvs;
    for (const lv of metadata["lvs"] as { segments: { area: { pv: string } }[] }[])
      for (const { area } of lv.segments) area.pv = (JSON.parse(text).pvs as { id: string }[])[0]?.id ?? "";
  });
  machine.commands["takes"] = takes;
  for (const name of ["drops", "forgets"]) {
    const other = machine.fork();
    await other.call({ applet: "tm", verb: "update", stdin: await find(other), command: [name] });
    await restore(other, withA);
    t.same(await textsOf(other, "a"), ["a 0"], name);
    await other.call({ applet: "tm", verb: "update", stdin: await find(other), command: [name] });
    await other.call({ applet: "tm", verb: "update", stdin: await find(other), command: ["takes"] });
    t.match(await readMetadata(other), { freed: [], lvs: [{ name: "z" }] });
    await other.call({ applet: "tm", verb: "update", stdin: await find(other), command: [name] });
    await refused(t, other, withA);
  }
});

t.test("an update that is given up has wiped nothing that is still said to be there", async (t) => {
  const base = await machineWithVg({ disks: 1 });
  await createLv(base, "a", "1M");
  await fill(base, "a", "a");
  const withA = await txidOf(base);
  await remove(base, "a");
  const [run] = (await readMetadata(base)).freed ?? [];
  t.match(run, { length: 2 });

  const late = base.fork();
  late.failing = (step) => step.startsWith("dm load");
  await t.rejects(createOnAll(late, "b"));
  late.restart();
  t.equal(await heldAt(late, run?.pv ?? "", run?.start ?? 0), "", "a's start was wiped");
  t.match(await readMetadata(late), { freed: [], lvs: [] });
  await refused(t, late, withA);

  const early = base.fork();
  await early.call({ applet: "dmexec", verb: "run", operands: { program: strangerNamed("vg-b") } });
  const states = (await history(early)).states.length;
  await t.rejects(createOnAll(early, "b"), { code: /IN_USE|EXISTS|PROGRAM/ });
  t.equal((await history(early)).states.length, states, "what is refused takes no transaction");
  await restore(early, withA);
  t.same(await textsOf(early, "a"), ["a 0", "a 1"]);

  const grown = base.fork();
  await createLv(grown, "other", "512k");
  const before = (await history(grown)).states.length;
  await change(grown, ["extend-lv", "--name", "other", "--extents", "100%FREE"]).catch(() => undefined);
  t.ok(
    (await history(grown)).states.length - before <= 1,
    "what is not wiped takes no transaction of its own",
  );
});

/** A device in the way of an LV's. */
const strangerNamed = (name: string) => ({
  instructions: [{ op: "create", name, uuid: `DVM-${"f".repeat(64)}` }],
});

t.test("what goes on without devices makes nothing on extents that hold something", async (t) => {
  const machine = await machineWithVg({ disks: 3 });
  const pv = await idAt(machine, diskPath(0));
  await createLv(machine, "a", "1M", "--pv", pv);
  await fill(machine, "a", "a");
  await remove(machine, "a");
  const lost = await idAt(machine, diskPath(2));
  machine.unplug(diskPath(2));
  machine.files.set(
    "changes",
    Buffer.from(
      JSON.stringify({
        changes: [
          { verb: "remove-pv", pv: [lost] },
          { verb: "create-lv", name: "b", extents: "100%FREE", pv: [pv] },
        ],
      }),
    ),
  );
  await t.rejects(goWithout(machine, [lost], ["manip", "batch", "changes"]), {
    code: "WOULD_LOSE_DATA",
    message: /go on without the devices first/,
  });
  await goWithout(machine, [lost]);
  t.match(await readMetadata(machine), { freed: [{ pv, length: 2 }] });
});
