/**
 * docs/adding-a-volume-type.md, done as it stands there to a copy of the tree, whose dvm then has that type.
 */
import { cpSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { documentOf, type Ran, run } from "../lib/dvm.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const MIB = 1 << 20;

/** The page's blocks of code in a language, without their indent. */
const page = readFileSync(join(root, "docs/adding-a-volume-type.md"), "utf8");
const blockOf = (language: string): string => {
  const [, indent = "", text = ""] =
    new RegExp(`^( *)\`\`\`${language}\n(.*?)^ *\`\`\`$`, "ms").exec(page) ?? [];
  return text.replaceAll(new RegExp(`^${indent}`, "gm"), "");
};

/** A copy of what is built from, with the type in it: its two files, and its place in the index. */
function copyOfTree(directory: string): void {
  for (const each of ["src", "packaging", "build.mjs", "package.json", "tsconfig.json"])
    cpSync(join(root, each), join(directory, each), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
  writeFileSync(join(directory, "src/schema/volume/halves.schema.json"), blockOf("json"));
  writeFileSync(join(directory, "src/core/volume/types/halves.ts"), blockOf("ts"));
  const index = join(directory, "src/core/volume/types/index.ts");
  const text = readFileSync(index, "utf8");
  const listed = text
    .replace(/^import \{ linear \}/m, 'import { halves } from "./halves.ts";\n$&')
    .replace(/(?<=^for \(const type of \[.*)(?=\])/m, ", halves");
  writeFileSync(index, listed);
  if (listed.length < text.length + 40) throw new Error("the index is not as it was");
}

t.test("a type of two files and a place in the index is there for all of dvm", async (t) => {
  const cwd = t.testdir({ tree: {}, disks: {} });
  copyOfTree(join(cwd, "tree"));
  const built = await run([process.execPath, "build.mjs", "bundle"], { cwd: join(cwd, "tree") });
  t.equal(built.status, 0, built.stderr);

  const disks = join(cwd, "disks");
  for (const name of ["a.img", "b.img"]) {
    writeFileSync(join(disks, name), "");
    truncateSync(join(disks, name), 16 * MIB);
  }
  const config = {
    discover: { scan: ["*.img"] },
    dm: { backend: "sim", state: "dm.json" },
    common: { lockDir: join(disks, "lock") },
  };
  writeFileSync(join(disks, "dvm.json"), JSON.stringify(config));
  const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json" };
  const dvm = (line: string, input: Uint8Array | string = ""): Promise<Ran> =>
    run([process.execPath, join(cwd, "tree/dist/dvm"), ...line.split(" ")], { cwd: disks, env, input });
  const must = async (line: string, input?: Uint8Array): Promise<Ran> => {
    const ran = await dvm(line, input);
    t.equal(ran.status, 0, `${line}: ${ran.stderr}`);
    return ran;
  };

  await t.test("help", async (t) => {
    const { stdout } = await must("manip create-lv --help");
    t.match(stdout.toString(), /--halves +Lay its halves on two PVs/);
    t.match(stdout.toString(), /linear, striped, .* or halves/);
  });

  const content = Buffer.from(Array.from({ length: 4 * MIB }, (_, index) => (index * 7) ^ (index >> 9)));
  await t.test("create, activate, report", async (t) => {
    await must("init vg a.img b.img --region-size 1M --extent-size 1M");
    await must("run vg -- create-lv --name x --size 4M --halves");
    await must("activate vg");
    const { devices } = documentOf<{
      devices: { name: string; table: { length: number; type: string }[] }[];
    }>(await must("dmexec state -c dvm.json"));
    t.match(
      devices.find(({ name }) => name === "vg-x")?.table.map(({ length, type }) => `${length} ${type}`),
      ["4096 linear", "4096 linear"],
    );
    const { rows } = documentOf<{ rows: unknown[] }>(await must("report vg lv --format json"));
    t.match(rows, [{ name: "x", type: "halves", state: "active", availability: "complete", stripes: 2 }]);
    const segments = documentOf<{ rows: { device: string }[] }>(await must("report vg seg --format json"));
    const byDevice = segments.rows.toSorted((a, b) => (a.device < b.device ? -1 : 1));
    t.match(byDevice, [
      { type: "halves", pvExtents: 2, device: "a.img" },
      { type: "halves", pvExtents: 2, device: "b.img" },
    ]);
    await must("run vg -- create-lv --name y --size 1M");
    const wrong = await dvm("run vg -- create-lv --name z --size 1M --type linear --halves");
    t.match(wrong.stderr, /--halves does not go with type linear/);
  });

  await t.test("content, growth, the end", async (t) => {
    await must("deactivate vg");
    await must("import vg/x -", content);
    t.ok(content.equals((await must("export vg/x -")).stdout), "comes back as it went");
    await must("run vg -- extend-lv --name x --size +2M");
    await must("activate vg");
    t.ok(content.equals((await must("export vg/x -")).stdout.subarray(0, content.length)), "and stays");
    const shorter = await dvm("run vg -- reduce-lv --name x --size 2M");
    t.match(shorter.stderr, /cut only between segments/);
    await must("run vg -- remove-lv --name x");
  });
});
