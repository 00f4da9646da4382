/** Packages: made, installed into a root of their own, replaced by a newer one, taken out again. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
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
import t, { type Test } from "tap";
import { packaged } from "../lib/dvm.ts";
import { orNightly } from "../lib/nightly.ts";

const packaging = fileURLToPath(new URL("../../packaging", import.meta.url));
const run = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: "utf8" });

/** @returns the path of a package of that kind */
function make(directory: string, kind: "deb" | "rpm" | "tar", version: string): string {
  const how = ["--compress", "none", "--only", kind, "--output", directory, "--version", version];
  return run(process.execPath, join(packaging, "package.mjs"), ...how).trim();
}

t.test("install, upgrade, remove", async (t) => {
  const directory = t.testdir({});
  const root = join(directory, "root");
  const made = (version: string) => make(directory, "deb", version);
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

/** Fails where the suite must be whole; skips elsewhere. */
function requireCommand(t: Test, path: string, debianPackage: string): boolean {
  if (existsSync(path)) return true;
  const reason = `no ${path} (Debian package ${debianPackage})`;
  if (process.env["DVM_REQUIRE_KERNEL"] === "1") t.fail(reason);
  else t.pass("needs a command", { skip: reason });
  return false;
}

const atNight = orNightly({ skip: "at night" }, {});

t.test("lintian finds nothing in the .deb but what is overridden with reasons", atNight, async (t) => {
  if (!requireCommand(t, "/usr/bin/lintian", "lintian")) return;
  // That it is not compressed is for tests only.
  const asTested = ["control", "data"].map((part) => `uses-no-compression-for-${part}-tarball`).join(",");
  const how = [
    "--fail-on",
    "none",
    "--suppress-tags",
    asTested,
    ...(process.getuid?.() === 0 ? ["--allow-root"] : []),
  ];
  t.equal(run("lintian", ...how, make(t.testdir({}), "deb", "0.1.0")), "");
});

t.test("an .rpm: the executable as it was, what it requires, scripts that parse", async (t) => {
  if (!requireCommand(t, "/usr/bin/rpmbuild", "rpm")) return;
  const directory = t.testdir({});
  const file = make(directory, "rpm", "0.1.0-rc1");
  t.match(file, /dvm-0\.1\.0~rc1-1\.x86_64\.rpm$/);
  const query = (...how: string[]) => run("rpm", "-qp", ...how, file);
  const listed = query("-lv").trim().split("\n");
  t.strictSame(
    listed.filter((line) => !/^\S+ +\d+ root +root /.test(line)),
    [],
    "all belongs to root",
  );
  for (const path of ["/usr/sbin/dvm_tm -> dvm", "/usr/lib/dracut/modules.d/90dvm/module-setup.sh"])
    t.ok(
      listed.some((line) => line.endsWith(path)),
      path,
    );
  t.match(query("--requires"), /^libc\.so\.6\(GLIBC_2\.28\)\(64bit\)$/m);
  const scripts = query("--scripts")
    .split(/^\w+ (?:scriptlet|program).*$/m)
    .slice(1);
  t.equal(scripts.length, 3);
  for (const script of scripts) execFileSync("dash", ["-n"], { input: script });
  execFileSync("sh", ["-c", 'rpm2cpio "$0" | busybox cpio -id ./usr/sbin/dvm', file], {
    cwd: directory,
    stdio: "pipe",
  });
  t.ok(readFileSync(join(directory, "usr/sbin/dvm")).equals(readFileSync(packaged)), "as it was");
});

t.test("the tar has all that the executable needs", async (t) => {
  const directory = t.testdir({});
  const root = join(directory, "root");
  mkdirSync(join(root, "proc"), { recursive: true });
  run("tar", "-xf", make(directory, "tar", "0.1.0"), "-C", root);
  const within = (...command: string[]) => run("unshare", "--map-root-user", "--root", root, ...command);
  t.match(within("/usr/sbin/dvm", "--version"), /^dvm /);
  t.match(within("/usr/sbin/dvm_manip", "--help"), /^Usage: manip /);
  for (const file of ["install", "hooks"])
    t.ok(existsSync(join(root, "usr/lib/initcpio", file, "dvm")), file);
});

t.test("dracut's and mkinitcpio's functions are called with files that are there", async (t) => {
  const directory = t.testdir({ bin: { dvm: "#!/bin/sh\necho dm-mod\necho dm-raid\n" } });
  chmodSync(join(directory, "bin/dvm"), 0o755);
  const called = (script: string, functions: string, calls: string): string[] => {
    const moddir = join(packaging, "dracut/90dvm");
    const standIns = functions.split(" ").map((name) => `${name}() { echo ${name} "$@"; }`);
    const text = [`moddir='${moddir}'`, ...standIns, `. '${join(packaging, script)}'`, calls].join("\n");
    const env = { PATH: `${join(directory, "bin")}:/usr/bin:/bin` };
    return execFileSync("bash", ["-euc", text], { encoding: "utf8", env }).trim().split("\n");
  };
  const isThere = (line: string) => {
    const file = line
      .split(" ")
      .find((word) => word.startsWith("/usr/lib/udev") || word.startsWith(packaging));
    const path = file?.replace("/usr/lib/udev/rules.d", join(packaging, "udev"));
    t.ok(path === undefined || existsSync(path), line);
  };
  const ofDracut = called(
    "dracut/90dvm/module-setup.sh",
    "instmods inst_multiple inst_rules inst_script inst_hook dracut_need_initqueue",
    "depends; installkernel; install",
  );
  for (const line of ofDracut) isThere(line);
  for (const line of ["dm", "instmods dm-raid", "inst_multiple dvm", "dracut_need_initqueue"])
    t.ok(ofDracut.includes(line), line);
  const scripts = readdirSync(join(packaging, "dracut/90dvm")).filter((name) => name !== "module-setup.sh");
  for (const name of scripts)
    t.ok(
      ofDracut.some((line) => line.includes(`/90dvm/${name}`)),
      name,
    );

  const ofMkinitcpio = called(
    "mkinitcpio/install/dvm",
    "add_module add_binary add_file add_runscript",
    "build; help",
  );
  for (const line of ofMkinitcpio) isThere(line);
  for (const line of ["add_module dm-raid?", "add_binary dvm", "add_runscript"])
    t.ok(ofMkinitcpio.includes(line), line);
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
  if (!requireCommand(t, "/usr/bin/shellcheck", "shellcheck")) return;
  const { status, stdout } = spawnSync("shellcheck", ["--exclude=SC2187", ...scripts], { encoding: "utf8" });
  t.equal(status, 0, stdout);
});
