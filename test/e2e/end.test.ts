/**
 * The status that a command has earned is the one that it ends with, whatever becomes of its result and its
 * messages.
 */

import { spawnSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import t from "tap";
import { bundle, packaged } from "../lib/dvm.ts";

const MIB = 1 << 20;
const dir = t.testdir({});
const at = (name: string) => join(dir, name);
const put = (name: string, document: object) => writeFileSync(at(name), JSON.stringify(document));
for (const [name, size] of [
  ["a.img", 16],
  ["region.img", 1],
] as const) {
  writeFileSync(at(name), "");
  truncateSync(at(name), size * MIB);
}
put("dvm.json", {
  discover: { scan: ["*.img"] },
  dm: { backend: "sim", state: "dm.json" },
  common: { lockDir: "lock" },
});
put("regions.json", { regions: [{ path: "region.img", offset: 0, length: 2048 }] });

const DVM = { bundle: [process.execPath, bundle], executable: [packaged] } as const;
const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json" };
const through = ([file, ...first]: readonly string[], words: string, to: number | "pipe" = "pipe") =>
  spawnSync(file as string, [...first, ...words.split(" ")], {
    cwd: dir,
    env,
    encoding: "utf8",
    stdio: ["ignore", to, "pipe"],
  });
/** In a shell, where `DVM` stands for the command. */
const shell = (command: readonly string[], script: string) =>
  spawnSync("bash", ["-c", script.replaceAll("DVM", command.join(" "))], { cwd: dir, env, stdio: "ignore" })
    .status;
const must = (words: string) => {
  const { status, stderr } = through(DVM.bundle, words);
  if (status !== 0) throw new Error(`${words}: ${status}: ${stderr}`);
};

must("init vg0 a.img --region-size 128K --extent-size 128K");
must("run vg0 -- create-lv --name root --size 1M");
must("replicate format regions.json");
must("replicate prepare regions.json dvm.json");
must("replicate commit regions.json");

/** A page of the content, by the root that the superblock names (docs/format-region.md). */
function damage(): void {
  const region = readFileSync(at("region.img"));
  const root = Number(region.readBigUInt64LE(56));
  const page = Number(region.readBigUInt64LE(root * 4096 + 3256));
  const file = openSync(at("region.img"), "r+");
  writeSync(file, "XXXX", page * 4096 + 5);
  closeSync(file);
}
damage();
mkdirSync(at("copies"));
writeFileSync(at("copies/b.img"), readFileSync(at("a.img")));
const duplicate = "-d a.img -d copies/b.img";

interface Row {
  readonly words: string;
  readonly status: number;
  readonly code?: string;
  /** It writes nothing to stdout, so that it does not learn what became of it. */
  readonly silent?: true;
}
const rows: readonly Row[] = [
  { words: "--version", status: 0 },
  { words: "--list", status: 0 },
  { words: "--help", status: 0 },
  { words: "tm --help", status: 0 },
  { words: "schema label", status: 0 },
  { words: "report vg0", status: 0 },
  { words: "export vg0/root -", status: 0 },
  { words: "replicate verify regions.json", status: 6, code: "CORRUPT" },
  { words: `-c dvm.json discover find vg0 ${duplicate}`, status: 3, code: "DUPLICATE" },
  { words: `report vg0 ${duplicate}`, status: 3, code: "DUPLICATE", silent: true },
  { words: "report vg9", status: 4, code: "NOT_FOUND", silent: true },
  { words: "frobnicate", status: 2, code: "USAGE", silent: true },
];

for (const [name, command] of Object.entries(DVM)) {
  t.test(`${name}: the reader has gone`, async (t) => {
    t.equal(spawnSync("mkfifo", [at(`${name}.pipe`)]).status, 0);
    for (const { words, status, code } of rows) {
      const reader = openSync(at(`${name}.pipe`), "r+");
      const writer = openSync(at(`${name}.pipe`), "w");
      closeSync(reader);
      const ran = through(command, words, writer);
      closeSync(writer);
      t.equal(ran.status, status, `${words}: ${ran.stderr}`);
      t.match(ran.stderr, code === undefined ? /^$/ : new RegExp(`\\[${code}\\]\\n$`), words);
    }
  });

  t.test(`${name}: the disk behind stdout is full`, async (t) => {
    const full = openSync("/dev/full", "w");
    for (const { words, status, code = "IO", silent } of rows) {
      const ran = through(command, words, full);
      t.equal(ran.status, status || 1, `${words}: ${ran.stderr}`);
      t.match(ran.stderr, new RegExp(`^[^\\n]+ \\[${code}\\]\\n$`), words);
      if (!silent && code === "IO") t.match(ran.stderr, /stdout: .*no space left/, words);
    }
    closeSync(full);
  });

  t.test(`${name}: stderr is full, or has no reader`, async (t) => {
    for (const { words, status } of rows.filter(({ code }) => code !== undefined))
      t.equal(shell(command, `DVM ${words} 2>/dev/full >/dev/null`), status, words);
    t.equal(shell(command, "DVM report vg9 2> >(:) >/dev/null"), 4);
  });

  t.test(`${name}: descriptors are closed`, async (t) => {
    const before = readFileSync(at("a.img"));
    for (const words of ["--version", "report vg0", "run vg0 -- tag --add lost"]) {
      t.equal(shell([command.at(-1) as string], `DVM ${words} >&- 2>err`), 1, words);
      t.equal(
        readFileSync(at("err"), "utf8"),
        "dvm: stdout is closed: send what is not wanted to /dev/null [IO]\n",
        words,
      );
      t.equal(shell([command.at(-1) as string], `DVM ${words} <&- >&- 2>&-`), 1, words);
    }
    // Node opens /dev/null in the place of others, before anything of dvm runs: nothing else can come to
    // stand there.
    for (const { words, status } of rows) t.equal(shell(command, `DVM ${words} <&- 2>&-`), status, words);
    t.equal(shell(DVM.bundle, "DVM report vg0 <&- >&- 2>&-"), 0, "nor where Node was there first");
    t.ok(before.equals(readFileSync(at("a.img"))), "no result was written to a disk");
    t.equal(shell(command, `DVM run vg0 -- tag --add of-${name} <&- 2>&-`), 0);
    t.match(through(DVM.bundle, "report vg0 vg --format csv --columns tags").stdout, `of-${name}`);
  });
}
