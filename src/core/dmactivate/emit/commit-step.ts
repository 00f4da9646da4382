import type { Assembly } from "./assembly.ts";

/** A part of commit that can be written into either row. */
export interface CommitStep {
  /** Falls through when all went well; failures go to labels that `failed` places. */
  clean(assembly: Assembly): void;
  /** For the second row. */
  failed(assembly: Assembly): void;
  /** What must stand behind both rows. */
  tail?(assembly: Assembly): void;
}
