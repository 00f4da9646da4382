/** The Debian package is installed into a root of its own, replaced by a newer one, and taken out again. */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";

const packaging = fileURLToPath(new URL("../../packaging", import.meta.url));
const run = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: "utf8" });

t.test("install, upgrade, remove", async (t) => {
  const directory = t.testdir({});
  const root = join(directory, "root");
  const made = (version: string) => {
    const script = join(packaging, "package.mjs");
    const how = ["--compress", "none", "--only", "deb", "--output", directory, "--version", version];
    return run(process.execPath, script, ...how).trim();
  };
  const admin = join(root, "var/lib/dpkg");
  for (const folder of ["info", "updates", "triggers"]) mkdirSync(join(admin, folder), { recursive: true });
  for (const file of ["status", "available"]) writeFileSync(join(admin, file), "");
  // What it depends on is not in that root, and its scripts see by DPKG_ROOT that it is none to change.
  const how = ["--root", root, "--force-depends", "--force-not-root", "--force-script-chrootless"];
  const dpkg = (...args: string[]) =>
    run("dpkg", `--root=${root}`, ...how.slice(2), "--log=/dev/null", ...args);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills it in
  const version = () => run("dpkg-query", `--root=${root}`, "-W", "-f", "${Version} ${Status}", "dvm");

  dpkg("--install", made("0.1.0"));
  t.equal(version(), "0.1.0 install ok installed");
  const installed = join(root, "usr/sbin/dvm");
  t.match(run(installed, "--version"), /^dvm /);
  t.match(run(join(root, "usr/sbin/dvm_manip"), "--help"), /^Usage: manip /);
  t.equal(readlinkSync(join(root, "usr/sbin/dvm_tm")), "dvm");
  for (const rules of readdirSync(join(packaging, "udev")))
    t.ok(existsSync(join(root, "usr/lib/udev/rules.d", rules)), rules);
  for (const script of ["hooks/dvm", "scripts/local-top/dvm", "scripts/local-block/dvm"]) {
    const { mode } = statSync(join(root, "usr/share/initramfs-tools", script));
    t.equal(mode & 0o777, 0o755, script);
  }
  dpkg("--install", made("0.1.1"));
  t.equal(version(), "0.1.1 install ok installed");
  dpkg("--remove", "dvm");
  dpkg("--purge", "dvm");
  t.strictSame(existsSync(join(root, "usr")) ? readdirSync(join(root, "usr")) : [], []);
});

t.test("what shells run parses", async (t) => {
  const scripts = run("find", packaging, "-type", "f")
    .split("\n")
    .filter((file) => {
      const [first = ""] = file === "" ? [] : readFileSync(file, "latin1").split("\n");
      return /^#!.*\b(sh|ash|bash)$/.test(first);
    });
  t.ok(scripts.length >= 12);
  for (const script of scripts) {
    const isBash = readFileSync(script, "utf8").startsWith("#!/bin/bash");
    t.doesNotThrow(() => run(isBash ? "bash" : "dash", "-n", script), basename(script));
  }
});
