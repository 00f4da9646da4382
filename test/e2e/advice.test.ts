/** What a message says to type is typed, in the state in which it is said, and leads out of that state. */
import { copyFileSync, readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { INIT, type Site, site } from "../lib/site.ts";

const MIB = 1 << 20;

/** A VG of three disks with a mirror, of which b was away while the VG went on. */
async function goneWithout(t: Test) {
  const all = site(t, ["a.img", "b.img", "c.img"]);
  await all.must(`init vg a.img b.img c.img ${INIT}`);
  await all.must("run vg -- create-lv --name x --size 2M --type raid1 --mirrors 1 --pv a.img --pv b.img");
  const id = JSON.parse(await all.must("report vg pv --format json --select path=b.img")).rows[0]
    .id as string;
  renameSync(all.at("b.img"), all.at("away"));
  await all.must("recover vg --without missing");
  const back = () => renameSync(all.at("away"), all.at("b.img"));
  return { ...all, id, back };
}

t.test("a lost disk on which nothing lies any more", async (t) => {
  const { dvm, must, id, sound } = await goneWithout(t);
  const used = await dvm(`reduce vg ${id}`);
  t.match([used.status, used.stderr], [3, /is used by x \[IN_USE\]/]);
  await must("run vg -- mirror --name x --mirrors 0");
  t.match(await must(`reduce vg ${id} --dry-run`), /"changed"/);
  await must(`reduce vg ${id}`);
  await sound("reduced by its id");
  const again = await dvm(`reduce vg ${id}`);
  t.equal(again.status, 4, again.stderr);
});

t.test("a lost disk", async (t) => {
  for (const scan of [["*.img"], ["a.img", "b.img", "c.img"]]) {
    const { at, dvm, must, advised, sound } = site(t, ["a.img", "b.img", "c.img"], scan);
    await must(`init vg a.img b.img c.img ${INIT}`);
    await must("run vg -- create-lv --name x --size 2M --type raid1 --mirrors 1 --pv a.img --pv b.img");
    renameSync(at("b.img"), at("away"));
    const change = "run vg -- create-lv --name y --size 1M";
    const { status, stderr } = await dvm(change);
    t.equal(status, 3, stderr);
    const warned =
      stderr.match(/^b\.img: not found, although discover\.scan of the config names it$/gm) ?? [];
    t.equal(warned.length, scan.length === 1 ? 0 : 1, "a path of the config that is not there is said once");
    t.match((await dvm("export vg/x out")).status, 0, "what is degraded can be read");
    t.equal(
      (await dvm("report vg -d a.img -d b.img")).status,
      4,
      "a path of the command line has to be there",
    );
    t.equal((await dvm("report other")).status, 4, "no such VG");
    for (const line of [change, "doctor"])
      t.same(await advised(line), ["recover vg --without missing"], `${line}: ${scan}`);
    await must("recover vg --without missing");
    await must(change);
    renameSync(at("away"), at("b.img"));
    await must("recover vg --resync b.img");
    await must("run vg -- mirror --name x --synced");
    await sound(`${scan}`);
  }
});

t.test("what too few devices hold is not read, and called unavailable", async (t) => {
  const { at, dvm, must } = site(t, ["a.img", "b.img", "c.img"]);
  await must(`init vg a.img b.img c.img ${INIT}`);
  await must("run vg -- create-lv --name x --size 1M --pv b.img");
  await must("run vg -- create-lv --name m --size 1M --mirrors 1 --pv b.img --pv c.img");
  await must("run vg -- create-lv --name p --size 2M --type raid5 --stripes 2");
  for (const disk of ["b", "c"]) renameSync(at(`${disk}.img`), at(disk));
  for (const lv of ["x", "m", "p"]) {
    const { status, stderr } = await dvm(`export vg/${lv} out`);
    t.equal(status, 3, stderr);
    t.match(stderr, /INCOMPLETE/, lv);
  }
  const shown = await must("report vg lv --columns name,availability,sync --format csv");
  for (const lv of ["x", "m", "p"]) t.match(shown, new RegExp(`^${lv},unavailable,$`, "m"));
  t.match((await dvm("doctor")).stdout, /LV m is unavailable, without PV/);
});

t.test("a disk that comes back", async (t) => {
  for (const [word, forgotten] of [
    ["--resync", false],
    ["--resync", true],
    ["discover rm", false],
    ["discover rm", true],
  ] as const) {
    const { must, advised, dvm, back, id, sound } = await goneWithout(t);
    if (forgotten) {
      await must("run vg -- mirror --name x --mirrors 0");
      await must(`run vg -- remove-pv --pv ${id}`);
    }
    back();
    const commands = await advised("report vg");
    const command = commands.find((each) => each.includes(word));
    if (command === undefined) {
      t.fail(`nothing with ${word} is advised: ${commands.join("; ")}`);
      continue;
    }
    t.notMatch(await must(command), /not used, for/, "what is about to be used is not warned of");
    const what = `${command}${forgotten ? ", its record removed" : ""}`;
    const pvs = JSON.parse(await must("report vg pv --format json")).rows as { path: string | null }[];
    const isThere = pvs.some(({ path }) => path === "b.img");
    t.equal(isThere, word === "--resync", `${what}: ${JSON.stringify(pvs)}`);
    if (word === "discover rm" && !forgotten) {
      await must("run vg -- mirror --name x --mirrors 0");
      await must(`reduce vg ${id}`);
    } else if (!forgotten) {
      await must("activate vg");
      await must("recover vg");
    }
    const { stdout } = await dvm("doctor");
    t.notMatch(stdout.toString(), /not used/, what);
    if (word === "discover rm" || forgotten) await sound(what);
  }
});

t.test("two VGs of one name", async (t) => {
  const { at, dvm, must } = site(t, ["a.img"]);
  await must(`init vg a.img ${INIT}`);
  renameSync(at("a.img"), at("first"));
  writeFileSync(at("b.img"), "");
  truncateSync(at("b.img"), 16 * MIB);
  await must(`init vg b.img ${INIT}`);
  renameSync(at("first"), at("a.img"));
  const { status, stderr } = await dvm("report vg");
  t.equal(status, 3, stderr);
  const [id = "", other = ""] = /name one by its id: (\w+), (\w+)/.exec(stderr)?.slice(1) ?? [];
  for (const each of [id, other]) await must(`report ${each} pv`);
  writeFileSync(at("c.img"), "");
  truncateSync(at("c.img"), 16 * MIB);
  await must(`expand ${id} c.img`);
  renameSync(at("c.img"), at("c.away"));
  const found = (await dvm("doctor -d a.img -d b.img")).stdout.toString();
  const lost = new RegExp(`problem VG ${id}: .*, or dvm (recover .* ${id} --without missing) goes on`).exec(
    found,
  );
  t.match(found, new RegExp(`^ok +VG ${other}: complete`, "m"), "each by what means one of them");
  t.match(lost?.[1], /^recover -d a\.img -d b\.img /, "with the options that were given");
  await must(lost?.[1] ?? found);
  await must(`reduce ${id} ${/[0-9a-f]{32}(?= \()/.exec(found)?.[0]}`);
  await must(`run ${id} -- rename-vg --to new`);
  await must("report vg");
  await must("report new");
});

t.test("labels without metadata", async (t) => {
  const { must, advised, sound, dvm } = site(t, ["a.img", "b.img"]);
  await must("-c dvm.json discover add vg a.img --with b.img --new --regions 1 --region-size 1M");
  t.equal((await dvm("doctor")).status, 3);
  t.same(await advised("doctor"), ["remove-vg vg"]);
  await must("remove-vg vg");
  await sound("nothing is left");
  await must(`init vg a.img b.img ${INIT}`);
});

t.test("an LV that is being moved", async (t) => {
  for (const end of ["--finish", "--abort"]) {
    const { must, advised, sound } = site(t, ["a.img", "b.img"]);
    await must(`init vg a.img b.img ${INIT}`);
    await must("run vg -- create-lv --name x --size 2M --pv a.img");
    await must("activate vg");
    await must("run vg -- move --name x --from a.img");
    const [command = ""] = await advised("run vg -- reduce-lv --name x --size 1M");
    t.equal(command, "run vg -- move --name x --finish");
    await must(command.replace("--finish", end));
    await must("run vg -- extend-lv --name x --size 3M");
    await sound(end);
  }
});

t.test("a member is missing, and a device says that it is one and is not", async (t) => {
  for (const [order, ahead] of [
    ["discover rm vg c.img; recover vg --without missing", true],
    ["recover vg --choose TXID; recover vg --without missing", true],
    ["back; recover vg --resync c.img", true],
    ["discover rm vg c.img; recover vg --without missing", false],
    ["recover vg --without missing; recover vg --resync c.img", false],
    ["recover vg --without missing; discover rm vg c.img", false],
  ] as const) {
    const { at, dvm, must, rows, sound } = site(t, ["a.img", "b.img", "c.img"]);
    await must(`init vg a.img b.img ${INIT}`);
    const { devices } = JSON.parse(
      await must("-c dvm.json discover add vg c.img --regions 1 --region-size 1M"),
    ) as { devices: { id: string }[] };
    if (!ahead) await must(`-c dvm.json discover relabel vg --generation 1 --only ${devices.at(-1)?.id}`);
    renameSync(at("b.img"), at("away"));
    for (const step of order.split("; ")) {
      const said = (await dvm("doctor")).stdout.toString();
      t.equal(
        /decide on c\.img first, then dvm recover vg --without missing/.test(said),
        ahead && said.includes("misses") && said.includes("no members"),
        said,
      );
      const named = new RegExp(`dvm ${step.replace("TXID", "[0-9a-f:]+")}`).exec(said);
      if (step === "back") renameSync(at("away"), at("b.img"));
      else if (named) await must(named[0].slice("dvm ".length));
      else t.fail(`${order}: ${step} is not named: ${said}`);
    }
    await sound(order);
    const paths = (await rows("pv")).map(({ path }) => path ?? "missing");
    t.equal(paths.includes("c.img"), !order.includes("discover rm"), `${order}: ${paths}`);
  }
});

t.test("live LVs of a VG whose labels are gone", async (t) => {
  const { at, dvm, must, change, sound } = site(t, ["a.img", "b.img"]);
  await must(`init vg a.img b.img ${INIT}`);
  await must("run vg -- create-lv --name x --size 2M --mirrors 1");
  for (const image of ["a.img", "b.img"]) {
    const bytes = readFileSync(at(image));
    bytes.fill(0, 0, 1 * MIB);
    writeFileSync(at(image), bytes);
  }
  const refused = await dvm(`init new a.img b.img ${INIT}`);
  t.equal(refused.status, 3, refused.stderr);
  t.match(refused.stderr, "is in use by live LV vg/x: run dvm deactivate vg first");
  t.equal((await dvm("deactivate vg x")).status, 4, "of LVs that nobody knows none is named");
  t.equal((await dvm("deactivate other")).status, 4);
  t.equal((await dvm("activate vg")).status, 4);
  t.match(await must("deactivate vg --dry-run"), /"programs"/);
  change(({ devices }) => t.equal(devices.length, 5, "a dry run and refusals take nothing down"));
  await must("deactivate vg");
  await must(`init new a.img b.img ${INIT}`);
  await sound("nothing is left of the old one");
});

t.test("damaged labels", async (t) => {
  const { at, must, advised, sound } = site(t, ["a.img", "b.img"]);
  await must(`init vg a.img b.img ${INIT}`);
  const bytes = readFileSync(at("a.img"));
  bytes.fill(0xff, 4096, 8192);
  writeFileSync(at("a.img"), bytes);
  t.ok((await advised("report vg")).includes("recover vg"));
  await must("recover vg");
  await sound("healed");
});

t.test("regions that differ", async (t) => {
  const { at, must, advised, sound, dvm } = site(t, ["a.img", "b.img"]);
  await must(`init vg a.img b.img ${INIT}`);
  copyFileSync(at("a.img"), at("old"));
  await must("run vg -- create-lv --name x --size 2M");
  copyFileSync(at("old"), at("a.img"));
  const commands = await advised("run vg -- create-lv --name y --size 1M");
  t.same(commands, ["recover vg --resync a.img"], "named once");
  await must(commands[0] ?? "");
  await sound("resynced");
  t.equal((await dvm("run vg -- create-lv --name y --size 1M")).status, 0);
});

t.test("regions that were changed apart", async (t) => {
  const { at, dvm, must } = site(t, ["a.img", "b.img"]);
  const places = ["a.img", "b.img"].map((path) => ({ path, offset: 2048, length: 2048 }));
  const documents = { a: [places[0]], b: [places[1]], both: places };
  for (const [name, regions] of Object.entries(documents)) {
    writeFileSync(at(`${name}.json`), JSON.stringify({ regions }));
    writeFileSync(at(`content-${name}`), name);
  }
  await must("replicate format both.json");
  for (const one of ["a", "b"]) {
    await must(`replicate prepare ${one}.json content-${one}`);
    await must(`replicate commit ${one}.json`);
  }
  const { advice } = JSON.parse(await must("replicate status both.json")) as { advice: string };
  t.equal(advice, "split brain: choose the regions to keep and sync the others from them with --force");
  const sync = "replicate sync both.json --from a.json";
  const refused = await dvm(sync);
  t.equal(refused.status, 3, refused.stderr);
  t.match(refused.stderr, "which is no earlier state of what it would get: --force gives it up");
  await must(`${sync} --force`);
  t.match(JSON.parse(await must("replicate status both.json")), { advice: "nothing to do" });
  await must("replicate read b.json read");
  t.equal(readFileSync(at("read"), "utf8"), "a", "what was chosen");
});

t.test("metadata that its regions are too small for", async (t) => {
  const { dvm, must, sound } = site(t, ["a.img", "b.img"]);
  await must("init vg a.img --region-size 64K --extent-size 64K");
  const tags = [..."abcdefghijklmnopqrstuvwxyz"].map((letter) => `--tag ${letter.repeat(99)}`).join(" ");
  const create = (name: string) => `run vg -- create-lv --name ${name} --size 64K ${tags}`;
  let made = 0;
  for (; (await dvm(create(`x${made}`))).status === 0; made += 1);
  const refused = await dvm(create("one-more"));
  t.equal(refused.status, 3, refused.stderr);
  t.match(refused.stderr, /it does not fit: .*: remove what the VG does not need/);
  t.match(refused.stderr, /: dvm expand vg DEVICE --region-size SIZE, and dvm reduce vg DEVICE for/);
  for (let gone = 0; (await dvm(create("one-more"))).status !== 0; gone += 1)
    await must(`run vg -- remove-lv --name x${gone}`);
  await must("expand vg b.img --region-size 1M");
  await must("evacuate vg a.img");
  await must("reduce vg a.img");
  for (let more = made; more < made + 2; more += 1) await must(create(`x${more}`));
  await sound("with larger regions");
});

t.test("what is up in part, and what shall get another table without its PV", async (t) => {
  const { at, dvm, must, sound } = site(t, ["a.img", "b.img"]);
  await must(`init vg a.img b.img ${INIT}`);
  await must("run vg -- create-lv --name x --size 2M --pv a.img");
  await must("run vg -- create-lv --name y --size 2M --pv b.img");
  const typed = async (line: string, says: RegExp, status = 3) => {
    const refused = await dvm(line);
    t.equal(refused.status, status, `${line}: ${refused.stderr}`);
    const [, command = ""] = says.exec(refused.stderr) ?? [];
    t.ok(command, `${says}: ${refused.stderr}`);
    return command;
  };
  renameSync(at("a.img"), at("away"));
  await must("recover vg --without missing");
  const extend = "run vg -- extend-lv --name x --size 4M";
  const back = await typed(extend, /gets no other table without it: bring it back, then run dvm (.*) \[INC/);
  renameSync(at("away"), at("a.img"));
  await must(back);
  await must(extend);

  renameSync(at("a.img"), at("away"));
  await must("deactivate vg x");
  await must("activate vg x --partial");
  const change = "run vg -- extend-lv --name y --size 3M";
  const without = "recover vg --without missing";
  const down = await typed(without, /until the PV is back, or run dvm (deactivate vg x);/, 7);
  await must(down);
  await must(without);
  await must("activate vg x --partial");
  t.equal(await typed(change, /held against the metadata: run dvm (.*) first \[TABLES_DIFFER\]/), down);
  await must(down);
  await must(change);
  renameSync(at("away"), at("a.img"));
  await must(back);
  await must("activate vg x");
  await sound("all is back");
});

t.test("what comes back has gone its own way, and counted alike", async (t) => {
  const disks = ["a.img", "b.img", "c.img", "d.img"];
  const { at, must, advised, dvm, rows, sound } = site(t, disks);
  await must(`init vg ${disks.join(" ")} ${INIT}`);
  copyFileSync(at("b.img"), at("b.old"));
  const onWithout = async (gone: readonly string[], tag: string) => {
    for (const disk of gone) renameSync(at(disk), at(`${disk}.away`));
    await must("recover vg --without missing");
    await must(`run vg -- tag --add ${tag}`);
    for (const disk of gone) renameSync(at(`${disk}.away`), at(disk));
  };
  await onWithout(["a.img", "b.img"], "ours");
  await onWithout(["c.img", "d.img"], "theirs");
  renameSync(at("b.old"), at("b.img"));
  const resync = "recover vg --resync a.img";
  t.ok((await advised("doctor")).includes(resync));
  const { status, stderr } = await dvm(resync);
  t.equal(status, 3, stderr);
  const [, choose = ""] =
    /knows transactions that VG vg does not. To give them up: dvm (.*) \[/.exec(stderr) ?? [];
  await must(choose);
  await sound("chosen");
  t.match(await rows("vg"), [{ tags: ["ours"] }], "what its members knew");
});

t.test("a state is chosen, and one comes after all others", async (t) => {
  const { at, dvm, must, advised, sound } = site(t, ["a.img", "b.img"]);
  await must(`init vg a.img b.img ${INIT}`);
  copyFileSync(at("b.img"), at("old"));
  await must("run vg -- create-lv --name x --size 2M");
  copyFileSync(at("old"), at("b.img"));
  const { status, stderr } = await dvm("recover vg --choose 1");
  t.equal(status, 3, stderr);
  const [, named = ""] = /comes after all others; dvm (\w+) says what is left to do/.exec(stderr) ?? [];
  const commands = await advised(named);
  t.same(commands, ["recover vg --resync b.img"]);
  await must(commands[0] ?? "");
  await sound("resynced");
});

t.test("a PV is left on which an LV has part of itself, and the rest is away", async (t) => {
  const { at, dvm, must, sound } = site(t, ["a.img", "b.img", "c.img", "d.img"]);
  await must(`init vg a.img b.img c.img d.img ${INIT}`);
  await must("run vg -- create-lv --name x --size 2M --stripes 2 --pv a.img --pv b.img");
  await must("deactivate vg");
  renameSync(at("b.img"), at("away"));
  await must("recover vg --without missing");
  const { stderr } = await dvm("evacuate vg a.img");
  const [, named = "", then = ""] =
    /x is unavailable, .*: dvm (\w+) says what is missing, then dvm (.*) \[/.exec(stderr) ?? [];
  t.match((await dvm(named)).stdout.toString(), /LV x is unavailable, without PV/);
  renameSync(at("away"), at("b.img"));
  await must("recover vg --resync b.img");
  await must("activate vg");
  await must(then);
  await sound("left");
});

interface Refusal {
  readonly what: string;
  readonly before?: readonly string[];
  readonly make?: (site: Site) => unknown;
  readonly line: string;
  /** What else the message has to say. */
  readonly says?: RegExp;
  /** What the message has to say, and what is typed for it. A string is both. */
  readonly named: readonly (string | readonly [says: string, typed: string])[];
  /** The same line is taken then. */
  readonly again?: true;
}

const LV = "run vg -- create-lv --name x --size 1M --pv a.img";
const away =
  (...images: readonly string[]) =>
  ({ at }: Site) => {
    for (const image of images) renameSync(at(image), at(`${image}.away`));
  };
const withExt4 = ({ at }: Site) => {
  const bytes = readFileSync(at("c.img"));
  bytes.set([0x53, 0xef], 1024 + 56);
  writeFileSync(at("c.img"), bytes);
};

/** What is refused, and which commands the message names. The VG is of a.img and b.img. */
const refusals: readonly Refusal[] = [
  {
    what: "a live VG is taken apart",
    before: [LV],
    line: "remove-vg vg --force",
    named: ["deactivate vg"],
    again: true,
  },
  {
    what: "an LV is removed that has a snapshot",
    before: [LV, "snapshot vg/before --origin x --size 512k"],
    line: "remove-lv vg/x",
    named: ["remove-lv vg/x --with-users"],
  },
  {
    what: "a VG of that name is there",
    line: `init vg c.img ${INIT}`,
    named: [["dvm remove-vg", "remove-vg vg"]],
    again: true,
  },
  {
    what: "a VG of that name is there, and all of its disks are given",
    line: `init vg a.img b.img ${INIT}`,
    named: [["--force with all of its devices", `init vg a.img b.img ${INIT} --force`]],
  },
  {
    what: "a PV is left on which an LV is down",
    before: [LV, "deactivate vg"],
    line: "evacuate vg a.img",
    named: ["activate vg x", "evacuate vg a.img", "reduce vg a.img"],
  },
  {
    what: "a PV is left, and there is no room for what lies on it",
    before: [
      "run vg -- create-lv --name x --size 12M --pv a.img",
      "run vg -- create-lv --name y --size 4M --pv b.img",
    ],
    line: "evacuate vg a.img",
    named: [
      ["dvm expand vg DEVICE", "expand vg c.img"],
      ["", "evacuate vg a.img"],
    ],
  },
  {
    what: "a PV is left to others that have no room, and one that has is to be named",
    before: ["expand vg c.img", LV, "run vg -- create-lv --name y --extents 100%FREE --pv b.img"],
    line: "evacuate vg a.img --to b.img",
    named: [["name other PVs too: dvm expand vg DEVICE", "evacuate vg a.img --to b.img --to c.img"]],
  },
  ...[
    ["an LV is made", "create-lv --name y --size 30M", /1 of|y needs 30 .*25 MiB free: 13 on PV/],
    ["an LV is made of no less than all", "create-lv --name y --extents 100%FREE", /is no extent/],
    ["an LV is made on PVs that are named", "create-lv --name y --size 14M --pv b.img", /name other PVs too/],
    ["an LV grows", "extend-lv --name x --size 30M", /x needs 29 extents .*25 MiB free/],
    ["an LV grows by all", "extend-lv --name x --extents +100%FREE", /nothing is free for LV x/],
    ["an LV gets a copy", "mirror --name x --mirrors 2", /2 PVs are needed, and 1 has room/],
    ["an LV moves", "move --name x --from a.img", /nothing is free/],
  ].map(([what, verb, says]): Refusal => {
    const isFull = /100%FREE|move/.test(`${verb}`);
    return {
      what: `there is too little room: ${what}`,
      before: [LV, ...(isFull ? ["run vg -- create-lv --name full --extents 100%FREE"] : [])],
      line: `run vg -- ${verb}`,
      says: says as RegExp,
      named: [["dvm expand vg DEVICE", "expand vg c.img"]],
      ...(`${verb}`.includes("--pv") ? {} : { again: true }),
    };
  }),
  {
    what: "an LV is changed whose live tables are not as the metadata has them",
    before: [LV],
    make: ({ change }) =>
      change(({ devices }) => {
        for (const device of devices) Object.assign(device, { readOnly: true });
      }),
    line: "run vg -- extend-lv --name x --size 2M",
    named: ["recover vg"],
    again: true,
  },
  {
    what: "a PV is left, and what its LV is copied to has failed",
    before: [LV],
    make: async ({ change, must }) => {
      change((sim) => void Object.assign(sim, { broken: ["b.img"] }));
      await must("run vg -- move --name x --from a.img --to b.img");
    },
    line: "evacuate vg a.img",
    named: ["run vg -- move --name x --abort"],
  },
  {
    what: "a VG whose transaction was interrupted is changed",
    make: async ({ at, must }) => {
      const { regions } = JSON.parse(await must("-c dvm.json discover find vg"));
      writeFileSync(at("regions.json"), JSON.stringify({ regions }));
      writeFileSync(at("content"), "whatever");
      await must("replicate prepare regions.json content");
    },
    line: LV,
    named: ["recover vg"],
    again: true,
  },
  {
    what: "one of two that are missing is gone on without",
    before: ["expand vg c.img"],
    make: away("b.img", "c.img"),
    line: "recover vg --without ID",
    named: ["recover vg --without missing"],
  },
  {
    what: "a disk that carries something joins",
    make: withExt4,
    line: "expand vg c.img",
    named: [["--force wipes it", "expand vg c.img --force"]],
  },
  {
    what: "a disk that carries something makes a VG",
    make: withExt4,
    line: `init new c.img ${INIT}`,
    named: [["--force wipes it", `init new c.img ${INIT} --force`]],
  },
  {
    what: "a VG with LVs is taken apart",
    before: [LV, "deactivate vg"],
    line: "remove-vg vg",
    named: [["--force removes them with it", "remove-vg vg --force"]],
  },
  {
    what: "a VG that misses a disk is taken apart",
    make: away("b.img"),
    line: "remove-vg vg",
    named: [["--force removes it from the others", "remove-vg vg --force"]],
  },
  {
    what: "a disk that is looked at is written over",
    before: [LV],
    line: "export vg/x c.img",
    named: [["--force replaces it", "export vg/x c.img --force"]],
  },
  {
    what: "regions are formatted again",
    make: async ({ at, must }) => {
      writeFileSync(at("c.json"), '{"regions":[{"path":"c.img","offset":2048,"length":2048}]}');
      await must("replicate format c.json");
    },
    line: "replicate format c.json",
    named: [["--force destroys what is there", "replicate format c.json --force"]],
  },
];

for (const { what, before = [], make, line, says: also, named, again } of refusals)
  t.test(`refused: ${what}`, async (t) => {
    const world = site(t, ["a.img", "b.img", "c.img"]);
    const { dvm, must } = world;
    await must(`init vg a.img b.img ${INIT}`);
    const id = JSON.parse(await must("report vg pv --format json --select path=b.img")).rows[0].id as string;
    for (const each of before) await must(each);
    await make?.(world);
    const refused = line.replace("ID", id);
    const first = await dvm(refused);
    t.equal(first.status, 3, first.stderr);
    if (also) t.match(first.stderr, also);
    let said = first.stderr;
    for (const each of named) {
      const [says, typed] = typeof each === "string" ? [`dvm ${each}`, each] : each;
      t.ok(said.includes(says), `${says}: ${said}`);
      said += await must(typed);
    }
    if (again) await must(refused);
  });
