import { execFile } from "node:child_process";
import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const child = fileURLToPath(new URL("./warm-child.cjs", import.meta.url));

/**
 * Makes V8's code cache of the bundle. The one that Node makes holds what is compiled when the bundle is loaded, so
 * that every function would be compiled when it is first called, in each process again. This one comes from commands
 * that were run, on image files and a simulated device-mapper, and holds the functions that they called too.
 * What is in the cache is deserialized by each process, so only frequent commands are run.
 *
 * @param {{ node: string, bundle: string, koffiNodePath: string, work: string }} options the Node that the cache is
 *   for, the bundle as a function expression, and a directory for what the commands leave
 * @returns the cache's path
 */
export async function warmCache({ node, bundle, koffiNodePath, work }) {
  const cache = join(work, "dvm.cache");
  const disks = ["a.img", "b.img"].map((name) => join(work, name));
  for (const disk of disks) {
    await writeFile(disk, "");
    await truncate(disk, 128 << 20);
  }
  const config = join(work, "dvm.json");
  await writeFile(
    config,
    JSON.stringify({
      discover: { scan: disks },
      dm: { backend: "sim", state: join(work, "dm.json") },
      common: { lockDir: join(work, "lock") },
    }),
  );
  const dvm = (into, ...args) =>
    run(node, [child, bundle, into, koffiNodePath, ...args], {
      cwd: work,
      env: { ...process.env, DVM_CONFIG: config, NODE_OPTIONS: "" },
    });
  await dvm(join(work, "init.cache"), "init", "vg0", ...disks);
  for (const name of ["first", "second"])
    await dvm(cache, "run", "vg0", "--", "create-lv", "--name", name, "--size", "8M");
  await dvm(cache, "report", "vg0", "lv", "--format", "json");
  return cache;
}
