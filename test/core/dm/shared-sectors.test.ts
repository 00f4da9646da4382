/**
 * Two devices that map one sector of a disk are found, whatever their order; what shares by a dm device is
 * not.
 */
import t from "tap";
import { sharedSectors } from "../../../src/core/dm/shared-sectors.ts";
import type { Sys } from "../../../src/core/port/sys.ts";
import { apply, plan } from "../../../src/core/volactivate/programs.ts";
import type { DmDevice } from "../../../src/schema/index.ts";

/** @param lines `LENGTH TYPE PARAMETERS`, one after the other */
function device(name: string, ...lines: string[]): DmDevice {
  let start = 0;
  const table = lines.map((line) => {
    const [length = "", type = "", ...params] = line.split(" ");
    const from = start;
    start += Number(length);
    return { start: from, length: Number(length), type, params: params.join(" ") };
  });
  return { name, uuid: `DVM-${name}`, table };
}

for (const [what, devices, expected] of [
  ["nothing", [], undefined],
  ["neighbours", [device("a", "8 linear 8:0 0"), device("b", "8 linear 8:0 8")], undefined],
  ["two disks", [device("a", "8 linear 8:0 0"), device("b", "8 linear 8:1 0")], undefined],
  ["its own sectors twice", [device("a", "8 linear 8:0 0", "8 linear 8:0 0")], undefined],
  [
    "the last sector",
    [device("a", "8 linear 8:0 0"), device("b", "8 linear 8:0 7")],
    "a and b map sector 7 of 8:0",
  ],
  ["within", [device("b", "2 linear 8:0 4"), device("a", "8 linear 8:0 0")], "a and b map sector 4 of 8:0"],
  [
    "far behind what is within",
    [device("a", "64 linear 8:0 0", "2 linear 8:0 4"), device("b", "8 linear 8:0 60")],
    "a and b map sector 60 of 8:0",
  ],
  [
    "a stripe",
    [device("a", "64 striped 2 16 8:0 0 8:1 128"), device("b", "8 linear 8:1 150")],
    "a and b map sector 150 of 8:1",
  ],
  [
    "an origin and its snapshot",
    [
      device("real", "64 linear 8:0 0"),
      device("cow", "64 linear 8:0 64"),
      device("origin", "64 snapshot-origin @real"),
      device("snapshot", "64 snapshot @real @cow P 8"),
    ],
    undefined,
  ],
  ["words of a newer kernel", [device("a", "8 linear 8:0 0 x y"), device("b", "8 linear 8:0 0")], undefined],
] as const)
  t.test(what, async (t) => {
    t.equal(sharedSectors(devices), expected);
    t.equal(sharedSectors([...devices].reverse()), expected);
  });

t.test("nothing of that kind is planned", async (t) => {
  const toolbox = { call: async () => t.fail("dmactivate is asked") };
  const sys = { toolbox } as unknown as Sys;
  const desired = { devices: [device("a", "8 linear 8:0 0"), device("b", "8 linear 8:0 7")] };
  const wanted = { code: "WOULD_LOSE_DATA", message: /^a and b map sector 7 of 8:0: / };
  for (const ask of [plan, apply]) await t.rejects(async () => ask(sys, { devices: [] }, desired), wanted);
});
