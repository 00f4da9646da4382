/** Images that generators make with the package's hooks and scripts boot from a raid1 LV. */
import { execFileSync } from "node:child_process";
import { basename } from "node:path";
import t, { type Test } from "tap";
import { kernelModules } from "../../src/core/dm/modules.ts";
import { makeBootDisks, ROOT_UUID } from "../lib/boot-root.ts";
import { dracut, type Generator, initramfsTools, requireGenerator } from "../lib/generated-images.ts";
import { orNightly } from "../lib/nightly.ts";
import { bootUml } from "../lib/uml.ts";
import { moduleFiles } from "../lib/uml-modules.ts";

/** Which of the disks are there, what the kernel is told, what is said of it. */
type Row = readonly [name: string, disks: "a" | "b" | "both", words: string, said?: RegExp];

/** By uuid the LV has to come up before anybody knows that the root file system is in it. */
const ONE_LEG: Row = [
  "one leg, root by its uuid",
  "b",
  `root=UUID=${ROOT_UUID} rd.dvm.grace=2 rd.dvm.degraded=writable`,
  /VG vg goes on without PV \w+, from transaction \d+ of /,
];

const MORE: readonly Row[] = [
  ["whole", "both", "root=/dev/mapper/vg-root"],
  ["named by VG and LV, nothing else comes up", "both", "root=/dev/vg/root rd.dvm.lv=vg/root"],
  [
    "one leg, nothing written",
    "a",
    "root=/dev/vg/root rd.dvm.grace=2",
    /LV root is up read-only, without PV/,
  ],
];

/** @param lists prints what is in an image */
async function boots(t: Test, generator: Generator, lists: string, rows: readonly Row[]): Promise<void> {
  const image = generator.make(t.testdir({}));
  const inside = execFileSync(lists, [image], { encoding: "utf8" }).split("\n");
  const modules = moduleFiles(kernelModules()).map((file) => basename(file));
  const missing = modules.filter((file) => !inside.some((path) => path.endsWith(`/${file}`)));
  t.strictSame(missing, [], "modules for LVs of every type are in the image");
  for (const [name, present, words, said] of rows)
    await t.test(name, async (t) => {
      const { a, b, two } = makeBootDisks(t.testdir({}));
      const vg = present === "both" ? [a, b] : [present === "a" ? a : b];
      const initramfs = { image, arguments: words };
      const end = await bootUml({ disks: [...vg, two], script: "", modules: [], memMb: 1024, initramfs });
      t.equal(end.status, 42, "status of the root file system's init", end);
      t.match(end.output, /^root is up: $/m);
      if (said) t.match(end.console, said);
      else t.notMatch(end.console, /VG vg/);
      t.notMatch(end.console, /not found|No such file/, "scripts have what they need");
      t.match(end.output, / root -> .*dm-\d+$/m, "/dev/vg/root is there");
      if (words.includes("rd.dvm.lv")) t.notMatch(end.output, /two-data/);
      else t.match(end.output, / two-data -> /);
    });
}

t.test("initramfs-tools", async (t) => {
  if (!requireGenerator(t, initramfsTools)) return;
  await boots(t, initramfsTools, "lsinitramfs", orNightly([ONE_LEG], [ONE_LEG, ...MORE]));
});

t.test("dracut", async (t) => {
  const rows = orNightly<readonly Row[]>([], [ONE_LEG, ...MORE]);
  if (rows.length === 0) return void t.pass("only nightly: to make the image takes half a minute");
  if (!requireGenerator(t, dracut)) return;
  await boots(t, dracut, "lsinitrd", rows);
});
