/** A raid whose leg fails after its next table was loaded: the constructor has not heard of that. */
import t from "tap";
import { applyProgram, planPrograms } from "../../../src/core/dmactivate/plan.ts";
import type { Bench } from "../../lib/dm-bench.ts";
import { benchOf, type Devices, scope, suspended } from "../../lib/dm-pairs.ts";

const device = (name: string, length: number, type: string, params: string): Devices[number] => ({
  name,
  uuid: `DVM-${name}`,
  table: [{ start: 0, length, type, params }],
});
const array = (length: number): Devices => [
  ...[0, 1].flatMap((leg) => [
    device(`m${leg}`, 96, "linear", `8:${leg} 0`),
    device(`i${leg}`, length, "linear", `8:${leg} 96`),
  ]),
  device("r", length, "raid", "raid1 1 0 2 @m0 @i0 @m1 @i1"),
];
const topped = (length: number): Devices => [...array(length), device("top", length, "linear", "@r 0")];

function setHealth(bench: Bench, health: string, type = "raid1"): void {
  for (const each of bench.state.devices)
    if (each.name === "r") each.status = { 0: `${type} ${health.length} ${health} 96/96 idle 0 0 -` };
}
const lengthOf = (bench: Bench, name: string): number | undefined =>
  bench.dump().devices.find((each) => each.name === name)?.table?.[0]?.length;
const paramsOf = (bench: Bench): string | undefined =>
  bench.dump().devices.find(({ name }) => name === "r")?.table?.[0]?.params;

t.test("goes live as long as no leg has missed anything since", async (t) => {
  for (const [from, to] of [
    [96, 192],
    [192, 96],
  ] as const) {
    for (const [was, is, exit] of [
      ["AA", "AA", 0],
      ["AA", "AD", 1],
      ["AA", "Aa", 1],
      ["Aa", "AA", 0],
      ["AA", "aa", 0],
      ["Aa", "Da", 1],
      ["AD", "AD", 0],
      ["AD", "Aa", 1],
    ] as const) {
      const what = `${from} to ${to}, ${was} ${is}`;
      const bench = benchOf(array(from));
      setHealth(bench, was);
      const { prepare, commit } = planPrograms(bench.dump(), { scope, devices: array(to) });
      t.equal(bench.run(prepare).exit, 0, what);
      setHealth(bench, is);
      t.equal(bench.run(commit).exit, exit, what);
      t.equal(lengthOf(bench, "r"), exit === 0 ? to : from, what);
      t.same(suspended(bench), [], what);
      t.equal(bench.run(applyProgram(bench.dump(), { scope, devices: array(to) })).exit, 0, `${what}: again`);
      t.equal(lengthOf(bench, "r"), to, `${what}: and there it is`);
    }
  }
});

/** @param width how many images' worth the array holds; image: their length */
function levelOf(type: string, options: string, legs: number, width: number, image: number): Devices {
  const all = Array.from({ length: legs }, (_, leg) => leg);
  const members = all.map((leg) => `@m${leg} @i${leg}`).join(" ");
  return [
    ...all.flatMap((leg) => [
      device(`m${leg}`, 96, "linear", `8:${leg} 0`),
      device(`i${leg}`, image, "linear", `8:${leg} 96`),
    ]),
    device("r", width * image, "raid", `${type} ${options} ${legs} ${members}`),
  ];
}

t.test("so it is at every level with metadata", async (t) => {
  for (const [type, options, legs, width] of [
    ["raid4", "1 8", 3, 2],
    ["raid5_ls", "1 8", 4, 3],
    ["raid6_zr", "1 8", 5, 3],
    ["raid10", "3 8 raid10_copies 2", 4, 2],
  ] as const) {
    const sound = "A".repeat(legs);
    const [out, other, coming] = [`D${sound.slice(1)}`, `${sound.slice(1)}D`, `a${sound.slice(1)}`];
    for (const [from, to] of [
      [96, 192],
      [192, 96],
    ] as const) {
      for (const [was, is, exit] of [
        [sound, sound, 0],
        [sound, out, 1],
        [sound, other, 1],
        [out, `D${sound.slice(2)}D`, 1],
        [out, sound, 1],
        [coming, sound, 0],
        [sound, sound.toLowerCase(), 0],
      ] as const) {
        const what = `${type}: ${from} to ${to}, ${was} ${is}`;
        const bench = benchOf(levelOf(type, options, legs, width, from));
        setHealth(bench, was, type);
        const devices = levelOf(type, options, legs, width, to);
        const { prepare, commit } = planPrograms(bench.dump(), { scope, devices });
        t.equal(bench.run(prepare).exit, 0, what);
        setHealth(bench, is, type);
        t.equal(bench.run(commit).exit, exit, what);
        t.equal(lengthOf(bench, "r"), width * (exit === 0 ? to : from), what);
        t.same(suspended(bench), [], what);
      }
    }
  }
});

t.test("a leg that has failed is rebuilt from the beginning, wherever the new table has it", async (t) => {
  for (const [params, rebuilt] of [
    ["raid1 1 0 2 @m0 @i0 @m1 @i1", "rebuild 1 "],
    ["raid1 1 0 2 @m1 @i1 @m0 @i0", "rebuild 0 "],
  ] as const) {
    const bench = benchOf(array(96));
    setHealth(bench, "AD");
    const devices = [...array(192).slice(0, -1), device("r", 192, "raid", params)];
    t.equal(bench.run(applyProgram(bench.dump(), { scope, devices })).exit, 0);
    t.match(paramsOf(bench), rebuilt);
  }
});

t.test("found loaded, it is loaded again", async (t) => {
  for (const isSuspended of [false, true]) {
    const bench = benchOf(array(192));
    bench.build([]);
    const { prepare } = planPrograms(bench.dump(), { scope, devices: array(96) });
    bench.run(prepare);
    if (isSuspended) bench.dm.suspend("r", { noflush: false, skipLockfs: false });
    const { instructions } = applyProgram(bench.dump(), { scope, devices: array(96) });
    t.ok(
      instructions.some(({ op, ...rest }) => op === "load" && "name" in rest && rest.name === "r"),
      isSuspended ? "suspended" : "live",
    );
  }
});

t.test("a component that grows early is loaded while it is suspended", async (t) => {
  const bench = benchOf(topped(96));
  const plan = planPrograms(bench.dump(), { scope, devices: topped(192) });
  for (const program of [plan.prepare, plan.abort]) {
    const steps = program.instructions.flatMap((each) =>
      "name" in each && each.name === "r" ? [each.op] : [],
    );
    const at = steps.indexOf("load");
    t.ok(at > 0 && steps.slice(0, at).includes("suspend"), steps.join(" "));
  }
  t.equal(bench.run(plan.prepare).exit, 0);
  setHealth(bench, "AD");
  t.equal(bench.run(plan.abort).exit, 8, "and keeps what it has when a leg has failed since");
  t.equal(lengthOf(bench, "r"), 192);
  t.same(suspended(bench), []);
});

t.test("a table that is dropped has the live one write again what it knows", async (t) => {
  const bench = benchOf(array(96));
  const { prepare, abort } = planPrograms(bench.dump(), { scope, devices: array(192) });
  bench.run(prepare);
  const done: string[] = [];
  bench.run(abort, [], (each) => "name" in each && each.name === "r" && done.push(each.op));
  t.same(done, ["clear", "suspend", "resume"]);
});
