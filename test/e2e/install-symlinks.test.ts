/** install-symlinks.sh: the binary's own list of applets, and what it refuses. */
import { lstatSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { applets } from "../../src/applets/index.ts";
import { bundle, run } from "../lib/dvm.ts";

const installer = fileURLToPath(new URL("../../install-symlinks.sh", import.meta.url));
const install = (...args: string[]) => run(["sh", installer, ...args]);
const tools = applets.names.filter((name) => name !== "dvm");

t.test("prefixes", async (t) => {
  const dir = t.testdir({});
  const prefixed = await install("--dest", join(dir, "a b/bin"), bundle);
  t.equal(prefixed.status, 0, prefixed.stderr);
  t.same(readdirSync(join(dir, "a b/bin")).sort(), ["dvm", ...tools.map((name) => `dvm_${name}`)].sort());
  t.equal(readlinkSync(join(dir, "a b/bin/dvm_tm")), bundle);
  t.equal((await install("--prefix=none", `--dest=${dir}/plain`, bundle)).status, 0);
  t.same(readdirSync(join(dir, "plain")).sort(), ["dvm", ...tools].sort());
  t.equal((await install("--prefix=none", `--dest=${dir}/plain`, bundle)).status, 0, "again");
  const called = await run([join(dir, "plain/manip"), "create-vg", "--name", "v"]);
  t.match(called.stdout.toString(), /"name":"v"/);
});

t.test("what it refuses, with 2 and one line", async (t) => {
  const dir = t.testdir({ bin: { dvm_tm: "somebody's" } });
  writeFileSync(join(dir, "plain"), "");
  const bin = join(dir, "bin");
  for (const [args, why] of [
    [[], /BINARY is missing/],
    [["--dest"], /--dest needs a value/],
    [["--prefix", "x_", bundle], /--prefix is dvm_ or none/],
    [["--force", bundle], /unknown option --force/],
    [[bundle, bundle], /one argument too many/],
    [[join(dir, "absent")], /absent: no executable file/],
    [[join(dir, "plain")], /plain: no executable file/],
    [["--dest", bin, "/bin/true"], /true: does not list its applets/],
    [["--dest", bin, "/bin/false"], /false: does not list its applets/],
    [["--dest", bin, bundle], /dvm_tm: is there and is no symlink/],
  ] as const) {
    const ran = await install(...args);
    t.equal(ran.status, 2, args.join(" "));
    t.match(ran.stderr, why);
    t.equal(ran.stderr.split("\n").length, 2, "one line");
  }
  t.same(readdirSync(bin), ["dvm_tm"], "nothing was made");
  t.ok(lstatSync(join(bin, "dvm_tm")).isFile());
});

t.test("old symlinks are renewed", async (t) => {
  const dir = t.testdir({});
  symlinkSync("/nowhere", join(dir, "dvm_tm"));
  t.equal((await install("--dest", dir, bundle)).status, 0);
  t.equal(readlinkSync(join(dir, "dvm_tm")), bundle);
});
