import type { Discovery, DmState, Legs, Metadata } from "../../schema/index.ts";

/** The documents that a report is made of. What is left out is not known, and shown as such. */
export interface ReportInput {
  readonly metadata: Metadata;
  readonly discovery?: Discovery | undefined;
  /** As it is now (dmexec state). */
  readonly dm?: DmState | undefined;
  /**
   * As the metadata wants it, of the LVs in its scope (volactivate desired); tables of others are not
   * compared.
   */
  readonly desired?: DmState | undefined;
  /** What superblocks say of the legs of LVs that are not live (volactivate legs). */
  readonly legs?: Legs | undefined;
}
