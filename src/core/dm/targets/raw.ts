import { splitArgs } from "../args.ts";
import type { Target } from "./target.ts";

/** Parameters that nobody looks into. */
export interface Raw {
  readonly params: string;
}

/**
 * Any target without a file of its own, as its line stands. Only symbolic references (`@NAME`) are known to
 * be devices; whatever else a word means is left alone.
 */
export const raw = (type: string): Target<Raw> => ({
  type,
  version: [0, 0, 0],
  features: {},
  worksAlone: true,
  growsInPlace: false,
  loadsQuietly: false,
  decodeParams: (params) => ({ params }),
  encodeParams: ({ params }) => params,
  devicePositions: (words) => words.flatMap((word, at) => (isReference(word) ? [at] : [])),
  check() {},
  areas: () => [],
  // It may keep something on any of them.
  stores: ({ params }) => splitArgs(params).filter(isReference),
});

const isReference = (word: string): boolean => /^@./.test(word);
