import { execFile } from "node:child_process";
import { mkdir, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const train = fileURLToPath(import.meta.resolve("./train.cjs"));

const IMAGES = ["a.img", "b.img", "c.img"];
const BATCHES = { "some.json": 200, "many.json": 10_000 };
const CREATE = "vg -- create-lv --size 4M --name";

/**
 * What people do most, in VGs that are large: V8 keeps which functions were called, and which of them so often that
 * it is worth while to compile them better at once.
 */
const COMMANDS = [
  `init vg ${IMAGES.join(" ")} --extent-size 128k`,
  `run ${CREATE} linear`,
  `run ${CREATE} mirrored --type raid1 --mirrors 1`,
  `run ${CREATE} striped --type striped --stripes 2`,
  "run vg -- batch some.json",
  "deactivate vg",
  "activate vg",
  "run vg --no-activate -- batch many.json",
  "run vg -- extend-lv --name linear --size +4M",
  "run vg -- remove-lv --name striped",
  "report vg",
  "report vg --format json",
  `run --no-activate ${CREATE} one`,
  `run --no-activate ${CREATE} another`,
];

/**
 * V8's code of a bundle: of all that runs when it is loaded, and of the functions that common commands have called.
 * Without it V8 compiles each function when it is first called, which takes a large part of a short process.
 *
 * @param {{ bundle: string, work: string, node: string, koffiNodePath: string }} options absolute paths: of the
 *   bundle as the executable has it, of a directory to work in, of the Node that is packaged, of koffi's native part
 * @returns {Promise<{ start: string, full: string }>} the paths of the code of a start alone, and of all that
 */
export async function makeCodeCaches({ bundle, work, node, koffiNodePath }) {
  const cwd = join(work, "training");
  const caches = { start: join(work, "start.cache"), full: join(work, "full.cache") };
  await mkdir(cwd);
  for (const image of IMAGES) {
    await writeFile(join(cwd, image), "");
    await truncate(join(cwd, image), 2 ** 30);
  }
  for (const [name, count] of Object.entries(BATCHES))
    await writeFile(join(cwd, name), JSON.stringify({ changes: lvs(name, count) }));
  await writeFile(
    join(cwd, "dvm.json"),
    JSON.stringify({
      discover: { scan: IMAGES },
      dm: { backend: "sim", state: "dm.json" },
      common: { lockDir: join(cwd, "lock") },
    }),
  );
  const env = { ...process.env, NODE_OPTIONS: "", DVM_CONFIG: join(cwd, "dvm.json") };
  const learn = (cache, command) =>
    run(node, [train, JSON.stringify({ bundle, cache, koffiNodePath }), ...command.split(" ")], {
      cwd,
      env,
      maxBuffer: Number.POSITIVE_INFINITY,
    });
  await learn(caches.start, "--version");
  for (const command of COMMANDS) await learn(caches.full, command);
  await rm(cwd, { recursive: true });
  return caches;
}

const lvs = (prefix, count) =>
  Array.from({ length: count }, (_, at) => ({ verb: "create-lv", name: `${prefix}-${at}`, extents: 1 }));
