import { spawnSync } from "node:child_process";

const asked = spawnSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" });

/**
 * The interpreter itself, without what may stand before it in PATH and takes longer than the script; undefined
 * where there is none.
 */
export const python: string | undefined = asked.status === 0 ? asked.stdout.trim() : undefined;
