/**
 * The ways to resume a device. A resume that fails leaves it suspended, with the table that was to go live
 * still loaded or dropped by the kernel: then it is tried without that one. Where that fails as well the
 * device is stuck, and the program ends with 8.
 */
import { type Assembly, Label } from "./assembly.ts";
import type { Load } from "./step.ts";

/**
 * With the table that is loaded, if there is one, else without. @param stuck undefined: go on all the same
 */
export function resume(assembly: Assembly, name: string, stuck: Label | undefined): void {
  const failed = new Label();
  const next = new Label();
  assembly.add({ op: "resume", name }, failed);
  assembly.jump(next);
  assembly.place(failed);
  resumeLive(assembly, name, stuck);
  assembly.place(next);
}

/** With its live table, once, as after a resume that failed. @param stuck undefined: go on all the same */
export function resumeLive(assembly: Assembly, name: string, stuck: Label | undefined): void {
  assembly.tryTo({ op: "clear", name });
  if (stuck) assembly.add({ op: "resume", name }, stuck);
  else assembly.tryTo({ op: "resume", name });
}

/** The same; what does not resume ends with 8 there and then, so nothing else may be suspended. */
export function resumeLiveOrEnd(assembly: Assembly, name: string): void {
  const stuck = new Label();
  const next = new Label();
  resumeLive(assembly, name, stuck);
  assembly.jump(next);
  assembly.place(stuck);
  assembly.exit(8);
  assembly.place(next);
}

/** With its live table, where no resume has been tried yet: it has two attempts. */
export function resumeOldOrEnd(assembly: Assembly, name: string): void {
  assembly.tryTo({ op: "clear", name });
  resumeOrEnd(assembly, name);
}

/** With the table that is loaded, else without; what does not resume ends with 8 there and then. */
export function resumeOrEnd(assembly: Assembly, name: string): void {
  const failed = new Label();
  const next = new Label();
  assembly.add({ op: "resume", name }, failed);
  assembly.jump(next);
  assembly.place(failed);
  resumeLiveOrEnd(assembly, name);
  assembly.place(next);
}

/**
 * After a failed resume that was to bring a table live: once more, with the table loaded again, since the
 * kernel may have dropped it. Falls through when that fails as well.
 */
export function resumeAnew(assembly: Assembly, loading: Load, done: Label): void {
  const failed = new Label();
  // Some targets cannot be loaded twice.
  assembly.tryTo({ op: "clear", name: loading.name });
  assembly.add(loading, failed);
  assembly.add({ op: "resume", name: loading.name }, failed);
  assembly.jump(done);
  assembly.place(failed);
}
