/** A PV is left by all that is on it, on image files: nothing but the commands, and no kernel. */
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { dvmProgram, type Ran, run } from "../lib/dvm.ts";

const MIB = 1 << 20;

async function site(t: Test, ...disks: readonly string[]) {
  const cwd = t.testdir({});
  const disk = (name: string, size = 16 * MIB) => {
    writeFileSync(join(cwd, name), "");
    truncateSync(join(cwd, name), size);
  };
  for (const name of disks) disk(name);
  const config = {
    discover: { scan: ["*.img"] },
    dm: { backend: "sim", state: "dm.json" },
    common: { lockDir: join(cwd, "lock") },
  };
  writeFileSync(join(cwd, "dvm.json"), JSON.stringify(config));
  const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json" };
  const dvm = (line: string, input: string | Uint8Array = ""): Promise<Ran> =>
    run([...dvmProgram, ...line.split(" ")], { cwd, env, input });
  const must = async (line: string, input?: Uint8Array): Promise<string> => {
    const { status, stdout, stderr } = await dvm(line, input);
    if (status !== 0) throw new Error(`${line}: ${status}: ${stderr}`);
    return stdout.toString("latin1");
  };
  const refused = async (line: string, message: RegExp): Promise<string> => {
    const { status, stderr } = await dvm(line);
    t.equal(status, 3, `${line}: ${stderr}`);
    t.match(stderr, message);
    return stderr;
  };
  const lvsOn = async (path: string): Promise<string[]> => {
    const { rows } = JSON.parse(await must("report vg pv --format json"));
    return rows.find((row: { path: string }) => row.path === path)?.lvs;
  };
  await must(`init vg ${disks.join(" ")} --region-size 1M --extent-size 1M`);
  return { cwd, disk, dvm, must, refused, lvsOn };
}

const content = (seed: number, size: number): Buffer =>
  Buffer.from(Array.from({ length: size }, (_, index) => (index * seed) ^ (index >> 9)));

t.test("all that is on a PV leaves it", async (t) => {
  const { dvm, must, lvsOn } = await site(t, "a.img", "b.img", "c.img");
  const lvs = [
    { name: "plain", with: "--size 3M --pv a.img", bytes: content(7, 3 * MIB) },
    {
      name: "mirror",
      with: "--size 2M --type raid1 --mirrors 1 --pv a.img --pv b.img",
      bytes: content(13, 2 * MIB),
    },
  ];
  for (const { name, with: how, bytes } of lvs) {
    await must(`run vg -- create-lv --name ${name} ${how}`);
    await must("deactivate vg");
    await must(`import vg/${name} -`, bytes);
  }
  await must("activate vg");
  const elsewhere = "run vg -- create-lv --name elsewhere --size 1M --pv b.img";
  await must(elsewhere);

  const plan = JSON.parse(await must("evacuate vg a.img --to c.img --dry-run"));
  t.match(plan.summary, ["LV plain leaves a.img: 3 MiB to copy", /^LV mirror leaves a\.img: 3 MiB to copy$/]);
  t.ok(plan.plan && plan.difference, "the plan of the first transaction");
  t.same(await lvsOn("a.img"), ["plain", "mirror"], "which changes nothing");

  const { status, stdout, stderr } = await dvm("evacuate vg a.img --to c.img");
  t.equal(status, 0, stderr);
  t.match(stdout.toString(), /^LV plain leaves a\.img\nLV mirror leaves a\.img\n/);
  t.match(stderr, /^nothing lies on a\.img any more: dvm reduce vg a\.img takes it out of the VG\n$/);
  t.same([await lvsOn("a.img"), await lvsOn("c.img")], [[], ["plain", "mirror"]]);
  t.same(await lvsOn("b.img"), ["mirror", "elsewhere"], "what was not on it stays");
  const again = await dvm("evacuate vg a.img");
  t.match([again.status, again.stdout.toString()], [0, ""]);
  t.match(again.stderr, /^nothing lies on a\.img: /, "with a word");
  await must("reduce vg a.img");
  await must("doctor");
  for (const { name, bytes } of lvs) {
    await must("deactivate vg");
    t.ok(Buffer.from(await must(`export vg/${name} -`), "latin1").equals(bytes), `${name} has its content`);
  }
});

t.test("what does not fit is refused before anything moves", async (t) => {
  const { disk, dvm, must, refused, lvsOn } = await site(t, "a.img", "b.img");
  await must("run vg -- create-lv --name x --size 4M --pv a.img");
  await must("run vg -- create-lv --name y --size 4M --pv a.img");
  await must("run vg -- create-lv --name z --size 7M --pv b.img");
  const before = JSON.parse(await must("report vg pv --format json --columns path,freeExtents"));
  const [, free = "", lacking = ""] =
    /what lies on a\.img takes 8 MiB and raid metadata elsewhere, and (\d+) MiB are free there; at least (\d+) MiB are missing\..*dvm expand vg DEVICE/.exec(
      await refused("evacuate vg a.img", /\[NO_SPACE\]/),
    ) ?? [];
  t.equal(Number(free) + Number(lacking), 8, "by how much");
  await refused("evacuate vg a.img --dry-run", /\[NO_SPACE\]/);
  t.same(JSON.parse(await must("report vg pv --format json --columns path,freeExtents")), before);
  t.same(await lvsOn("a.img"), ["x", "y"]);
  disk("c.img");
  await must("expand vg c.img");
  await must("run vg -- tag --pv c.img --add new");
  await refused("evacuate vg a.img --to b.img", /\[NO_SPACE\]/);
  t.equal(
    (await dvm("evacuate vg a.img --to b.img")).stdout.toString(),
    "",
    "nothing is told that was not done",
  );
  await must("evacuate vg a.img --to new --to b.img");
  t.same(await lvsOn("a.img"), []);
});

t.test("what is down is not copied", async (t) => {
  const { must, refused, lvsOn } = await site(t, "a.img", "b.img");
  await must("run vg -- create-lv --name x --size 2M --pv a.img");
  await must("run vg -- create-lv --name y --size 2M --pv a.img");
  await must("deactivate vg x");
  const message = await refused("evacuate vg a.img", /what is down is not copied: .* \[INCOMPLETE\]/);
  t.same(await lvsOn("a.img"), ["x", "y"], "and nothing has moved");
  const [, first = "", then = ""] = /: dvm (.*), then dvm (.*) \[/.exec(message) ?? [];
  await must(first);
  await must("run vg -- move --name y --from a.img");
  await must("run vg -- move --name x --from a.img");
  await must("deactivate vg x");
  const stuck = await refused("evacuate vg a.img", /LV x is down and not copied: .* \[INCOMPLETE\]/);
  t.same(await lvsOn("a.img"), ["x"], "what is copied has left all the same");
  const [, up = "", on = ""] = /: dvm (.*), then dvm (.*) goes on \[/.exec(stuck) ?? [];
  t.same([up, on], [first, then], "the same helps");
  await must(up);
  await must(on);
  t.same(await lvsOn("a.img"), [], "a move that was under way is finished");
});

t.test("what cannot be moved is named", async (t) => {
  const { cwd, dvm, must, refused, lvsOn } = await site(t, "a.img", "b.img", "c.img");
  await must("run vg -- create-lv --name x --size 2M --pv b.img");
  await must("run vg -- move --name x --from b.img --to a.img");
  await refused(
    "evacuate vg a.img",
    /LV x is being moved: dvm run vg -- move --name x --finish first.* \[IN_USE\]/,
  );
  await must("run vg -- move --name x --finish");
  await must("run vg -- create-lv --name m --size 2M --type raid1 --mirrors 1 --pv b.img --pv a.img");
  const file = join(cwd, "dm.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), broken: ["b.img"] }));
  const unfit = await refused("evacuate vg a.img --to c.img", /LV m is not well \(leg-failed\)/);
  const [, then = ""] = /dvm doctor says what helps, then dvm (.*) \[/.exec(unfit) ?? [];
  t.same(await lvsOn("a.img"), ["x", "m"], "nothing has moved");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), broken: [] }));
  const { stdout } = await dvm("doctor");
  t.match(stdout.toString(), /run dvm recover vg$/m);
  await must("recover vg");
  await must("recover vg");
  await must(`${then} --to c.img`);
  t.same(await lvsOn("a.img"), []);
});

t.test("stripes leave it as stripes", async (t) => {
  const { dvm, must, lvsOn } = await site(t, "a.img", "b.img", "c.img");
  const bytes = content(11, 2 * MIB);
  await must("run vg -- create-lv --name stripes --size 2M --type striped --stripes 2 --pv a.img --pv b.img");
  await must("deactivate vg");
  await must("import vg/stripes -", bytes);
  await must("activate vg");
  await must("evacuate vg a.img");
  t.same(await lvsOn("a.img"), []);
  const [{ type, stripes }] = JSON.parse(await must("report vg lv --format json")).rows;
  t.same([type, stripes], ["striped", 2]);
  await must("deactivate vg");
  t.ok(Buffer.from(await must("export vg/stripes -"), "latin1").equals(bytes));
  t.equal((await dvm("doctor")).status, 0);
});
