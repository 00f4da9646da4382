/** What people get wrong, one row each: one clear line, the right exit status, nothing changed anywhere. */
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import t from "tap";
import { dvmProgram, type Ran, run } from "../lib/dvm.ts";

const MIB = 1 << 20;
const dir = t.testdir({});
const put = (name: string, content: string | object) =>
  writeFileSync(join(dir, name), typeof content === "string" ? content : JSON.stringify(content));
const image = (name: string, size: number) => {
  put(name, "");
  truncateSync(join(dir, name), size);
};

const pages = (count: number, salt: string) =>
  Array.from({ length: count }, (_, i) => `${salt}${i}`.padEnd(4096)).join("");

for (const name of ["a.img", "b.img", "free.img"]) image(name, 16 * MIB);
image("regions.img", MIB);
image("small.img", MIB);
mkdirSync(join(dir, "folder"));
const config = {
  discover: { scan: ["a.img", "b.img"] },
  dm: { backend: "sim", state: "dm.json" },
  common: { lockDir: join(dir, "lock") },
};
put("dvm.json", config);
put("comma.json", `${JSON.stringify(config).slice(0, -1)},}`);
put("key.json", { ...config, discovery: {} });
const secret = "secret.json";
put(secret, config);
put("regions.json", { regions: [{ path: "regions.img", offset: 0, length: 128 }] });
put("overlap.json", {
  regions: [
    { path: "free.img", offset: 0, length: 1024 },
    { path: "free.img", offset: 1016, length: 1024 },
  ],
});
put("twice.json", {
  regions: [
    { path: "free.img", offset: 0, length: 1024 },
    { path: "./folder/../free.img", offset: 512, length: 1024 },
  ],
});
put("outside.json", { regions: [{ path: "small.img", offset: 1024, length: 2048 }] });
put("unaligned.json", { regions: [{ path: "free.img", offset: 4, length: 1024 }] });
put("nodevice.json", { regions: [{ path: "absent.img", offset: 0, length: 1024 }] });
put("dirdevice.json", { regions: [{ path: "folder", offset: 0, length: 1024 }] });
put("huge.json", '{"regions":[{"path":"free.img","offset":0,"length":1e300}]}');
put("large", "x".repeat(100_000));
// Of 16 pages either fits alone, but not beside the other.
put("half", pages(7, "a"));
put("other", pages(7, "b"));
put("larger-than-lv", "");
truncateSync(join(dir, "larger-than-lv"), 3 * MIB);
put("batch.json", {
  changes: [
    { verb: "create-lv", name: "new", size: "4M" },
    { verb: "remove-lv", name: "none" },
  ],
});

const dvm = (line: string | readonly string[], input = ""): Promise<Ran> => {
  const words = typeof line === "string" ? line.split(" ") : line;
  return run([...dvmProgram, ...words], { cwd: dir, input, env: { ...env } });
};
const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json" };

const checksums = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(dir, { recursive: true, encoding: "utf8" })
      .filter((name) => statSync(join(dir, name)).isFile() && !name.startsWith("lock/") && name !== secret)
      .map((name) => [
        name,
        createHash("sha256")
          .update(readFileSync(join(dir, name)))
          .digest("hex"),
      ]),
  );

async function must(line: string, input = ""): Promise<Ran> {
  const ran = await dvm(line, input);
  if (ran.status !== 0) throw new Error(`${line}: ${ran.status}: ${ran.stderr}`);
  return ran;
}

await must("init vg0 a.img b.img --region-size 1M --extent-size 1M");
await must("run vg0 -- create-lv --name root --size 2M");
await must("run vg0 -- create-lv --name safe --size 2M --type raid1 --mirrors 1");
await must("-c dvm.json replicate format regions.json");
await must("-c dvm.json replicate prepare regions.json half");
await must("-c dvm.json replicate commit regions.json");
const where = (await must("-c dvm.json discover find vg0")).stdout.toString();
put("where.json", where);
const stored = (await must("-c dvm.json tm read --discovery where.json")).stdout.toString();
put("metadata.json", stored);
chmodSync(join(dir, secret), 0);
const isRoot = process.getuid?.() === 0;

interface Row {
  readonly line: string;
  readonly status: number;
  readonly code: string;
  readonly says: RegExp;
  readonly input?: string;
  readonly unless?: boolean;
}
const rows: readonly Row[] = [
  // files and devices that are not there, or are something else
  { line: "replicate status absent.json", status: 2, code: "BAD_INPUT", says: /absent\.json: no such file/ },
  { line: "replicate status folder", status: 2, code: "BAD_INPUT", says: /folder: is a directory/ },
  { line: "replicate status nodevice.json", status: 4, code: "NOT_FOUND", says: /absent\.img/ },
  { line: "replicate format dirdevice.json", status: 2, code: "BAD_INPUT", says: /folder.*directory/ },
  {
    line: "tm read --discovery absent.json",
    status: 2,
    code: "BAD_INPUT",
    says: /absent\.json: no such file/,
  },
  { line: "import vg0/root absent", status: 2, code: "BAD_INPUT", says: /absent/ },
  { line: "import vg0/root folder", status: 2, code: "BAD_INPUT", says: /folder.*directory/ },
  { line: "export vg0/root folder", status: 2, code: "BAD_INPUT", says: /folder.*directory/ },
  { line: "export vg0/root absent/x", status: 1, code: "IO", says: /absent\/x/ },
  { line: "init vg1 absent.img", status: 4, code: "NOT_FOUND", says: /absent\.img/ },
  { line: "init vg1 folder", status: 2, code: "BAD_INPUT", says: /folder/ },
  { line: "expand vg0 absent.img", status: 4, code: "NOT_FOUND", says: /absent\.img/ },
  { line: "run vg0 -- batch absent.json", status: 2, code: "BAD_INPUT", says: /absent\.json: no such file/ },
  // regions
  { line: "replicate format outside.json", status: 2, code: "BAD_REGION", says: /small\.img/ },
  { line: "replicate status outside.json", status: 2, code: "BAD_REGION", says: /small\.img/ },
  { line: "replicate format overlap.json", status: 2, code: "BAD_REGION", says: /overlap/ },
  { line: "replicate format twice.json", status: 2, code: "BAD_REGION", says: /overlap/ },
  { line: "replicate format unaligned.json", status: 2, code: "BAD_REGION", says: /multiple/ },
  { line: "replicate format huge.json", status: 2, code: "BAD_INPUT", says: /at \/regions\/0\/length/ },
  { line: "replicate format regions.json", status: 3, code: "EXISTS", says: /--force/ },
  { line: "replicate prepare regions.json large", status: 3, code: "TOO_LARGE", says: /100000/ },
  { line: "replicate prepare regions.json other", status: 3, code: "NO_SPACE", says: /pages/ },
  { line: "replicate commit regions.json", status: 3, code: "NOTHING_PREPARED", says: /./ },
  // configs and documents
  {
    line: "-c absent.json report vg0",
    status: 2,
    code: "BAD_INPUT",
    says: /config absent\.json: no such file/,
  },
  { line: "-c folder report vg0", status: 2, code: "BAD_INPUT", says: /config folder: is a directory/ },
  { line: "-c secret.json report vg0", status: 2, code: "BAD_INPUT", says: /secret/, unless: isRoot },
  { line: "-c comma.json report vg0", status: 2, code: "BAD_INPUT", says: /comma\.json: .*line 1, column/ },
  {
    line: "-c key.json report vg0",
    status: 2,
    code: "BAD_INPUT",
    says: /key\.json: at \/: unknown key "discovery"/,
  },
  { line: "-c regions.img report vg0", status: 2, code: "BAD_INPUT", says: /regions\.img: is not UTF-8/ },
  { line: "tm read", status: 2, code: "BAD_INPUT", says: /stdin: is empty/, input: "" },
  {
    line: "tm read",
    status: 2,
    code: "BAD_INPUT",
    says: /line 1, column/,
    input: `${where.trim().slice(0, -1)},}`,
  },
  { line: "tm read --discovery metadata.json", status: 2, code: "BAD_INPUT", says: /metadata\.json: at \// },
  { line: "manip create-lv --name x --size 4M", status: 2, code: "BAD_INPUT", says: /at \//, input: where },
  // names, sizes, options
  { line: "init bad/name free.img", status: 2, code: "BAD_NAME", says: /bad\/name/ },
  { line: "init mapper free.img", status: 2, code: "BAD_NAME", says: /mapper/ },
  { line: "run vg0 -- create-lv --name .. --size 4M", status: 2, code: "BAD_NAME", says: /"\.\."/ },
  { line: "run vg0 -- create-lv --name -x --size 4M", status: 2, code: "BAD_NAME", says: /"-x"/ },
  { line: "run vg0 -- create-lv --name x --size 10", status: 2, code: "USAGE", says: /"10" is no size/ },
  { line: "run vg0 -- create-lv --name x --size -4M", status: 2, code: "USAGE", says: /sign/ },
  { line: "run vg0 -- create-lv --name x", status: 2, code: "USAGE", says: /size/ },
  { line: "run vg0 -- frobnicate", status: 2, code: "USAGE", says: /no verb "frobnicate"/ },
  { line: "run vg0 -- create-lv --help", status: 2, code: "USAGE", says: /--help/ },
  { line: "run vg0", status: 2, code: "USAGE", says: /needs a command: -- / },
  {
    line: "init vg1 free.img --region-size 1M --extent-size 3k",
    status: 2,
    code: "USAGE",
    says: /extent-size/,
  },
  { line: "init vg1 free.img --regions 2", status: 2, code: "USAGE", says: /more than the 1 device/ },
  { line: "init vg1 free.img --region-size 28k", status: 2, code: "USAGE", says: /the least is 32 KiB/ },
  { line: "expand vg0 free.img --region-size 0s", status: 2, code: "USAGE", says: /the least is 32 KiB/ },
  { line: "init vg1 free.img --regions some", status: 2, code: "USAGE", says: /--regions "some"/ },
  { line: "init vg1", status: 2, code: "USAGE", says: /DEVICE is missing/ },
  { line: "export vg0 out", status: 2, code: "USAGE", says: /VG\/LV/ },
  { line: "export vg0/root/x out", status: 2, code: "USAGE", says: /VG\/LV/ },
  { line: "report vg0 lvs", status: 2, code: "USAGE", says: /no report "lvs"/ },
  { line: "report vg0 --format", status: 2, code: "USAGE", says: /--format needs a value/ },
  { line: "schema nonsense", status: 4, code: "NOT_FOUND", says: /nonsense/ },
  // what there is not
  ...[
    "report none",
    "run none -- tag --add x",
    "activate none",
    "recover none",
    "reduce none a.img",
    "export none/x out",
  ].map((line): Row => ({ line, status: 4, code: "NOT_FOUND", says: /VG none/ })),
  { line: "expand none free.img", status: 4, code: "NOT_FOUND", says: /VG none/ },
  { line: "export vg0/none out", status: 4, code: "NOT_FOUND", says: /LV none/ },
  { line: "activate vg0 none", status: 4, code: "NOT_FOUND", says: /LV none/ },
  { line: "run vg0 -- remove-lv --name none", status: 4, code: "NOT_FOUND", says: /LV none/ },
  { line: "run vg0 -- create-lv --name x --size 4M --pv none", status: 4, code: "NOT_FOUND", says: /none/ },
  { line: "reduce vg0 free.img", status: 4, code: "NOT_FOUND", says: /free\.img/ },
  { line: "recover vg0 --without free.img", status: 4, code: "NOT_FOUND", says: /free\.img/ },
  { line: "recover vg0 --resync a.img,b.img", status: 4, code: "NOT_FOUND", says: /a\.img,b\.img/ },
  {
    line: "recover vg0 --without a.img,b.img",
    status: 4,
    code: "NOT_FOUND",
    says: /a\.img,b\.img/,
  },
  // what the state refuses
  { line: "init vg0 free.img", status: 3, code: "EXISTS", says: /VG vg0 exists already/ },
  { line: "init vg1 a.img", status: 3, code: "IN_USE", says: /a\.img: is in use by live LV/ },
  { line: "init vg1 small.img", status: 3, code: "TOO_SMALL", says: /small\.img/ },
  { line: "init vg1 free.img small.img", status: 3, code: "TOO_SMALL", says: /small\.img/ },
  { line: "init vg1 free.img a.img --region-size 1M", status: 3, code: "IN_USE", says: /a\.img/ },
  {
    line: "init vg1 free.img --region-size 1M --extent-size 1G",
    status: 3,
    code: "TOO_SMALL",
    says: /free\.img/,
  },
  { line: "init vg1 free.img --region-size 1G", status: 3, code: "TOO_SMALL", says: /free\.img/ },
  { line: "init vg1 free.img free.img", status: 2, code: "USAGE", says: /one device/ },
  { line: "expand vg0 a.img", status: 3, code: "EXISTS", says: /a\.img/ },
  { line: "run vg0 -- create-lv --name root --size 4M", status: 3, code: "EXISTS", says: /root/ },
  { line: "run vg0 -- create-lv --name x --size 10G", status: 3, code: "NO_SPACE", says: /free/ },
  { line: "run vg0 -- batch batch.json", status: 4, code: "NOT_FOUND", says: /none/ },
  { line: "import vg0/root larger-than-lv", status: 3, code: "TOO_LARGE", says: /larger/ },
];

const before = checksums();
for (const { line, status, code, says, input, unless } of rows) {
  t.test(line, { skip: unless === true && "root reads everything" }, async (t) => {
    // Applets look for no config of their own.
    const own = /^(replicate|tm|manip|discover) /.test(line) ? `-c dvm.json ${line}` : line;
    const ran = await dvm(own, input);
    t.equal(ran.status, status, `exit status ${status}: ${ran.stderr.trim()}`);
    t.equal(ran.stdout.toString(), "", "nothing on stdout");
    t.match(
      ran.stderr,
      new RegExp(`^[a-z]+( [a-z-]+)?: [^\\n]+ \\[${code}\\]\\n$`),
      "one line, with its code",
    );
    t.match(ran.stderr, says, "that says what is wrong");
    t.same(checksums(), before, "nothing has changed");
  });
}

t.test("metadata that does not fit into its regions", async (t) => {
  const lvs = Array.from({ length: 512 }, (_, i) => ({ verb: "create-lv", name: `lv${i}`, size: "4k" }));
  image("tiny.img", 8 * MIB);
  put("tiny.json", { ...config, discover: { scan: ["tiny.img"] } });
  await must("-c tiny.json init tiny tiny.img --region-size 64k --extent-size 4k");
  put("many.json", { changes: lvs });
  const before = checksums();
  const ran = await dvm("-c tiny.json run tiny -- batch many.json");
  t.equal(ran.status, 3, ran.stderr);
  t.match(ran.stderr, /^[^\n]* \[(NO_SPACE|TOO_LARGE)\]\n$/);
  t.same(checksums(), before, "nothing has changed");
  t.equal(
    (await dvm("-c tiny.json run tiny -- create-lv --name one --size 4k")).status,
    0,
    "and the VG goes on",
  );
});
