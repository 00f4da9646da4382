/** What is waited for, and what is told of changes, on a machine in memory whose clock only sleeps. */
import t from "tap";
import { rowChanges } from "../../../src/core/dvm/row-changes.ts";
import { checkDocument, parseDocument } from "../../../src/schema/index.ts";
import { Machine } from "../../lib/machine.ts";
import { mustType, type } from "../../lib/typed.ts";

async function machine(): Promise<Machine> {
  const made = new Machine();
  for (const letter of "bcd") made.disk(`/dev/sd${letter}`, 64 << 20);
  await mustType(made, "dvm init vg /dev/sdb /dev/sdc /dev/sdd --region-size 1M");
  await mustType(made, "dvm create-lv vg/home --size 8M --mirrors 1 --pv /dev/sdb --pv /dev/sdc");
  await mustType(made, "dvm create-lv vg/plain --size 4M");
  return made;
}

/** What the kernel says of a raid from now on. */
function setStatus(made: Machine, name: string, text: string): void {
  const device = made.dmState.devices.find((each) => each.name === name);
  if (!device) throw new Error(`no ${name}`);
  device.status = { 0: text };
}

t.test("wait", async (t) => {
  const made = await machine();
  const ends = async (line: string, status: number, message = /^$/) => {
    const got = await type(made, line);
    t.equal(got.status, status, `${line}: ${got.stderr}`);
    t.match(got.stderr, message, line);
  };
  await ends("dvm wait vg --for synced", 0);
  for (const what of ["moved", "merged"]) await ends(`dvm wait vg/home --for ${what}`, 0);
  await ends("dvm wait vg/nobody --for synced", 4, /no LV nobody/);
  await ends("dvm wait vg/home/x --for synced", 2, /names nothing to wait for/);
  await mustType(made, "dvm move vg/plain --from /dev/sdb --to /dev/sdd");
  await ends("dvm wait vg/plain --for moved --timeout 3", 1, /not moved within 3 s: LV plain/);
  made.whileAsleep = async () => {
    setStatus(made, "vg-plain", "raid1 2 AA 8192/8192 idle 0 0 -");
  };
  await ends("dvm wait vg/plain --for moved --timeout 3", 0);
  // an LV that is not live
  await mustType(made, "dvm deactivate vg");
  await ends("dvm wait vg/plain --for moved", 7, /LV plain is not live.*dvm activate vg/);
  await mustType(made, "dvm activate vg");
  await ends("dvm wait vg/plain --for moved --timeout 3", 0);
});

t.test("a copy that does not come to its end, and one that does", async (t) => {
  const made = await machine();
  const sectors = (8 << 20) / 512;
  setStatus(made, "vg-home", `raid1 2 Aa ${sectors / 4}/${sectors} recover 0 0 -`);
  t.match(await type(made, "dvm wait vg/home --for synced --timeout 3"), {
    status: 1,
    stderr: /not synced within 3 s: LV home has come to 25 %.*\[DEADLINE\]/,
  });
  t.ok(made.slept >= 3000, "it slept");
  made.whileAsleep = async () => {
    setStatus(made, "vg-home", `raid1 2 AA ${sectors}/${sectors} idle 0 0 -`);
  };
  t.match(await type(made, "dvm wait vg --for synced"), { status: 0, stderr: "" });
});

t.test("a cache that is flushed", async (t) => {
  const made = await machine();
  await mustType(made, "dvm create-lv vg/fast --size 4M --pv /dev/sdb");
  await mustType(made, "dvm wait vg --for flushed");
  await mustType(made, "dvm cache vg/fast --size 4M --pv /dev/sdd --kind writecache");
  const refused = async (line: string, message: RegExp) => {
    const got = await type(made, line);
    t.not(got.status, 0, line);
    t.match(got.stderr, message, line);
  };
  setStatus(made, "vg-fast", "0 100 75 0");
  await refused(
    "dvm wait vg/fast --for flushed",
    /nothing empties the cache of LV fast yet: dvm uncache vg\/fast begins that/,
  );
  await mustType(made, "dvm uncache vg/fast");
  setStatus(made, "vg-fast", "0 100 75 0");
  await refused("dvm wait vg --for flushed --timeout 3", /LV fast's origin still lacks 25 % of its cache/);
  made.whileAsleep = async () => setStatus(made, "vg-fast", "0 100 100 0");
  await mustType(made, "dvm wait vg/fast --for flushed --timeout 3");
  setStatus(made, "vg-fast", "0 100 75 0");
  await mustType(made, "dvm uncache vg/fast --drop --force");
  setStatus(made, "vg-fast", "0 100 75 0");
  await refused("dvm wait vg/fast --for flushed", /has been given up.*dvm uncache vg\/fast --drop/);
});

t.test("what will not come by itself", async (t) => {
  const made = await machine();
  setStatus(made, "vg-home", "raid1 2 AD 16384/16384 idle 0 0 -");
  const got = await type(made, "dvm wait vg/home --for synced");
  t.match(got, { status: 3, stderr: /dvm doctor says why \[INCOMPLETE\]/ }, "a leg that is left out");
  const { stdout, stderr } = await type(made, "dvm doctor");
  t.match(stdout + stderr, /LV home/, "doctor tells of it");
});

t.test("events", async (t) => {
  const made = await machine();
  const at: (() => Promise<unknown>)[] = [
    () => mustType(made, "dvm create-lv vg/new --size 4M"),
    () => mustType(made, "dvm rename-lv vg/new --to renamed"),
    async () => void made.unplug("/dev/sdd"),
    () => mustType(made, "dvm deactivate vg home"),
  ];
  let end: () => void = () => undefined;
  made.ending = new Promise((resolve) => {
    end = resolve;
  });
  made.whileAsleep = async () => {
    const next = at.shift();
    if (next) await next();
    else end();
  };
  t.equal((await type(made, "dvm events vg")).status, 0);
  const lines = String(made.files.get("-")).trim().split("\n");
  const events = lines.map((line) => parseDocument("event", Buffer.from(line), "of a VG"));
  for (const wrong of [
    { event: "added" },
    { event: "changed", changes: { size: [1, 2] } },
    { event: "gone" },
  ])
    t.throws(() => checkDocument("event", { ...events[0], ...wrong, code: 1 }, "made up"), {
      code: "BAD_INPUT",
    });
  t.match(events[0], { event: "watching", name: "vg" });
  t.match(
    events.filter(({ subject }) => subject === "lv"),
    [
      { event: "added", name: "new" },
      { event: "changed", name: "renamed", changes: { name: ["new", "renamed"] } },
      { event: "changed", name: "home", changes: { state: ["active", "inactive"] } },
    ],
  );
  t.ok(
    events.some(({ subject, changes }) => subject === "pv" && "missing" in (changes ?? {})),
    "a PV goes",
  );
});

t.test("rows by their ids", async (t) => {
  const row = (id: string, more: object) => ({ id, name: id, ...more });
  t.strictSame(
    rowChanges(
      [row("a", { x: 1, y: [1] }), row("b", {}), row("c", {})],
      [row("c", { z: 2 }), row("a", { x: 2, y: [1] }), row("d", {})],
    ),
    [
      { event: "changed", id: "c", name: "c", changes: { z: [null, 2] } },
      { event: "changed", id: "a", name: "a", changes: { x: [1, 2] } },
      { event: "added", id: "d", name: "d", changes: {} },
      { event: "removed", id: "b", name: "b", changes: {} },
    ],
  );
});
