/** Small steps that the cases of the dm contract are made of. */
import assert from "node:assert/strict";
import { type Dm, DmRefused } from "../../src/core/port/dm.ts";
import type { TableLine } from "../../src/schema/index.ts";

export const LIVE = { readOnly: false };
export const FLUSH = { noflush: false, skipLockfs: false };
export const SIZE = 8192;

export const line = (type: string, params: string, length = SIZE, start = 0): TableLine => ({
  start,
  length,
  type,
  params,
});
export const linear = (device: string, offset = 0, length = SIZE): TableLine[] => [
  line("linear", `${device} ${offset}`, length),
];

/** A device with a live table. @returns its number */
export function live(dm: Dm, name: string, table: readonly TableLine[]): string {
  const { dev } = dm.create(name, `DVM-${name}`);
  dm.load(name, table, LIVE);
  dm.resume(name);
  return dev;
}

/** @returns the reason given */
export function refused(errno: string, attempt: () => unknown): string {
  try {
    attempt();
  } catch (thrown) {
    if (!(thrown instanceof DmRefused)) throw thrown;
    assert.equal(thrown.failure.errno, errno, `${thrown.message}, expected ${errno}`);
    return thrown.failure.reason ?? "";
  }
  throw new assert.AssertionError({ message: `expected ${errno}, but it was done` });
}

/** The table as one string. */
export const shown = (table: readonly TableLine[]): string =>
  table.map(({ start, length, type, params }) => `${start} ${length} ${type} ${params}`.trim()).join("\n");
