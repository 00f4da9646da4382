/** What dvm recover --dry-run says that each choice would lose. */
import t from "tap";
import { Machine } from "../../lib/machine.ts";
import { orNightly } from "../../lib/nightly.ts";
import { mustType, type } from "../../lib/typed.ts";

const STRIDE = orNightly(5, 1);

async function machine(): Promise<Machine> {
  const made = new Machine();
  for (const letter of "bc") made.disk(`/dev/sd${letter}`, 64 << 20);
  await mustType(made, "dvm init vg /dev/sdb /dev/sdc --region-size 1M");
  await mustType(made, "dvm create-lv vg/both --size 8M --mirrors 1 --no-activate");
  await mustType(made, "dvm create-lv vg/one --size 8M --pv /dev/sdc --no-activate");
  return made;
}

async function says(made: Machine): Promise<string> {
  const before = made.paths.map((path) => Buffer.from(made.disks.bytes(path)));
  const said = await mustType(made, "dvm recover vg --dry-run");
  if (!made.paths.every((path, at) => before[at]?.equals(made.disks.bytes(path)))) throw new Error("written");
  return said;
}

t.test("nothing", async (t) => {
  const made = await machine();
  t.equal(await says(made), "VG vg: nothing was interrupted, and nothing is to be chosen\n");
  t.equal((await type(made, "dvm recover vg --dry-run --without missing")).status, 2);
});

t.test("an interrupted transaction", async (t) => {
  const before = await machine();
  const found = new Set<string>();
  for (let steps = 0; ; steps += STRIDE) {
    const made = before.fork();
    made.stepsLeft = steps;
    const isKilled = await made.dies(() => type(made, "dvm tag vg/one --add x"));
    made.restart();
    if (!isKilled) break;
    const said = await says(made);
    found.add(said);
    const done = await mustType(made, "dvm recover vg");
    t.equal(/would undo/.test(said), /undid a transaction/.test(done), `killed before step ${steps}`);
    t.equal(/would finish/.test(said), /finished the commit/.test(done), `killed before step ${steps}`);
  }
  t.ok(found.size >= orNightly(2, 3), [...found].join(""));
});

t.test("a missing device, then back", async (t) => {
  const made = await machine();
  const disk = made.unplug("/dev/sdc");
  t.match(
    await says(made),
    /^dvm recover vg --without missing \(\S+\): LV one would stay unreadable; what is .* of LV both would be/,
  );
  await mustType(made, "dvm recover vg --without missing");
  made.disk("/dev/sdc", disk);
  t.match(await says(made), /^dvm recover vg --resync \/dev\/sdc: what it holds is given up/m);
  await mustType(made, "dvm recover vg --resync /dev/sdc");
});

t.test("halves that were changed apart", async (t) => {
  const made = await machine();
  const other = made.fork();
  other.diverge();
  made.unplug("/dev/sdc");
  await mustType(made, "dvm recover vg --without missing");
  await mustType(made, "dvm create-lv vg/new --size 4M --no-activate");
  other.unplug("/dev/sdb");
  await mustType(other, "dvm recover vg --without missing");
  await mustType(other, "dvm extend-lv vg/one --size +8M --no-activate");
  made.disk("/dev/sdc", other.unplug("/dev/sdc"));
  const said = (await says(made)).trim().split("\n");
  t.equal(said.length, 2, said.join("\n"));
  const [losesNew, losesLength] = [
    said.find((line) => line.includes("new")),
    said.find((line) => line.includes("have")),
  ];
  t.match(losesNew, /LV new of transaction \S+ would be gone; what was written .* of LV both may go/);
  t.match(losesLength, /LV one would have 2 extents, and has 4 in transaction/);
  const [, choice = ""] = /--choose (\S+):/.exec(losesNew ?? "") ?? [];
  await mustType(made, `dvm recover vg --choose ${choice}`);
  t.notMatch(await mustType(made, "dvm report vg lv"), /new/, "and so it is");
});
