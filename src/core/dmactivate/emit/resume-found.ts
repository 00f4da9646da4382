import type { Heal } from "../heal/heal.ts";
import { type Assembly, Label } from "./assembly.ts";
import { resumeAnew, resumeLiveOrEnd } from "./resume.ts";
import { load } from "./step.ts";

/**
 * Resumes what a crash left suspended below something. It stays so: nobody wants it suspended again. If it
 * does not get the table that all the rest is planned for, the program ends with 1.
 */
export function resumeFound(
  assembly: Assembly,
  { name, uuid, with: which, inactive, readOnly, anew, checks }: Heal,
): void {
  const next = new Label();
  const failed = new Label();
  assembly.add({ op: "info", name, expect: { uuid } });
  for (const check of checks) assembly.add(check);
  if (inactive && (which === "live" || anew)) assembly.add({ op: "clear", name });
  if (inactive && anew) {
    const unloaded = new Label();
    const loaded = new Label();
    assembly.add(load(name, inactive, readOnly), unloaded);
    assembly.jump(loaded);
    assembly.place(unloaded);
    assembly.add({ op: "resume", name }, failed);
    assembly.exit(1);
    assembly.place(loaded);
  }
  assembly.add({ op: "resume", name }, failed);
  assembly.jump(next);
  assembly.place(failed);
  if (which === "loaded" && inactive) resumeAnew(assembly, load(name, inactive, readOnly), next);
  resumeLiveOrEnd(assembly, name);
  if (which === "loaded") assembly.exit(1);
  assembly.place(next);
}
