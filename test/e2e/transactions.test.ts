/**
 * Transactions of separate processes at once, and what surrounds a mutator. The real program on image files.
 */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import type { Metadata, TmResult } from "../../src/schema/index.ts";
import { documentOf, dvm, dvmProgram, run } from "../lib/dvm.ts";
import { ImageVg } from "../lib/image-vg.ts";

const vg = new ImageVg({ tm: { lockTimeoutMs: 120_000 } });
t.teardown(() => vg.remove());
await vg.init("a", "b", "c");
const discovery = JSON.stringify(await vg.find());

const tm = (args: readonly string[], env?: Record<string, string>) =>
  dvm(["-c", vg.configFile, "tm", ...args], { input: discovery, ...(env ? { env } : {}) });
const update = (...command: string[]) => tm(["update", "--", ...command]);
const tags = async (): Promise<string[]> =>
  (JSON.parse(String((await vg.tm("read")) as Uint8Array)) as Metadata).vg.tags;
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await sleep(10);
};

for (const count of [2, 20]) {
  t.test(`${count} updates at once, from separate processes`, async (t) => {
    const before = await tags();
    let running = true;
    const readers = Array.from({ length: 4 }, async () => {
      const seen: number[] = [];
      while (running) seen.push((await tags()).length);
      return seen;
    });
    const names = Array.from({ length: count }, (_, n) => `t${count}-${n}`);
    const ran = await Promise.all(names.map((name) => update("manip", "tag", "--add", name)));
    running = false;
    const reads = await Promise.all(readers);
    for (const { status, stderr } of ran) t.equal(status, 0, stderr);
    const txids = ran.map((each) => documentOf<TmResult>(each).txid).sort((a, b) => a - b);
    t.equal(new Set(txids).size, count, "one after the other");
    t.equal((txids.at(-1) ?? 0) - (txids[0] ?? 0), count - 1, "with nothing between them");
    t.same((await tags()).sort(), [...before, ...names].sort(), "none is lost");
    for (const seen of reads) {
      t.same(
        seen,
        [...seen].sort((a, b) => a - b),
        "a reader sees whole states, each later than the one before",
      );
      t.ok(seen.every((length) => length >= before.length && length <= before.length + count));
    }
    t.comment(`states ${count} updates at once: ${reads.flat().length} reads meanwhile`);
  });
}

/** An update that is in the midst of its mutator until the file "go" is there. */
async function held(name: string) {
  const [begun, go] = [join(vg.directory, `${name}.begun`), join(vg.directory, `${name}.go`)];
  const script = 'touch "$1"; until [ -e "$2" ]; do sleep 0.05; done; cat';
  const ended = update("sh", "-c", script, "sh", begun, go);
  await until(() => existsSync(begun));
  return { ended, release: () => writeFileSync(go, "") };
}

t.test("while one changes it", async (t) => {
  const { ended, release } = await held("lock");
  const waits = ["--lock-timeout", "50"];
  const another = await tm(["update", ...waits, "--", "manip", "tag", "--add", "x"]);
  t.equal(another.status, 5);
  t.match(
    another.stderr,
    /locked for changes by process \d+ \(.*tm update.*\).* \[LOCKED\]\n$/,
    "who has it",
  );
  for (const verb of ["read", "verify", "history"])
    t.equal((await tm([verb, ...waits])).status, 5, `${verb} does not see what is half done`);
  t.equal((await tm(["recover", ...waits])).status, 5, "nothing is recovered that is not interrupted");
  release();
  t.match(documentOf(await ended), { changed: false });
  t.equal((await tm(["recover", ...waits])).status, 0);
});

t.test("a mutator of somebody else", async (t) => {
  await vg.tm("update", {
    command: ["manip", "tag", ...(await tags()).flatMap((tag) => ["--remove", tag]), "--add", "kept"],
  });
  let before = vg.content;
  const same = () => t.ok([...vg.content].every(([file, bytes]) => before.get(file)?.equals(bytes)));

  const failed = await update("sh", "-c", "cat; echo no way >&2; exit 7");
  t.equal(failed.status, 1, "its status is not ours");
  t.match(failed.stderr, /no way\ntm update: the mutator sh ended with status 7 \[MUTATOR_FAILED\]\n$/);
  same();

  const table: [what: string, script: string, status: number, message: RegExp][] = [
    ["nothing", "cat >/dev/null", 2, /is empty/],
    ["half a document", "head -c 100", 2, /is no JSON/],
    ["what is no metadata", "echo '{}'", 2, /metadata document.*missing key/],
    ["more than there is memory for", "yes", 3, /more than the 268435456 bytes/],
    ["a signal", "kill -TERM $$", 1, /ended with status 143/],
    ["more than the regions can hold", `cat; head -c 2000000 /dev/zero | tr '\\0' ' '`, 3, /can hold/],
  ];
  for (const [what, script, status, message] of table) {
    const ran = await update("sh", "-c", script);
    t.equal(ran.status, status, what);
    t.match(ran.stderr, message, what);
    t.same(await tags(), ["kept"], `${what}: the metadata is as it was`);
    t.match(await vg.tm("verify"), { state: "clean" }, `${what}: nothing is left prepared`);
  }
  before = vg.content;
  const missing = await update("/no/such/program");
  t.equal(missing.status, 1);
  t.match(documentOf(await update("cat")), { changed: false }, "what it was given: nothing has changed");
  t.match(documentOf(await update("sh", "-c", "tail -c +1")), { changed: false });
  same();
});

t.test("what a mutator finds around it", async (t) => {
  const script = join(vg.directory, "look");
  writeFileSync(script, `#!/bin/sh\nenv >&2\nls -l /proc/$$/fd >&2\ncat\n`);
  chmodSync(script, 0o755);
  const env = { PATH: process.env["PATH"] ?? "", HOME: "/root", SECRET: "s3cret", DVM_CONFIG: "/nowhere" };
  const { stderr, status } = await tm(["update", "--", script], env);
  t.equal(status, 0, stderr);
  t.match(stderr, /^LANG=C$/m);
  t.match(stderr, /^PATH=/m);
  t.notMatch(stderr, /SECRET|s3cret|HOME=|DVM_/);
  t.notMatch(stderr, /locks\/|\.img/, "neither a lock nor a disk is open in it");
});

t.test("a document from before, when something has changed meanwhile", async (t) => {
  const before = JSON.parse(discovery);
  await vg.tm("update", { stdin: before, command: ["manip", "rename-vg", "--to", "other"] });
  const refused = await update("manip", "tag", "--add", "late");
  t.equal(refused.status, 3);
  t.match(refused.stderr, /run discover find again.*\[STALE\]/);
  t.equal((await tm(["read"])).status, 0, "it is good enough for reading");
  const back = ["manip", "rename-vg", "--to", "vg"];
  await vg.tm("update", { stdin: await vg.find("other"), options: { rename: "vg" }, command: back });
});

t.test("with tm.backup every state is kept as a file, which restore takes", async (t) => {
  const config = join(vg.directory, "with-backup.json");
  writeFileSync(config, JSON.stringify({ ...vg.config, tm: { backup: vg.directory } }));
  const found = await run([...dvmProgram, "-c", config, "discover", "find", "vg"]);
  const call = (...args: string[]) =>
    run([...dvmProgram, "-c", config, "tm", ...args], { input: found.stdout });
  const first = documentOf<TmResult>(await call("update", "--", "manip", "tag", "--add", "first"));
  await call("update", "--", "manip", "tag", "--remove", "first", "--add", "second");
  const file = join(vg.directory, `${JSON.parse(discovery).vg.id}-${`${first.txid}`.padStart(10, "0")}.json`);
  t.ok(readFileSync(file, "utf8").includes('"first"'));

  const dry = documentOf<TmResult>(await call("restore", "--dry-run", file));
  t.match(dry, { changed: true, difference: [{ at: /^\/vg\/tags/ }], plan: { commit: {} } });
  t.ok((await tags()).includes("second"), "a dry run changes nothing");
  t.match(documentOf(await call("restore", file)), { changed: true });
  t.ok((await tags()).includes("first"));
  t.match(documentOf(await call("restore", `${first.txid + 1}`)), { changed: true }, "or out of the regions");
  t.ok((await tags()).includes("second"));
  t.equal((await call("restore", "999999")).status, 4);
  t.equal((await call("restore", join(vg.directory, "nothing"))).status, 2);
  writeFileSync(join(vg.directory, "text"), "no metadata");
  t.equal((await call("restore", join(vg.directory, "text"))).status, 2);
});
