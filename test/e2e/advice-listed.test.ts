/**
 * Every message of the source that names a command or an option to type, with the test that types it in the
 * state in which it is said. What doctor finds has its own list, in findings.test.ts.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import t from "tap";
import { applets } from "../../src/applets/index.ts";
import { joinTexts } from "../lib/join-texts.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Of our own commands: every tool, with every verb that it has. */
const COMMANDS = (await applets.all()).flatMap(({ name, verbs }) => {
  const words = verbs.flatMap((verb) => (verb.name === "" || name === "manip" ? [] : [verb.name]));
  return words.length === 0 ? [] : [`\\b${name} (?:${words.join("|")})\\b(?!-)`];
});

const NAMES = new RegExp(
  [
    ...COMMANDS,
    "\\bdvm (?:discover|manip|lvm2)\\b|\\bmanip [a-z-]+ --",
    "--(?:force|resync|without|choose|abort|finish|with-users|repair|leg|from|allow|live|new|region)\\b(?!-)",
  ].join("|"),
);

const ADVICE = "e2e/advice.test.ts";
const EVACUATE = "e2e/evacuate.test.ts";
const CHOICES = "core/dvm/recover-choices.test.ts";
const HALF = "core/tm/half-done.test.ts";
const FINDINGS = "e2e/findings.test.ts";
const ADOPTED_LIVE = "core/lvm2/adopt-live.test.ts";
const ADOPT = "core/lvm2/adopt-rules.test.ts";
const FAILED = "kernel/failed-legs.test.ts";
const TEND = "core/dvm/tend.test.ts";
const SNAPSHOTS = "core/volactivate/snapshots.test.ts";
const MANIP = "core/manip/advice.test.ts";
const CACHES = "core/volactivate/caches.test.ts";
const THIN = "core/volactivate/thin.test.ts";

/**
 * Some words of the message, the file of its test, and some words of that. Each message has a row, and each
 * row one.
 */
const typed: readonly (readonly [message: string, file: string, words: string])[] = [
  ["dvm recover {name} would", CHOICES, "dvm recover vg"],
  ["--without missing ({someNames(missing)})", CHOICES, "dvm recover vg --without missing"],
  ["--choose {state.txid}:", CHOICES, "`dvm recover vg --choose"],
  ["what it holds is given up, and its", CHOICES, "dvm recover vg --resync /dev/sdc"],
  ["dvm's rescue image", "kernel/rescue-image.test.ts", "must dvm activate vg root"],
  ["is not live, so it will not be", "core/dvm/wait.test.ts", "an LV that is not live"],
  ["nothing empties the cache of", "core/dvm/wait.test.ts", "dvm uncache vg/fast"],
  ["has been given up, so it will not", "core/dvm/wait.test.ts", "has been given up.*dvm uncache"],
  ["is left out, so it will not", "core/dvm/wait.test.ts", "a leg that is left out"],
  ["a picture is of one VG", "e2e/every-vg.test.ts", "a picture is of one VG"],
  ["exists already: ", ADVICE, "all of its disks are given"],
  ["--force wipes it", ADVICE, "a disk that carries something joins"],
  ["among the disks that are looked at", ADVICE, "a disk that is looked at is written over"],
  ["is {document}; --force", "e2e/destinations.test.ts", "export vg/x other-dm.json --force"],
  ["to mend it", ADVICE, "damaged labels"],
  ["--force makes it all the same", "e2e/destinations.test.ts", "replicate format on-mine.json --force"],
  ["dvm deactivate {vg}`", ADVICE, "live LVs of a VG whose labels are gone"],
  ["which removes them with it", ADVICE, "an LV is removed that has a snapshot"],
  ["takes it out of the VG", ADVICE, "a PV is left on which an LV is down"],
  ["then dvm evacuate", ADVICE, "a PV is left on which an LV is down"],
  ["what is down is not copied", ADVICE, "a PV is left on which an LV is down"],
  ["gives its move up", ADVICE, "what its LV is copied to has failed"],
  ["to have more: dvm expand", ADVICE, "there is no room for what lies on it"],
  ["VG {name} is live as {", ADVICE, "a live VG is taken apart"],
  ["and would be built of other devices", ADOPTED_LIVE, "restacked once it was down"],
  ["is live otherwise than its metadata says", ADOPTED_LIVE, "and once it is down it is adopted"],
  ["LVM2 would not know it again", ADOPTED_LIVE, "under another name"],
  ["--force removes them with it", ADVICE, "a VG with LVs is taken apart"],
  ["removes it from the others", ADVICE, "a VG that misses a disk is taken apart"],
  ["has failed or is away: bring it back", "e2e/failed-legs.test.ts", "gets longer once its leg is back"],
  ["`dvm run {vg.name} --`", FAILED, "fails again: dvm"],
  ["gives the {found.work} up", "kernel/stopped-copy.test.ts", "--abort gives the move up"],
  ["--force destroys what is there", ADVICE, "regions are formatted again"],
  ["misses other devices too", ADVICE, "one of two that are missing is gone on without"],
  ["`--without {shellWord(path)}`", FAILED, "goes on without it"],
  ["dvm discover rm {name}", FINDINGS, "discover rm vg c"],
  ["`--resync {id}`", FINDINGS, "recover vg --resync c"],
  ["`tm recover --choose {shortly(state)}`", FINDINGS, "recover vg --choose"],
  ["has no metadata yet", FINDINGS, '"vg-empty": ['],
  ["the regions hold VG", FINDINGS, '"vg-foreign": ['],
  ["--without missing goes on without`", FINDINGS, '"vg-missing": ['],
  ["adding or removing was interrupted", FINDINGS, '"vg-unfinished": ['],
  ["any more: {gone", FINDINGS, '"vg-outdated": ['],
  ["if that does not help", FINDINGS, '"vg-labels-behind": ['],
  ["a transaction was interrupted, {what}", FINDINGS, '"vg-interrupted": ['],
  ["--finish first, or with --abort", ADVICE, "an LV that is being moved"],
  ["is down and not copied", EVACUATE, "the same helps"],
  ["dvm evacuate {vg.name} {shellWord(pv)} goes on", EVACUATE, "the same helps"],
  ["and would not be copied whole", EVACUATE, "is not well"],
  ['run tm recover first"', ADVICE, "a VG whose transaction was interrupted is changed"],
  ["split brain: choose the regions", ADVICE, "regions that were changed apart"],
  ["no earlier state of what it would get", ADVICE, "regions that were changed apart"],
  ["make room in larger regions", ADVICE, "that its regions are too small for"],
  ["gets no other table without it", ADVICE, "what is up in part"],
  ["cannot be held against the metadata", ADVICE, "what is up in part"],
  ["it stays as it is until the PV is back", ADVICE, "what is up in part"],
  ["knows transactions that VG", ADVICE, "has gone its own way"],
  ["comes after all others", ADVICE, "one comes after all others"],
  ["is a live LV; --force", "kernel/discover.test.ts", "/dev/mapper/live --force"],
  ["is partitioned", "core/discover/destination.test.ts", "with --force nothing of it is left"],
  ["stays on all of its legs", "kernel/leg-that-stays.test.ts", "dvm recover has the kernel rebuild it"],
  ["is unavailable, and cannot be copied whole", ADVICE, "and the rest is away"],
  ["kept a label", "core/discover/half-done.test.ts", "a label that cannot be taken off again"],
  ["dvm init {name}", "core/discover/half-done.test.ts", "run dvm init vg"],
  ["to have more, name other PVs too", ADVICE, "one that has is to be named"],
  ["if none of these finds a state", "core/replicate/faults.test.ts", "no region can be used"],
  ["run tm recover again", "core/tm/verify.test.ts", "and with it again"],
  ["run volactivate settle first", ADVICE, "whose live tables are not as the metadata has them"],
  ["; run volactivate settle", "core/volactivate/prepare.test.ts", "and settle does it later"],
  ["format again with --force", "core/discover/half-done.test.ts", "regions of which some are formatted"],
  ["`{why}; run tm recover", HALF, "what was prepared cannot be undone"],
  ["{what}: {toDvmError(cause).message}; run tm recover", HALF, "a region is not reached by the commit"],
  ["nothing is changed before it is back", TEND, 'without: ["missing"]'],
  ["which leg is wrong cannot be told", "core/dvm/scrub.test.ts", '"no guess"'],
  ["say by --leg which leg is wrong", "core/dvm/scrub.test.ts", "repair: true, leg: 2"],
  ["--state stale goes on without it", TEND, 'change("leg-state", "--leg", "r/1", "--state", "stale")'],
  ["are kept, unless you run", TEND, 'dvm("extend-lv", { vg: "vg/p" }, { size:'],
  ["puts a new one in its place", TEND, 'dvm("repair", { vg: "vg/m" }, { leg: 1 })'],
  ["copies it first; if it is not to be", "core/volactivate/refusals.test.ts", "nor one that is not trusted"],
  ["--state rebuild ends that", TEND, 'dvm("leg-state", { vg: "vg" }, { leg: ["m/1"], state: "rebuild" })'],
  ["only a live one rebuilds legs", "core/dvm/scrub.test.ts", 'dvm("activate", { vg: "vg" })'],
  ["it is on its way", "core/manip/compare.test.ts", "while it moves, it is left to arrive"],
  ["is up read-only, without PV", "core/dvm/boot.test.ts", "LV root is up read-only"],
  ["is part of it by now", SNAPSHOTS, "it has to end, and then it does"],
  ["is cached already", MANIP, "what is cached is cached again"],
  ["--drop lets it go", MANIP, "a cache is given up"],
  ["is not being flushed", MANIP, "a cache ends that nothing flushes"],
  ["has not begun", MANIP, "a merge ends that has not begun"],
  ["makes them fewer", MANIP, "one with as many copies as can be"],
  [
    "name others with --pv, or",
    "core/volactivate/short.test.ts",
    'world.run("missing-pv", { pv: [pvId(0)] })',
  ],
  [
    "or take that down: manip pv-blocks",
    "core/volactivate/blocks.test.ts",
    "a disk that comes back with other blocks",
  ],
  ["makes that one safe, and --force takes", SNAPSHOTS, "other stores have to have room"],
  [": run dvm activate {vg} first", THIN, "what a pool that is down is not told waits"],
  ["may hold what the LV has nowhere else", CACHES, "only once it is given up"],
  ["--new begins one", "core/discover/add.test.ts", '"nobodys", ["/dev/c"], { isNew: true }'],
  ["--allow {need}", "core/dvm/apply.test.ts", "{ allow: vg?.needs ?? [] }"],
  ["dvm apply begins anew", "core/dvm/apply.test.ts", "was cut off: dvm apply begins anew"],
  ["or serve it with --live", "e2e/serve.test.ts", 'serve("vg/linear --live")'],
  ["or dvm adopt makes it dvm's", ADOPT, "is changed once it is adopted"],
  ["changes hands: dvm adopt", ADOPT, "await adopt(after)"],
  ["run dvm lvm2 seal", ADOPT, 'verb: "seal"'],
  ["lvm2 read gives its metadata", ADOPT, "is changed once it is adopted"],
  ["rebuild --region {place.index}", "core/replicate/faults.test.ts", "no region can be used"],
  ["makes room, if that is longer", "core/tm/resize.test.ts", "the way back is the same verb"],
  ["`--allow {word}`", "core/tm/restore.test.ts", "what shrinks or goes has to be allowed"],
  ["the metadata is committed as transaction", HALF, "devices are not made after the commit"],
];

/** Descriptions, and words that others put into a message. */
const noMessages: readonly string[] = [
  "`dvm recover {vg}`",
  '"dvm doctor"',
  "`dvm doctor{this.#options}`",
  "`dvm run {vg} -- `",
  "as by dvm recover",
  "that a broken-off dvm adopt or release has left",
  "dvm resize-pv does that",
  '--allow "{',
  "#!/bin/busybox sh",
  "The whole LV is copied",
  "All of it is copied to free extents",
  "What was written to the snapshot counts too",
  "The kernel writes what the cache holds",
  "A new leg lies on free extents",
  "as dvm doctor has them",
  "is no TXID or TXID:HASH",
  "is not LV/NUMBER, as in home/1",
  "pvck --repair of LVM2",
  "Say what dvm tend may do",
  "what dvm tend does about",
  '"tm recover"',
  '"run dvm remove-vg"',
];

/** What a verb's page shows: examples.test.ts types those. */
const EXAMPLE = /^"--/;

/** All texts in the code that name something to type, as they stand there but for the dollar signs. */
function messages(): string[] {
  const files = readdirSync(`${root}/src/core`, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("dvm/findings"))
    .sort();
  return files.flatMap((file) => {
    const code = joinTexts(
      readFileSync(`${root}/src/core/${file}`, "utf8")
        .replace(/\/\*.*?\*\//gs, "")
        .replace(/(^|\s)\/\/.*/g, ""),
    );
    const texts = code.match(/`(?:[^`\\]|\\.)*`|"(?:[^"\\\n]|\\.)*"/g) ?? [];
    return texts
      .filter((text) => NAMES.test(text) && !EXAMPLE.test(text))
      .map((text) => text.replace(/\$\{/g, "{"));
  });
}

t.test("each message that names something to type has its test", async (t) => {
  const found = messages();
  const messageRows = typed.map(([message]) => message);
  const rows = [...messageRows, ...noMessages];
  for (const text of found)
    t.ok(
      rows.some((row) => text.includes(row)),
      `${text}: type what it names in a test, and give it a row`,
    );
  for (const row of messageRows)
    t.equal(found.filter((text) => text.includes(row)).length, 1, `one message says: ${row}`);
  for (const [message, file, words] of typed)
    t.ok(readFileSync(`${root}/test/${file}`, "utf8").includes(words), `${message}: ${file} has ${words}`);
});
