/**
 * Disks that live LVs are built on: whoever would write over one is refused, whatever the force, and told
 * what ends it.
 */
import { createHash } from "node:crypto";
import { readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { dvmProgram, run } from "../lib/dvm.ts";

const MIB = 1 << 20;
const DISKS = ["a.img", "b.img", "c.img", "spare.img"];

function machine(t: Test) {
  const cwd = t.testdir({});
  for (const name of DISKS) {
    writeFileSync(join(cwd, name), "");
    truncateSync(join(cwd, name), 16 * MIB);
  }
  const config = {
    discover: { scan: ["*.img"] },
    dm: { backend: "sim", state: "dm.json" },
    common: { lockDir: join(cwd, "lock") },
  };
  writeFileSync(join(cwd, "dvm.json"), JSON.stringify(config));
  const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json" };
  const dvm = (line: string) => run([...dvmProgram, ...line.split(" ")], { cwd, env });
  const must = async (line: string): Promise<string> => {
    const { status, stdout, stderr } = await dvm(line);
    if (status !== 0) throw new Error(`${line}: ${status}: ${stderr}`);
    return String(stdout);
  };
  const sums = () =>
    DISKS.map((name) =>
      createHash("sha256")
        .update(readFileSync(join(cwd, name)))
        .digest("hex"),
    );
  return { cwd, dvm, must, sums };
}

t.test("disks of a VG whose LVs are live", async (t) => {
  const { cwd, dvm, must, sums } = machine(t);
  await must("init vg a.img b.img --region-size 1M --extent-size 1M");
  await must("init vg2 c.img --region-size 1M --extent-size 1M");
  await must("run vg -- create-lv --name safe --type raid1 --mirrors 1 --size 2M");
  await must("run vg -- create-lv --name plain --size 1M --pv a.img");
  await must("run vg2 -- create-lv --name x --size 1M");
  await must("deactivate vg2");
  symlinkSync("b.img", join(cwd, "link"));
  const { devices } = JSON.parse(await must("discover -c dvm.json find vg")) as {
    devices: { path: string; dataStart: number }[];
  };
  const region = { path: "a.img", offset: devices[0]?.dataStart, length: 128 };
  writeFileSync(join(cwd, "region.json"), JSON.stringify({ regions: [region] }));
  const before = sums();
  const both = /(a|b)\.img: is in use by live LVs? (vg\/plain, )?vg\/safe: run dvm deactivate vg first/;
  const onB = /(b\.img|link): is in use by live LV vg\/safe: run dvm deactivate vg first/;
  for (const [line, says] of [
    ["init vg a.img b.img --force", both],
    ["init new b.img --force", onB],
    ["init new link --force", onB],
    ["expand vg2 spare.img b.img --force", onB],
    ["discover -c dvm.json add new b.img --new --force", onB],
    ["discover -c dvm.json rm vg b.img", onB],
    ["import-clone vg a.img b.img --name copy", both],
    ["export vg2/x link --force", onB],
    ["replicate -c dvm.json format region.json --force", /a\.img: is in use by .*would lie on the label or/],
  ] as const) {
    const { status, stdout, stderr } = await dvm(line);
    t.match(stderr, says, line);
    t.match(stderr, /\[IN_USE\]/, line);
    t.equal(status, 3, line);
    t.equal(stdout.length, 0, line);
    t.same(sums(), before, `${line}: nothing is written`);
  }

  await must("deactivate vg");
  await must("replicate -c dvm.json format region.json --force");
  await must("init new a.img b.img --force --region-size 1M");
  t.match(await must("report new vg --columns name --format csv"), /new/, "once it is deactivated");
});
