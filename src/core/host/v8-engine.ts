import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { defined } from "../base/assert.ts";

/**
 * No machine code is made from here on; nor is bytecode of functions thrown away that ran long ago; nor are other
 * threads waited for when new objects are collected; nor does another thread give back what the last full
 * collection has freed, later, when it may be locked.
 */
const STOP = [
  "--no-opt",
  "--no-sparkplug",
  "--no-maglev",
  "--no-flush-bytecode",
  "--no-parallel-scavenge",
  "--no-concurrent-sweeping",
];
/** The others stay as they are: their defaults differ between versions of V8. */
const AGAIN = ["--opt", "--flush-bytecode", "--parallel-scavenge", "--concurrent-sweeping"];

/** From here on V8 interprets what is not compiled yet. */
export const stopCompiling = (): void => STOP.forEach(setFlagsFromString);

/** V8 may optimize again. */
export const compileAgain = (): void => AGAIN.forEach(setFlagsFromString);

let gc: (() => void) | undefined;

/** Two full collections: the first may be one that was going on already. After them none is pending. */
export function collectGarbage(): void {
  gc ??= exposedGc();
  gc();
  gc();
}

function exposedGc(): () => void {
  setFlagsFromString("--expose-gc");
  return defined(runInNewContext("gc") as (() => void) | undefined, "gc");
}
