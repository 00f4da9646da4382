/** How tools call one another; a mutator of ours gets its own options only: what would be ignored is refused. */
import t from "tap";
import { applets } from "../../src/applets/index.ts";
import { inProcessToolbox } from "../../src/applets/toolbox.ts";
import type { Sys } from "../../src/core/port/sys.ts";
import { DISCOVERY_WORD } from "../../src/core/port/toolbox.ts";

const nothing = (): Sys => {
  throw new Error("an option that is refused reached the world");
};

for (const [argv, message] of [
  [["manip", "move", "--help"], /--help changes nothing: manip move --help/],
  [["manip", "remove-lv", "--name", "a", "--seed", "x"], /--seed is the whole command's/],
  [["manip", "remove-lv", "--name", "a", "-v"], /--verbose is the whole command's/],
] as const) {
  t.test(argv.join(" "), async (t) => {
    const { mutate } = inProcessToolbox(applets, nothing);
    await t.rejects(mutate(argv, Buffer.from("{}")), { code: "USAGE", message });
  });
}

const { call, words, withPvs } = inProcessToolbox(applets, nothing);

t.test("a call becomes words by its table", async (t) => {
  t.strictSame(
    await words({
      applet: "manip",
      verb: "add-pv",
      options: { discovery: DISCOVERY_WORD, tag: ["fast", "-slow"] },
    }),
    ["manip", "add-pv", "--discovery", DISCOVERY_WORD, "--tag", "fast", "--tag=-slow"],
  );
  t.strictSame(
    await words({ applet: "manip", verb: "create-vg", options: { name: "vg", "extent-size": 8192 } }),
    ["manip", "create-vg", "--name", "vg", "--extent-size", "8192s"],
    "a number that is a size is in sectors",
  );
  t.strictSame(
    await words({ applet: "manip", verb: "missing-pv", options: { pv: ["a", "b"], returned: true } }),
    ["manip", "missing-pv", "--pv", "a", "--pv", "b", "--returned"],
  );
  t.strictSame(await words({ applet: "manip", verb: "batch", operands: { changes: "/x" } }), [
    "manip",
    "batch",
    "/x",
  ]);
});

t.test("a call that the table does not have is refused by the compiler, and at once", async (t) => {
  // @ts-expect-error: a name that there is not
  const unknown = words({ applet: "manip", verb: "tag", options: { ad: ["x"], name: "a" } });
  await t.rejects(unknown, /manip tag has no parameter ad/);
  // @ts-expect-error: what is required
  await t.rejects(words({ applet: "manip", verb: "remove-pv" }), /manip remove-pv without --pv/);
  // @ts-expect-error: what is required
  await t.rejects(words({ applet: "manip", verb: "batch" }), /manip batch without changes/);
  const leg = ["a/1"];
  // @ts-expect-error: no word that it may be
  await words({ applet: "manip", verb: "leg-state", options: { leg, state: "away" } });
  // @ts-expect-error: a verb that there is not
  await t.rejects(words({ applet: "manip", verb: "remove-pvs", options: {} }), /no applet manip remove-pvs/);
  // Two that do not go together can be told apart by the groups only.
  await t.rejects(
    words({ applet: "manip", verb: "move", options: { name: "a", finish: true, abort: true } }),
  );
  // @ts-expect-error: what is required
  await t.rejects(call({ applet: "discover", verb: "find" }));
});

t.test("PVs are named where the table says so, however they are typed", async (t) => {
  const naming = async (word: string) => word.toUpperCase();
  const rows: readonly (readonly [string, string])[] = [
    ["create-lv --name a --size 1G --pv a --pv=b", "create-lv --name a --size 1G --pv A --pv=B"],
    ["--pv a create-lv --name a", "--pv A create-lv --name a"],
    ["move --name a --from a --to=b", "move --name a --from A --to=B"],
    ["rename-lv --name a --to b", "rename-lv --name a --to b"],
    ["tag --pv a --add pv", "tag --pv A --add pv"],
    ["create-lv --name a --pv", "create-lv --name a --pv"],
    ["no-such-verb --pv a", "no-such-verb --pv a"],
  ];
  for (const [typed, named] of rows)
    t.equal((await withPvs(["manip", ...typed.split(" ")], naming)).slice(1).join(" "), named);
  for (const { name, options } of (await applets.find("manip"))?.verbs ?? [])
    for (const [option, spec] of Object.entries(options))
      if (option === "pv" || spec.placeholder === "PV") t.equal(spec.names, "pv", `${name} --${option}`);
});
