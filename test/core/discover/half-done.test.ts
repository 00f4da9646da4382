/** Writing to several disks that ends half way says what is to be typed, and that leads out of it. */
import t from "tap";
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

t.test("regions of which some are formatted", async (t) => {
  const machine = failingMachine();
  const regions = ["/dev/a", "/dev/b"].map((path) => ({ path, offset: 2048, length: 2048 }));
  const said = await messageOf(format(machine.sys(), regions, { force: false }));
  t.match(said, /some regions are formatted: format again with --force$/);
  machine.restart();
  await t.rejects(format(machine.sys(), regions, { force: false }), { code: "EXISTS" });
  t.match(await format(machine.sys(), regions, { force: true }), { regions: 2 });
});
