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

const REPORTS = ["report vg", "report vg --format json"];
const ACTIVATION = ["deactivate vg", "activate vg"];

/**
 * What each piece of code is for, in the order in which it is learned. `full` has what people do most, in VGs that are
 * large: V8 keeps which functions were called, and which of them so often that it is worth while to compile them better
 * at once.
 */
const LESSONS = [
  ["start", ["--version"]],
  [
    "replicate",
    [
      "replicate format regions.json",
      "replicate prepare regions.json some.json",
      "replicate commit regions.json",
      "replicate status regions.json",
      "replicate read regions.json copy.json",
    ],
  ],
  [
    "full",
    [
      `init vg ${IMAGES.join(" ")} --extent-size 128k`,
      `run ${CREATE} linear`,
      `run ${CREATE} mirrored --type raid1 --mirrors 1`,
      `run ${CREATE} striped --type striped --stripes 2`,
      "run vg -- batch some.json",
      ...ACTIVATION,
    ],
  ],
  ["activate", ACTIVATION],
  [
    "full",
    [
      "run vg --no-activate -- batch many.json",
      "run vg -- extend-lv --name linear --size +4M",
      "run vg -- remove-lv --name striped",
      `run --no-activate ${CREATE} one`,
      `run --no-activate ${CREATE} another`,
    ],
  ],
  ["report", REPORTS],
];

/**
 * V8's code of a bundle, in pieces: of all that runs when it is loaded, and of the functions that common commands have
 * called. Without it V8 compiles each function when it is first called, which takes a large part of a short process.
 *
 * @param {{ bundle: string, work: string, node: string, koffiNodePath: string }} options absolute paths: of the
 *   bundle as the executable has it, of a directory to work in, of the Node that is packaged, of koffi's native part
 * @returns {Promise<Record<string, string>>} the path of each piece, by the name that launch.cjs knows it by
 */
export async function makeCodeCaches({ bundle, work, node, koffiNodePath }) {
  const cwd = join(work, "training");
  await mkdir(cwd);
  for (const image of IMAGES) {
    await writeFile(join(cwd, image), "");
    await truncate(join(cwd, image), 2 ** 30);
  }
  const write = (name, document) => writeFile(join(cwd, name), JSON.stringify(document));
  for (const [name, count] of Object.entries(BATCHES)) await write(name, { changes: lvs(name, count) });
  await write("regions.json", { regions: IMAGES.map((path) => ({ path, offset: 2048, length: 2048 })) });
  await write("dvm.json", {
    discover: { scan: IMAGES },
    dm: { backend: "sim", state: "dm.json" },
    common: { lockDir: join(cwd, "lock") },
  });
  const env = { ...process.env, NODE_OPTIONS: "", DVM_CONFIG: join(cwd, "dvm.json") };
  const caches = {};
  for (const [piece, commands] of LESSONS) {
    const name = `${piece}.cache`;
    const cache = join(work, name);
    caches[name] = cache;
    for (const command of commands)
      await run(node, [train, JSON.stringify({ bundle, cache, koffiNodePath }), ...command.split(" ")], {
        cwd,
        env,
        maxBuffer: Number.POSITIVE_INFINITY,
      });
  }
  await rm(cwd, { recursive: true });
  return caches;
}

const lvs = (prefix, count) =>
  Array.from({ length: count }, (_, at) => ({ verb: "create-lv", name: `${prefix}-${at}`, extents: 1 }));
