/**
 * Pieces of status lines. What cannot be read gives undefined: a status never proves what it does not say.
 */

/** `used/total` */
export interface Ratio {
  readonly part: number;
  readonly whole: number;
}

export function readRatio(word: string | undefined): Ratio | undefined {
  const match = /^(\d+)\/(\d+)$/.exec(word ?? "");
  return match ? { part: Number(match[1]), whole: Number(match[2]) } : undefined;
}

/** A whole number of any size; beyond 2^53 it is rounded, as statistics may be. */
export const readNumber = (word: string | undefined): number | undefined =>
  word !== undefined && /^\d+$/.test(word) ? Number(word) : undefined;

export const statusWords = (text: string): string[] => text.trim().split(/\s+/);
