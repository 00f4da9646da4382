/**
 * Verbs that take every VG: one that fails does not keep the others from it. And tags, as people write them.
 */
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { dvmProgram, type Ran, run } from "../lib/dvm.ts";

const MIB = 1 << 20;
const cwd = t.testdir({});
const at = (name: string) => join(cwd, name);
for (const name of ["a.img", "b.img", "c.img", "d.img"]) {
  writeFileSync(at(name), "");
  truncateSync(at(name), 16 * MIB);
}
const config = {
  discover: { scan: ["*.img"] },
  dm: { backend: "sim", state: "dm.json" },
  common: { lockDir: at("lock") },
};
writeFileSync(at("dvm.json"), JSON.stringify(config));
const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json" };
const dvm = (...words: string[]): Promise<Ran> =>
  run([...dvmProgram, ...words.flatMap((word) => word.split(" "))], { cwd, env });
const must = async (...words: string[]): Promise<string> => {
  const { status, stdout, stderr } = await dvm(...words);
  if (status !== 0) throw new Error(`${words.join(" ")}: ${status}: ${stderr}`);
  return stdout.toString();
};
const INIT = "--region-size 1M --extent-size 1M";

await t.test("none", async (t) => {
  t.equal(await must("activate --all"), "");
  t.same(JSON.parse(await must("report --format json")), { subject: "vg", rows: [] });
});

await must(`init one a.img ${INIT}`);
await must(`init two b.img c.img ${INIT}`);
await must(`init three d.img ${INIT}`);
for (const vg of ["one", "two", "three"]) {
  await must(`run ${vg} -- create-lv --name x --size 1M`);
  await must(`run ${vg} -- create-lv --name y --size 2M`);
}

t.test("all that is there", async (t) => {
  const { rows } = JSON.parse(await must("report --format json")) as { rows: { name: string }[] };
  t.same(
    rows.map(({ name }) => name),
    ["one", "three", "two"],
  );
  t.equal(await must("report --columns name,lvs --format csv --select pvs=2"), "name,lvs\ntwo,2\n");
  t.equal(await must("report --columns name --sort -pvs,name --format csv"), "name\ntwo\none\nthree\n");
  t.match(await must("report"), /^name .*\none .*\nthree .*\ntwo .*\n$/);
  t.match(await must("report --format tree"), /one[\s\S]*three[\s\S]*two/);
  t.match(await must("report --columns help"), /extentSize/);
  for (const format of ["svg", "html"]) {
    const refused = await dvm(`report --format ${format}`);
    t.equal(refused.status, 2);
    t.match(refused.stderr, `a picture is of one VG: dvm report VG --format ${format}`);
    t.match(await must(`report one --format ${format}`), /VG one/, "which draws it");
  }
  await must("deactivate --all");
  t.match(JSON.parse(await must("activate --all --dry-run")), { length: 3 });
  t.match(await must("activate --all"), /one-x[\s\S]*three-y[\s\S]*two-x/);
  t.match(await must("deactivate --all"), /one-x[\s\S]*two-y/);
  for (const line of ["activate", "activate --all one", "deactivate", "deactivate one --all"])
    t.equal((await dvm(line)).status, 2, line);
});

t.test("their LVs, PVs, segments and dm devices", async (t) => {
  await must("activate --all");
  const of = async (line: string) => (await must(`report ${line}`)).split("\n").slice(0, -1);
  t.same(await of("lv --format csv --columns vg,name"), [
    "vg,name",
    ...["one", "three", "two"].flatMap((vg) => [`${vg},x`, `${vg},y`]),
  ]);
  t.same(await of("pv --format csv --columns vg,path"), [
    "vg,path",
    "one,a.img",
    "three,d.img",
    "two,b.img",
    "two,c.img",
  ]);
  const [head = "", ...lines] = await of("lv");
  t.match(head, /^vg +name +type /, "a table begins with the VG");
  t.match(lines[0], /^one +x +linear /);
  for (const what of ["pv", "seg", "dm"]) t.match((await of(what))[0], /^vg +/, what);
  t.match((await of("seg --format csv"))[0], /^vg,lv,component,/);
  t.match((await of("dm --format csv"))[1], /^one,one-x,/);
  const { subject, rows } = JSON.parse(await must("report lv --format json")) as {
    subject: string;
    rows: { vg: string; name: string }[];
  };
  t.equal(subject, "lv");
  t.match(rows.at(-1), { vg: "two", name: "y", availability: "complete" });
  t.same(await of("lv --format csv --columns vg,name --select vg=two&&size>=2M --sort -name"), [
    "vg,name",
    "two,y",
  ]);
  for (const [what, format] of [
    ["lv", "tree"],
    ["pv", "tree"],
    ["dm", "tree"],
    ["pv", "map"],
  ])
    t.match(
      await must(`report ${what} --format ${format}`),
      /^VG one\n[\s\S]+\nVG three\n[\s\S]+\nVG two\n/,
      `${format} of ${what}`,
    );
  t.match(await must("report lv --columns help"), /^column [\s\S]*\nvg +text /);
  const seg = await dvm("report seg --format tree");
  t.equal(seg.status, 2, "there is no tree of segments");
  await must("deactivate --all");
});

t.test("a VG that has the name of what can be shown", async (t) => {
  await must("run one -- rename-vg --to lv");
  t.match(await must("report lv --format csv --columns vg"), /^vg\nlv\nlv\nthree\n/);
  t.equal(await must("report lv lv --format csv --columns name"), "name\nx\ny\n");
  t.match(
    await must("report lv --format prometheus"),
    /^# TYPE dvm_lv_size_bytes gauge\n(dvm_lv_size_bytes\{vg="[a-z]+",lv="[a-z]+"\} \d+\n){3}/m,
  );
  await must("run lv -- rename-vg --to one");
});

t.test("one that fails", async (t) => {
  const bytes = readFileSync(at("d.img"));
  // Behind the label: both regions.
  bytes.fill(0xff, MIB);
  writeFileSync(at("d.img"), bytes);
  const one = await dvm("report three");
  t.not(one.status, 0, one.stderr);
  const all = await dvm("report --format csv --columns name");
  t.equal(all.status, one.status, all.stderr);
  t.equal(all.stdout.toString(), "name\none\ntwo\n");
  t.match(all.stderr, /dvm report: VG three: /);
  const lvs = await dvm("report lv --format csv --columns vg,name");
  t.equal(lvs.status, one.status, lvs.stderr);
  t.equal(lvs.stdout.toString(), "vg,name\none,x\none,y\ntwo,x\ntwo,y\n", "of the others");
  const active = await dvm("activate --all");
  t.match([active.status, active.stderr], [one.status, /dvm activate: VG three: /]);
  t.match(active.stdout.toString(), /one-x[\s\S]*two-x/, "the others are up");
});

t.test("tags", async (t) => {
  for (const tag of ["role=db", "site:berlin/rack4", "owner@host", "@fast", "/shelf/3"]) {
    await must(`run two -- tag --lv x --add ${tag}`);
    const found = await must("report two lv --format csv --columns name --select", `tags="${tag}"`);
    t.equal(found, "name\nx\n", tag);
  }
  await must("run two -- tag --pv c.img --add class=slow");
  await must("run two -- create-lv --name z --size 1M --pv class=slow");
  t.equal(await must("report two lv --format csv --columns devices --select name=z"), "devices\nc.img\n");
  await must("run two -- tag --lv x --remove role=db");
  const bad = await dvm("run two -- tag --lv x --add role&db");
  t.match([bad.status, bad.stderr], [2, /letters, digits and \+ _ \. = : \/ @ -.*\[BAD_NAME\]/]);
});

t.test("a verb that there is not", async (t) => {
  for (const line of ["frobnicate --size 3", "frobnicate --what", "-v frobnicate vg --help"]) {
    const { status, stderr } = await dvm(line);
    t.match([status, stderr], [2, /no verb "frobnicate"; there is init, /], line);
  }
});
