/** How an option of a change is written, on the command line and in a batch. */
import type { Discovery } from "../../schema/index.ts";
import type { Sectors } from "../base/units.ts";

export interface OptionSpec {
  readonly summary: string;
  /** The value is the path of a document; it cannot stand in a batch. */
  readonly document?: "discovery";
  readonly type?: "text" | "flag" | "count" | "size";
  readonly many?: true;
  readonly required?: true;
  readonly placeholder?: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type Single<S extends OptionSpec> = S extends { document: "discovery" }
  ? Discovery
  : S extends { type: "flag" }
    ? boolean
    : S extends { type: "count" }
      ? number
      : S extends { type: "size" }
        ? Sectors
        : string;

/** Absent flags are false, absent lists empty, other absent values undefined. */
export type OptionValues<O extends OptionSpecs> = {
  readonly [K in keyof O]: O[K] extends { many: true }
    ? readonly Single<O[K]>[]
    : O[K] extends { required: true } | { type: "flag" }
      ? Single<O[K]>
      : Single<O[K]> | undefined;
};
