/** What became of an operation on many regions at once. */
import { type DvmError, toDvmError } from "../../base/error.ts";
import type { RegionStep } from "../disk/perform.ts";
import type { RegionPlace } from "../disk/place.ts";
import type { State } from "../disk/root.ts";
import { listOf } from "./explain.ts";

/** The documents' counts of what was done. */
export interface Tally {
  pagesWritten: number;
  bytesWritten: number;
  flushes: number;
}

/** What an operation gives: the state that it led to, and what it cost over all regions. */
export interface RegionsDone extends Tally {
  readonly txid: number;
  readonly contentHash: string;
  readonly contentLength: number;
  readonly regions: number;
}

export const doneWith = (
  { id, root }: { readonly id: string; readonly root: { readonly state: State } },
  regions: number,
  tally: Tally,
): RegionsDone => ({
  txid: root.state.txid,
  contentHash: id,
  contentLength: root.state.contentLength,
  regions,
  ...tally,
});

export const emptyTally = (): Tally => ({ pagesWritten: 0, bytesWritten: 0, flushes: 0 });

export function count(tally: Tally, step: RegionStep): void {
  if (step.kind === "flush") tally.flushes += 1;
  else tally.bytesWritten += step.bytes.length;
}

/** A region on which an operation failed. */
export interface FailedRegion {
  readonly place: RegionPlace;
  readonly error: DvmError;
}

export const failed = (place: RegionPlace, thrown: unknown): FailedRegion => ({
  place,
  error: toDvmError(thrown),
});

/** Names the regions that failed and the first reason. */
export function failureText(failures: readonly FailedRegion[]): string {
  const indices = failures.map(({ place }) => place.index).sort((a, b) => a - b);
  const [first] = failures;
  const which = indices.length === 1 ? `region ${indices[0]}` : `regions ${listOf(indices)}`;
  return `${which}: ${first?.error.message}`;
}
