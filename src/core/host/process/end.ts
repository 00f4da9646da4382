import { existsSync } from "node:fs";
import { isKoffiLoaded, loadBytes } from "../koffi.ts";
import { libc } from "../native.ts";
import { exitLibrary } from "./exit-library.ts";
import { finishCompiling } from "./v8-engine.ts";

/**
 * Ends the process with this status, and waits for nothing. Node's own end waits for threads: for those that
 * make system calls, one of which may wait for a device that does not answer; and for V8's, one of which may
 * wait for a garbage collection that this thread would have to make (nodejs/node#54918), which is for ever.
 */
export function endProcess(status: number): never {
  // As Node's own end does it: the packager listens.
  process.emit("exit", status);
  try {
    leave(status);
  } catch {
    // Native code can be loaded nowhere here: it has to be Node's own end, and V8 has to be done by then.
  }
  finishCompiling();
  process.exit(status);
}

/**
 * Does not return where native code can be loaded: koffi if it is there, else a few hundred bytes in a tenth
 * of its time. Without /proc they would need a name, and leave it behind.
 */
function leave(status: number): void {
  const isNameless = process.arch === "x64" && existsSync("/proc/self/fd");
  if (isNameless && !isKoffiLoaded()) loadBytes(exitLibrary(status));
  else libc().declare("void _exit(int)")(status);
}
