/** Who made which state, and back: history and undo, typed on image files. */
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import t from "tap";
import type { TmHistory } from "../../src/schema/index.ts";
import { INIT, site } from "../lib/site.ts";

const ESCAPE = "\u001b";

t.test("history and undo", async (t) => {
  const { dvm, must, at } = site(t, ["a.img", "b.img"]);
  await must(`init vg a.img b.img ${INIT}`);
  await must("create-lv vg/x --size 2M");
  await must("activate vg");
  writeFileSync(at("content"), "mine".repeat(1 << 19));
  await must("deactivate vg");
  await must("import vg/x content");
  const digest = async (): Promise<string> => {
    await must("export vg/x out --force");
    return createHash("sha256")
      .update(readFileSync(at("out")))
      .digest("hex");
  };
  const before = await digest();
  const states = async () => JSON.parse(await must("history vg --json")).states as TmHistory["states"];

  await must("remove-lv vg/x");
  const [removed, made] = await states();
  t.match(removed, {
    active: true,
    by: { words: ["dvm", "remove-lv", "vg/x"], uid: process.getuid?.(), host: hostname().slice(0, 64) },
  });
  t.match(made, { active: false, by: { words: ["dvm", "create-lv", "vg/x", "--size", "2M"] } });

  const dry = await dvm("undo vg --dry-run");
  t.equal(dry.status, 0);
  t.equal((await states())[0]?.txid, removed?.txid, "a dry run changes nothing");
  await must("undo vg");
  t.equal(await digest(), before, "the LV is back with its bytes");
  t.match((await states())[0], { active: true, by: { words: ["dvm", "undo", "vg"] } });

  const again = await dvm("undo vg");
  t.equal(again.status, 3, "to undo that would remove the LV");
  t.match(again.stderr, /--allow remove:vg\/x/);
  await must("undo vg --allow remove:vg/x");
  await must("undo vg");
  t.equal(await digest(), before);

  await must("tag vg/x --add t");
  await must("rename-lv vg/x --to y");
  await must(`undo vg --to ${made?.txid}`);
  t.equal(await digest(), before, "named by its transaction");
  const none = await dvm("undo vg --to 1000");
  t.equal(none.status, 4);
  t.match(none.stderr, /no region has transaction 1000 any more/);
});

t.test("words that a terminal would obey are not shown raw", async (t) => {
  const { dvm, must, at } = site(t, ["a.img"]);
  await must(`init vg a.img ${INIT}`);
  const config = `dvm${ESCAPE}[2J.json`;
  copyFileSync(at("dvm.json"), at(config));
  await must(`-c ${config} create-lv vg/x --size 1M`);
  const { status, stdout } = await dvm("history vg");
  t.equal(status, 0);
  t.match(stdout.toString(), /active +3 .* dvm\S* -c 'dvm\\u001b\[2J\.json' create-lv vg\/x --size 1M$/m);
  t.notOk(stdout.includes(ESCAPE));
});

t.test("a VG of which nobody is to be told", async (t) => {
  const { dvm, must, at } = site(t, ["a.img"]);
  const config = JSON.parse(readFileSync(at("dvm.json"), "utf8"));
  writeFileSync(at("dvm.json"), JSON.stringify({ ...config, tm: { recordCommands: false } }));
  await must(`init vg a.img ${INIT}`);
  const { states } = JSON.parse(await must("history vg --json"));
  t.match(states, [{ by: null }]);
  t.notOk(readFileSync(at("a.img")).includes("words"), "nor does it stand on the disk");
  const only = await dvm("undo vg");
  t.equal(only.status, 4);
  t.match(only.stderr, /the regions hold no state before the one that there is/);
});
