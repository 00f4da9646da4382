/** What is due of a VG: found by looking, done by a call of its own. */
import type { Sys } from "../../port/sys.ts";
import type { TendView } from "./view.ts";

export interface Duty {
  readonly duty: "recover" | "return" | "mark" | "finish" | "take-back" | "replace" | "grow";
  /** null: it is about the VG. */
  readonly lv: { readonly id: string; readonly name: string } | null;
  /** Their numbers. */
  readonly legs: readonly number[];
  /** What it is, and why, for people. */
  readonly text: string;
  /** Does it. @throws DvmError as tm update */
  readonly perform: (sys: Sys) => Promise<unknown>;
}

export interface Duties {
  readonly due: readonly Duty[];
  /** What is not well, and is for later or for a person. */
  readonly left: readonly string[];
}

/** One kind of work that ends by itself. A kind more is a file more, and a line in kinds.ts. */
export type DutyKind = (view: TendView) => Promise<Duties>;

export const NOTHING: Duties = { due: [], left: [] };

export const together = (all: readonly Duties[]): Duties => ({
  due: all.flatMap(({ due }) => due),
  left: all.flatMap(({ left }) => left),
});
