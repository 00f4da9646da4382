/**
 * The main job, end to end, as any user: image files for disks, the simulated device-mapper for the kernel,
 * and nothing but dvm's public commands. Prints each command and what came of it.
 */
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MIB = 1 << 20;
const bundle = fileURLToPath(new URL("../dist/dvm", import.meta.url));
const begun = performance.now();
const home = mkdtempSync(join(tmpdir(), "dvm-demo-"));
const bold = (text: string) => (process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text);
process.on("exit", () => rmSync(home, { recursive: true, force: true }));

say(
  "Four disks: sparse image files of 256 MiB. The kernel's part is played by a simulator that keeps " +
    "its state in a file.",
);
const disks = [0, 1, 2, 3].map((i) => image(`disk${i}.img`, 256 * MIB));
const config = {
  discover: { scan: ["disk*.img"] },
  dm: { backend: "sim", state: "dm.json" },
  common: { lockDir: join(home, "lock") },
};
writeFileSync(join(home, "dvm.json"), JSON.stringify(config));

say("A VG over all four, and three LVs in it, in one transaction each:");
dvm("init", "vg0", ...disks);
dvm("run", "vg0", "--", "create-lv", "--name", "root", "--size", "64M");
dvm(
  "run",
  "vg0",
  "--",
  "create-lv",
  "--name",
  "fast",
  "--size",
  "64M",
  "--type",
  "striped",
  "--stripes",
  "3",
);
dvm(
  "run",
  "vg0",
  "--",
  "create-lv",
  "--name",
  "safe",
  "--size",
  "64M",
  "--type",
  "raid1",
  "--mirrors",
  "1",
  "--tag",
  "demo",
);

say("They are live at once. What stands where, and the same as a tree:");
dvm("report", "vg0");
dvm("report", "vg0", "lv", "--format", "tree");

say("Take them down and up again:");
dvm("deactivate", "vg0");
dvm("activate", "vg0");

const { file: source, what } = fileSystem();
say(`Into each LV goes ${what}, and comes back identical:`);
for (const lv of ["root", "fast", "safe"]) {
  dvm("import", `vg0/${lv}`, source);
  roundTrip(lv);
}

say("Grow an LV while it is live; its content stays:");
dvm("run", "vg0", "--", "extend-lv", "--name", "safe", "--size", "+32M");
roundTrip("safe");

say("What would happen, before it happens: a dry run prints the metadata's difference and the dm programs.");
dvm("run", "vg0", "--dry-run", "--", "extend-lv", "--name", "fast", "--size", "+32M");

say("A raid5, one of whose legs is not trusted any more and is replaced, while a plain LV becomes striped:");
dvm("create-lv", "vg0/five", "--size", "64M", "--type", "raid5", "--stripes", "2");
dvm("import", "vg0/five", source);
dvm("leg-state", "vg0", "--leg", "five/1", "--state", "stale");
dvm("repair", "vg0/five");
dvm("convert", "vg0/root", "--type", "striped", "--stripes", "2");
say("What the kernel has done by itself is made known by tend; scrub compares data and parity:");
dvm("tend", "vg0");
dvm("scrub", "vg0/five");
dvm("report", "vg0", "lv");
for (const lv of ["five", "root"]) roundTrip(lv);

say("A snapshot of an LV, which then gets other content, and goes back to what it held:");
dvm("snapshot", "vg0/before", "--origin", "root", "--size", "64M");
dvm("deactivate", "vg0");
const other = image("other.img", 8 * MIB);
writeFileSync(join(home, other), randomBytes(8 * MIB));
dvm("import", "vg0/root", other);
roundTrip("before");
dvm("activate", "vg0");
dvm("report", "vg0", "lv", "--columns", "name,type,state,fill");
dvm("merge", "vg0/before");
dvm("tend", "vg0");
dvm("deactivate", "vg0");
roundTrip("root");
dvm("activate", "vg0");

const victim = legOf("safe");
say(`Now ${victim}, which holds one half of the raid1 LV "safe", is gone:`);
rmSync(join(home, victim));
show(`rm ${victim}`);
roundTrip("safe");
dvm("report", "vg0", "pv");

say("The VG refuses to be changed while a member is missing, and says which:");
dvm("doctor", { status: 3 });
dvm("run", "vg0", "--", "create-lv", "--name", "more", "--size", "8M", { status: 3 });

say(
  `Done in ${((performance.now() - begun) / 1000).toFixed(1)} s. Everything above is a public command; ` +
    "try them: README.md.",
);

/** Runs and shows one command. The last argument may name the exit status that is expected. */
function dvm(...args: (string | { readonly status: number })[]): string {
  const words = args.filter((arg) => typeof arg === "string");
  const expected = args.find((arg) => typeof arg === "object")?.status ?? 0;
  show(`dvm ${words.join(" ")}`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundle, ...words], {
    cwd: home,
    env: { ...process.env, DVM_CONFIG: join(home, "dvm.json") },
    maxBuffer: 1 << 30,
    encoding: "utf8",
  });
  const text = `${stdout}${stderr}`.split("\n").filter((line) => line !== "");
  for (const line of text.slice(0, 24)) console.log(`    ${line.slice(0, 160)}`);
  if (text.length > 24) console.log(`    … ${text.length - 24} more lines`);
  if (status !== expected) fail(`exit status ${status}, expected ${expected}`);
  if (expected !== 0) console.log(`    (exit status ${status}, as it should be)`);
  return stdout;
}

/** Exports an LV and compares it with what was imported. */
function roundTrip(lv: string): void {
  dvm("export", `vg0/${lv}`, `${lv}.out`);
  const { size } = statSync(source);
  const came = readFileSync(join(home, `${lv}.out`)).subarray(0, size);
  if (digest(came) !== digest(readFileSync(source))) fail(`${lv} came back different`);
  console.log(`    identical: sha256 ${digest(came).slice(0, 16)}… over ${size / MIB} MiB`);
  if (what.includes("ext4")) {
    writeFileSync(join(home, "check.img"), came);
    const { status } = spawnSync("e2fsck", ["-fn", join(home, "check.img")], { env: withSbin() });
    if (status !== 0 && status !== null) fail(`e2fsck found the file system of ${lv} damaged`);
    if (status === 0) console.log("    e2fsck: clean");
  }
}

/** An ext4 image where mke2fs is installed, else bytes that nobody guesses. */
function fileSystem(): { file: string; what: string } {
  const file = image("source.img", 48 * MIB);
  const made = spawnSync(
    "mke2fs",
    ["-q", "-F", "-t", "ext4", "-d", fileURLToPath(new URL("../docs", import.meta.url)), file],
    {
      cwd: home,
      env: withSbin(),
    },
  );
  if (made.status === 0)
    return { file: join(home, file), what: "a real ext4 file system of 48 MiB with files in it" };
  writeFileSync(join(home, file), randomBytes(48 * MIB));
  return { file: join(home, file), what: "a file of 48 MiB of random bytes (mke2fs is not installed)" };
}

/** The image file that holds the second leg of a raid1 LV, read from the public report. */
function legOf(lv: string): string {
  const pvs = JSON.parse(silent("report", "vg0", "pv", "--format", "json")) as {
    rows: { id: string; path: string }[];
  };
  const lvs = JSON.parse(silent("report", "vg0", "lv", "--format", "json")) as {
    rows: { name: string; pvs: string[] }[];
  };
  const id = lvs.rows.find(({ name }) => name === lv)?.pvs.at(-1);
  return pvs.rows.find((pv) => pv.id === id)?.path ?? fail(`no PV of ${lv} found`);
}

function silent(...args: string[]): string {
  return spawnSync(process.execPath, [bundle, ...args], {
    cwd: home,
    env: { ...process.env, DVM_CONFIG: join(home, "dvm.json") },
    encoding: "utf8",
  }).stdout;
}

function image(name: string, size: number): string {
  const path = join(home, name);
  if (existsSync(path)) fail(`${path} exists`);
  const fd = openSync(path, "wx");
  ftruncateSync(fd, size);
  closeSync(fd);
  return name;
}

function withSbin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` };
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function say(text: string): void {
  console.log(`\n${bold(text)}`);
}

function show(command: string): void {
  console.log(`  $ ${command}`);
}

function fail(message: string): never {
  console.error(`\nThe demo failed: ${message}`);
  process.exit(1);
}
