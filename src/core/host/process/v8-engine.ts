import { getHeapCodeStatistics, getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { defined } from "../../base/assert.ts";

/**
 * No machine code is made from here on, nor is bytecode of functions thrown away that ran long ago. And other
 * threads have no part in collecting garbage: what they put off or do beside this one would meet locked
 * memory.
 */
const STOP = [
  "--no-opt",
  "--no-sparkplug",
  "--no-maglev",
  "--no-flush-bytecode",
  "--no-parallel-scavenge",
  "--no-concurrent-sweeping",
  "--no-concurrent-array-buffer-sweeping",
  "--no-concurrent-marking",
  "--no-incremental-marking",
  // Room for new objects is wanted now, whatever memory that touches.
  "--semi-space-growth-factor=2",
];
/** The others stay as they are: their defaults differ between versions of V8. */
const AGAIN = [
  "--opt",
  "--flush-bytecode",
  "--parallel-scavenge",
  "--concurrent-sweeping",
  "--concurrent-array-buffer-sweeping",
  "--concurrent-marking",
  "--incremental-marking",
];

/** From here on V8 interprets what is not compiled yet, and collects garbage in this thread only. */
export const stopCompiling = (): void => STOP.forEach(setFlagsFromString);

/**
 * V8 may optimize again. Where it may not make machine code at all (--jitless), to allow it ends the process.
 */
export const compileAgain = (): void =>
  AGAIN.filter((flag) => flag !== "--opt" || "WebAssembly" in globalThis).forEach(setFlagsFromString);

/**
 * Of calls and turns of loops after which V8 compiles a function once more, for faster code; its defaults.
 */
const CALLS = {
  "invocation-count-for-maglev": 400,
  "invocation-count-for-maglev-osr": 100,
  "invocation-count-for-turbofan": 3000,
  "invocation-count-for-osr": 500,
};
/** Of V8: before it, other flags say how soon. */
const CALLS_SINCE = 13;

/**
 * From here on V8 optimizes only what is done so many times as often as it would by itself, and the room for
 * new objects stays as small as it is, but for locked sections. This process ends soon: by V8's defaults a
 * tenth of a short command's processor time, and a quarter of the memory that bringing up a thousand LVs
 * touches, are the optimizing compilers'; and a fifth is room for new objects, which doubles when many live
 * through a collection. Parts of Node that are loaded afterwards take twice as long, since they were compiled
 * for other flags.
 */
export function touchLittle(times: number): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  // An unknown flag is complained about on stderr.
  if (Number.parseInt(process.versions.v8, 10) < CALLS_SINCE) return;
  for (const [flag, calls] of Object.entries(CALLS)) setFlagsFromString(`--${flag}=${calls * times}`);
}

type Gc = (how?: { readonly type: string; readonly execution: string; readonly flavor: string }) => void;
let gc: Gc | undefined;

/**
 * Two full collections: the first may be one that was going on already. After a collection V8 sweeps when it
 * needs the memory, and gives back pages then; the statistics of code are taken only after all is swept. So
 * nothing is pending afterwards.
 */
export function collectGarbage(): void {
  gc ??= exposedGc();
  gc();
  gc();
  getHeapCodeStatistics();
}

/** Bytes of new objects that fit before V8 collects garbage. */
export const roomForObjects = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")?.space_available_size ?? 0;

/** V8 gives new objects more room when many of them live through a collection. */
const BALLAST_TRIES = 6;

/**
 * Collects garbage so that at least `bytes` of new objects fit before the next collection, or as many as V8
 * gives.
 * @returns how many do
 */
export function collectAndMakeRoom(bytes: number): number {
  collectGarbage();
  for (let turn = 0; roomForObjects() < bytes && turn < BALLAST_TRIES; turn += 1) {
    const ballast: number[][] = [];
    for (let made = 0; made < 2 * bytes; made += BALLAST_BYTES)
      ballast.push(new Array(BALLAST_ITEMS).fill(turn));
    collectGarbage();
  }
  return roomForObjects();
}

const BALLAST_ITEMS = 100;
const BALLAST_BYTES = BALLAST_ITEMS * 8;

/**
 * Gives up what waits to be compiled, and waits for what V8's threads are compiling, ready for the
 * collections that they may want meanwhile. Where V8 does not offer that, nothing happens.
 */
export function finishCompiling(): void {
  stopCompiling();
  setFlagsFromString("--allow-natives-syntax");
  try {
    // Only this collection takes back what was given to the other threads.
    exposedGc()({ type: "major", execution: "sync", flavor: "last-resort" });
    runInNewContext("%FinalizeOptimization()");
  } catch {}
}

function exposedGc(): Gc {
  setFlagsFromString("--expose-gc");
  return defined(runInNewContext("gc") as Gc | undefined, "gc");
}
