/**
 * Each code of docs/exit-codes.md by one example: typed at the real dvm, in the state in which the page says that
 * it comes. `report` then works as before wherever the page says that the state is as it was.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import t from "tap";
import { type ErrorCode, exitStatusOf, toDvmError } from "../../src/core/base/error.ts";
import { bundle } from "../lib/dvm.ts";
import { canProtect, INIT, type Site, site } from "../lib/site.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const MIB = 1 << 20;
const LV = "create-lv vg/x --size 2M --pv a.img";
const MIRROR = "create-lv vg/m --size 2M --mirrors 1 --pv a.img --pv b.img";

interface Example {
  /** Typed before, at a VG of a.img and b.img. */
  readonly before?: readonly string[];
  readonly make?: (site: Site) => unknown;
  readonly line: string;
  /** Where it is false, it cannot be run. */
  readonly can?: boolean;
}

const regionsOf = async ({ at, must }: Site) => {
  const found = await must("-c dvm.json discover find vg");
  writeFileSync(at("found.json"), found);
  const { regions } = JSON.parse(found) as { regions: readonly object[] };
  writeFileSync(at("regions.json"), JSON.stringify({ regions }));
  writeFileSync(at("one.json"), JSON.stringify({ regions: regions.slice(0, 1) }));
  writeFileSync(at("content"), "whatever");
};
const prepared = async (s: Site) => {
  await regionsOf(s);
  await s.must("replicate prepare regions.json content");
};
const away = ({ at }: Site) => renameSync(at("b.img"), at("away"));
const write = (name: string, document: object) => (s: Site) =>
  writeFileSync(s.at(name), JSON.stringify(document));
const program = (...instructions: object[]) => write("program.json", { instructions });
const image = (size: number) => (s: Site) => {
  writeFileSync(s.at("c.img"), "");
  truncateSync(s.at("c.img"), size);
};

const examples: Readonly<Partial<Record<ErrorCode, Example>>> = {
  IO: { before: [LV], line: "export vg/x nowhere/out" },
  MUTATOR_FAILED: { make: regionsOf, line: "-c dvm.json tm update --discovery found.json -- false" },
  PROGRAM_FAILED: {
    make: program({ op: "exit", status: 1 }),
    line: "-c dvm.json dmexec run program.json",
  },
  USAGE: { line: "report vg --nonsense" },
  BAD_INPUT: { line: "-c absent.json report vg" },
  BAD_NAME: { line: "run vg -- create-lv --name a/b --size 1M" },
  BAD_REGION: {
    make: write("twice.json", { regions: [0, 0].map((offset) => ({ path: "c.img", offset, length: 512 })) }),
    line: "replicate format twice.json",
  },
  UNSAFE_PROGRAM: {
    make: program({ op: "suspend", name: "a" }, { op: "exit", status: 0 }),
    line: "dmexec check program.json",
  },
  OUT_OF_SYNC: {
    make: async ({ at, must }) => {
      copyFileSync(at("b.img"), at("old"));
      await must("run vg -- tag --add new");
      copyFileSync(at("old"), at("b.img"));
    },
    line: "run vg -- tag --add newer",
  },
  ALREADY_PREPARED: { make: prepared, line: "run vg -- tag --add new" },
  NOTHING_PREPARED: { make: regionsOf, line: "replicate commit regions.json" },
  DECIDED: {
    make: async (s) => {
      await prepared(s);
      await s.must("replicate commit one.json");
    },
    line: "replicate abort regions.json",
  },
  IN_USE: { before: [LV], line: "reduce vg a.img" },
  INCOMPLETE: { make: away, line: LV },
  NO_SPACE: { line: "create-lv vg/x --size 1G" },
  TOO_LARGE: {
    before: [LV],
    make: image(3 * MIB),
    line: "import vg/x c.img",
  },
  TOO_SMALL: { make: image(MIB / 4), line: "expand vg c.img" },
  TABLES_DIFFER: {
    before: [LV],
    make: ({ change }) =>
      change(({ devices }) => {
        for (const device of devices) Object.assign(device, { readOnly: true });
      }),
    line: "extend-lv vg/x --size 3M",
  },
  WOULD_LOSE_DATA: { before: [LV], line: "extend-lv vg/x --size 1M" },
  EXISTS: { before: [LV], line: LV },
  SIGNATURE: {
    make: (s) => {
      image(16 * MIB)(s);
      const bytes = readFileSync(s.at("c.img"));
      bytes.set([0x53, 0xef], 1024 + 56);
      writeFileSync(s.at("c.img"), bytes);
    },
    line: "expand vg c.img",
  },
  DUPLICATE: { make: ({ at }) => copyFileSync(at("a.img"), at("copy.img")), line: "report vg" },
  READ_ONLY: {
    make: (s) => {
      image(16 * MIB)(s);
      s.readOnly.add("c.img");
    },
    can: canProtect,
    line: "expand vg c.img",
  },
  STALE: {
    make: async (s) => {
      image(16 * MIB)(s);
      await s.must("expand vg c.img");
      await regionsOf(s);
      await s.must("reduce vg c.img");
    },
    line: "-c dvm.json tm update --discovery found.json -- manip tag --add new",
  },
  UNSUPPORTED: { before: [LV], line: "scrub vg/x" },
  BLOCK_SIZE: {
    before: [
      "create-lv vg/x --size 2M --pv b.img",
      "deactivate vg",
      "run vg -- pv-blocks --pv a.img --block-size 4k",
    ],
    line: "run vg --no-activate -- extend-lv --name x --size 4M --pv a.img",
  },
  NOT_FOUND: { line: "report other" },
  CORRUPT: {
    make: async (s) => {
      image(MIB)(s);
      write("c.json", { regions: [{ path: "c.img", offset: 0, length: 2048 }] })(s);
      writeFileSync(s.at("content"), "x".repeat(40_000));
      for (const verb of ["format c.json", "prepare c.json content", "commit c.json"])
        await s.must(`replicate ${verb}`);
      const bytes = readFileSync(s.at("c.img"));
      const root = Number(bytes.readBigUInt64LE(56));
      const page = Number(bytes.readBigUInt64LE(root * 4096 + 3256));
      bytes.write("XXXX", page * 4096 + 5);
      writeFileSync(s.at("c.img"), bytes);
    },
    line: "replicate verify c.json",
  },
  NOT_ACTIVATED: {
    before: [LV, "deactivate vg x"],
    make: async (s) => {
      renameSync(s.at("a.img"), s.at("away"));
      await s.must("activate vg x --partial");
    },
    line: "recover vg --without missing",
  },
};

/** What no command line alone leads to: the test in which it comes, and words of that. */
const elsewhere: Readonly<Partial<Record<ErrorCode, readonly [file: string, words: RegExp]>>> = {
  KERNEL: ["kernel/udev.test.ts", /ENOSPC.*KERNEL/],
  DEADLINE: ["kernel/hanging-device.test.ts", /DEADLINE/],
  HALF_DONE: ["core/replicate/half-prepared.test.ts", /HALF_DONE/],
};

const page = readFileSync(`${root}/docs/exit-codes.md`, "utf8");
const documented = [...page.matchAll(/^\| `([A-Z_]+)` +\| +(\d+) +\|/gm)].map(([, code, status]) => [
  code as ErrorCode,
  Number(status),
]);

t.test("each code of the page has an example", async (t) => {
  const own: ErrorCode[] = ["LOCKED", "BUG"];
  const shown = [...Object.keys(examples), ...Object.keys(elsewhere), ...own];
  t.same(shown.sort(), documented.map(([code]) => code).sort());
  t.same(Object.fromEntries(documented), exitStatusOf);
  for (const [code, [file, words]] of Object.entries(elsewhere))
    t.match(readFileSync(`${root}/test/${file}`, "utf8"), words, code);
});

const statuses = [...page.matchAll(/^\| (\d+) +\| [^|]+\|$/gm)].map(([, status]) => Number(status));
t.test("each status of the page is that of a code, or done", async (t) => {
  const known = [0, ...new Set(Object.values(exitStatusOf))];
  t.same(statuses.filter((status) => known.includes(status as 0)).sort(), [...known].sort());
});

/** Two members of a VG, made once. */
let members: readonly Buffer[] | undefined;
const begin = async (s: Site, { before = [], make }: Omit<Example, "line">) => {
  const images = ["a.img", "b.img"].map(s.at);
  if (members) for (const [index, bytes] of members.entries()) writeFileSync(images[index] ?? "", bytes);
  else {
    await s.must(`init vg a.img b.img ${INIT}`);
    members = images.map((path) => readFileSync(path));
  }
  for (const line of before) await s.must(line);
  await make?.(s);
};

for (const [code, example] of Object.entries(examples))
  t.test(code, { skip: example.can === false }, async (t) => {
    const s = site(t, ["a.img", "b.img"]);
    await begin(s, example);
    const { status, stdout, stderr } = await s.dvm(example.line);
    t.equal(status, exitStatusOf[code as ErrorCode], `${example.line}: ${stderr}`);
    t.match(stderr, new RegExp(`\\[${code}\\]\\n$`));
    if (!example.line.includes("verify") && !example.line.includes("dmexec"))
      t.notMatch(stdout.toString(), /"schema"|^\{"(?!error)/, "no other document is on stdout");
  });

t.test("LOCKED", async (t) => {
  const s = site(t, ["a.img", "b.img"]);
  await begin(s, { before: [MIRROR], make: regionsOf });
  writeFileSync(
    s.at("meanwhile.sh"),
    `${process.execPath} ${bundle} -c dvm.json tm update --lock-timeout 10 --discovery found.json -- cat 2>said
    echo $? >>said
    cat`,
  );
  await s.must("-c dvm.json tm update --discovery found.json -- sh meanwhile.sh");
  t.match(readFileSync(s.at("said"), "utf8"), /is (?:held|locked|in use).* \[LOCKED\]\n5\n$/);
});

t.test("BUG", async (t) => {
  const { code, status } = toDvmError(new TypeError("undefined is not a function"));
  t.same([code, status], ["BUG", 70]);
});

t.test("done, and so already", async (t) => {
  const s = site(t, ["a.img", "b.img"]);
  await begin(s, { before: [LV] });
  const { status, stdout, stderr } = await s.dvm("run vg -- extend-lv --name x --size 2M");
  t.equal(status, 0);
  t.match(`${stdout}${stderr}`, / already/);
  t.match(await s.must("-c dvm.json discover find vg"), /"devices"/);
});

t.test("what the shell and the kernel say, and that nothing is left of it", async (t) => {
  const ended = (script: string, cwd?: string) =>
    spawnSync("bash", ["-c", script], { cwd, stdio: "ignore" }).status;
  t.equal(ended("/nowhere/dvm"), 127);
  t.equal(ended("/etc/passwd"), 126);
  const s = site(t, ["a.img", "b.img"]);
  await begin(s, { before: [LV], make: regionsOf });
  for (const [signal, status] of [
    ["KILL", 137],
    ["TERM", 143],
  ] as const) {
    writeFileSync(s.at("meanwhile.sh"), `kill -${signal} $PPID; cat`);
    const update = "-c dvm.json tm update --discovery found.json -- sh meanwhile.sh";
    t.equal(ended(`${process.execPath} ${bundle} ${update}; exit $?`, s.at("")), status, signal);
    await s.must("recover vg");
  }
  await s.sound("recovered");
});
