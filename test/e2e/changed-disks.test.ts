/** Disks that came back shorter, or with other logical blocks: nothing but the commands, and no kernel. */
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { dvmProgram, type Ran, run } from "../lib/dvm.ts";

const MIB = 1 << 20;

/**
 * A VG of two images of 32 MiB with LVs `near` and `far` on the first and `other` on the second, all down.
 */
async function machine(t: Test) {
  const cwd = t.testdir({});
  for (const name of ["a.img", "b.img"]) {
    writeFileSync(join(cwd, name), "");
    truncateSync(join(cwd, name), 32 * MIB);
  }
  const config = {
    discover: { scan: ["*.img"] },
    dm: { backend: "sim", state: "dm.json" },
    common: { lockDir: join(cwd, "lock") },
  };
  writeFileSync(join(cwd, "dvm.json"), JSON.stringify(config));
  const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json" };
  const dvm = (line: string): Promise<Ran> =>
    run([...dvmProgram, ...line.split(" ")], { cwd, env, input: "" });
  const must = async (line: string): Promise<string> => {
    const { status, stdout, stderr } = await dvm(line);
    if (status !== 0) throw new Error(`${line}: ${status}: ${stderr}`);
    return String(stdout);
  };
  await must("init vg a.img b.img --region-size 1M --extent-size 1M");
  for (const [lv, size, pv] of [
    ["near", "4M", "a.img"],
    ["far", "20M", "a.img"],
    ["other", "4M", "b.img"],
  ])
    await must(`run vg -- create-lv --name ${lv} --size ${size} --pv ${pv}`);
  await must("deactivate vg");
  return { cwd, dvm, must };
}

t.test("a disk that was cut short", async (t) => {
  const { cwd, dvm, must } = await machine(t);
  truncateSync(join(cwd, "a.img"), 16 * MIB);
  const activated = await dvm("activate vg");
  t.match(activated, {
    status: 3,
    stderr: /LV far needs PV \S*a\.img, which was cut short: .* of its \d+ extents/,
  });
  const lost =
    /has 16 MiB, less than the 32 MiB that its label says, and lacks its region of 2048 sectors at 63488, for it ends at 32768/;
  t.match(activated.stderr, lost, "the region at its end is named");
  const found = await dvm("discover -c dvm.json find vg");
  t.match(found, {
    status: 0,
    stderr: new RegExp(`a\\.img: ${lost.source}: what lay behind that is out of reach`),
  });
  t.equal(JSON.parse(String(found.stdout)).regions.length, 3, "the others are used");
  t.match(
    await must("report vg --columns name,state,availability --format csv"),
    /near,active,complete\nfar,inactive,unavailable\nother,active,complete/,
  );
  t.match(await must("report vg pv --columns state --format csv"), /short\npresent/);
  t.match(await dvm("doctor"), { status: 3, stdout: /a\.img is shorter than recorded: \d+ MiB of \d+ MiB/ });
  t.match(await dvm("run vg -- create-lv --name new --size 1M --pv a.img"), {
    status: 3,
    stderr: /\[INCOMPLETE\]/,
  });
  t.notMatch(await must("recover vg"), /labels/, "no label is written, nor said to be");
  t.match(
    await dvm("evacuate vg a.img"),
    {
      status: 3,
      stderr: /LV far is unavailable, and cannot be copied whole: dvm doctor says what is missing/,
    },
    "it is not advised to activate what cannot be",
  );
  await must("run vg -- create-lv --name new --size 1M --pv b.img");
  await must("run vg -- remove-lv --name far");
  await must("run vg -- remove-lv --name near");
  await must("reduce vg a.img");
  t.match(await must("doctor"), /complete and in sync/);
});

t.test("a disk with other logical blocks than its record has", async (t) => {
  const { dvm, must } = await machine(t);
  // Image files have blocks of 512 bytes; recorded is what a disk with 4096 would have had.
  t.match(await dvm("run vg -- pv-blocks --pv a.img --block-size 4k"), {
    status: 3,
    stderr: /LV (near|far) has blocks of 512 bytes and would get 4096 \[BLOCK_SIZE\]/,
  });
  await must("run vg -- pv-blocks --pv a.img --block-size 4k --allow-mixed-blocks");
  const activated = await dvm("activate vg");
  t.match(activated, {
    status: 3,
    stderr: /LV near needs PV .*logical blocks of 4096 bytes by its record, and .* has 512/,
  });
  t.match(
    await must("report vg --columns name,state,availability,blockBytes --format csv"),
    /near,inactive,unavailable,4096\nfar,inactive,unavailable,4096\nother,active,complete,512/,
  );
  t.match(await must("report vg pv --columns state,blockBytes --format csv"), /blocks,4096\npresent,512/);
  t.match(await dvm("doctor"), {
    status: 3,
    stdout: /a\.img has not the logical blocks of 4096 bytes that are recorded/,
  });
  // What is on it can be read all the same.
  t.equal((await dvm("export vg/near near.bin")).status, 0);
  const [, advice = ""] = /dvm (run vg -- pv-blocks .*?--allow-mixed-blocks)/.exec(activated.stderr) ?? [];
  await must(advice);
  await must("activate vg");
  t.match(await must("doctor"), /complete and in sync/);
});
