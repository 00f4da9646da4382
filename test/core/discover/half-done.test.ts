/** Writing to several disks that ends half way says what is to be typed, and that leads out of it. */
import t from "tap";
import { initVg } from "../../../src/core/dvm/init.ts";
import { format } from "../../../src/core/replicate/format.ts";
import { Machine } from "../../lib/machine.ts";
import { find } from "../../lib/vg.ts";

const MIB = 2 ** 20;

/** Two disks; once /dev/b has failed, nothing can be written any more. */
function failingMachine() {
  const machine = new Machine();
  for (const path of ["/dev/a", "/dev/b"]) machine.disk(path, 6 * MIB);
  let hasFailed = false;
  machine.slow = ["/dev/b"];
  machine.failing = (step) => {
    hasFailed ||= step.startsWith("write /dev/b");
    return hasFailed && step.startsWith("write");
  };
  return machine;
}

const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "no failure",
    (thrown: unknown) => String(thrown),
  );

t.test("a label that cannot be taken off again", async (t) => {
  const machine = failingMachine();
  const add = () =>
    machine.call({
      applet: "discover",
      verb: "add",
      operands: { vg: "vg", device: "/dev/a" },
      options: { with: ["/dev/b"], new: true, regions: 1, "region-size": "1M" },
    });
  const said = await messageOf(add());
  const [, vg = "", device = ""] = /\/dev\/a kept a label: run dvm discover rm (\S+) (\S+)$/.exec(said) ?? [];
  t.same([vg, device], ["vg", "/dev/a"], said);
  machine.restart();
  await machine.call({ applet: "discover", verb: "rm", operands: { vg, device } });
  await t.rejects(find(machine), { code: "NOT_FOUND" });
  await add();
});

t.test("labels of a VG that could not be made, and cannot be taken off again", async (t) => {
  const paths = ["/dev/a", "/dev/b c"];
  const init = (machine: Machine, force: boolean) =>
    initVg(machine.sys(), {
      vg: "vg",
      devices: paths,
      regions: undefined,
      regionSize: 2048,
      extentSize: 1024,
      force,
      dryRun: false,
    });
  let isSaid = false;
  for (let good = 1, said = ""; said !== "no failure"; good += 1) {
    const machine = new Machine();
    for (const path of paths) machine.disk(path, 6 * MIB);
    let written = 0;
    machine.failing = (step) => {
      if (step.startsWith("write")) written += 1;
      return step.startsWith("write") && written > good;
    };
    said = await messageOf(init(machine, false));
    if (!said.includes("labels cannot be taken off")) continue;
    isSaid = true;
    t.match(said, /\. Once that is mended, run dvm init vg \/dev\/a '\/dev\/b c' --force$/);
    machine.restart();
    await init(machine, true);
    t.equal((await find(machine)).devices.length, 2, `after ${good} writes`);
    break;
  }
  t.ok(isSaid, "it is said");
});

t.test("regions of which some are formatted", async (t) => {
  const machine = failingMachine();
  const regions = ["/dev/a", "/dev/b"].map((path) => ({ path, offset: 2048, length: 2048 }));
  const said = await messageOf(format(machine.sys(), regions, { force: false }));
  t.match(said, /some regions are formatted: format again with --force$/);
  machine.restart();
  await t.rejects(format(machine.sys(), regions, { force: false }), { code: "EXISTS" });
  t.match(await format(machine.sys(), regions, { force: true }), { regions: 2 });
});
