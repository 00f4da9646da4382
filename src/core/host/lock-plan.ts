import { roundDown, roundUp } from "../base/units.ts";
import type { Mapping } from "./memory-map.ts";

/**
 * How to lock [begin, end):
 * - `whole`: read it in from its file, all of it;
 * - `write`: make its pages exist and be writable without a fault;
 * - `touched`: all of it, but only those pages that exist are brought in. What is touched for the first time is a
 *   page of zeros, for which no disk is needed;
 * - `present`: only those pages that exist.
 */
export interface LockStep {
  readonly begin: number;
  readonly end: number;
  readonly how: "whole" | "write" | "touched" | "present";
}

/** Of the kernel's making: always in memory, or not to be locked. */
const NEVER = /^(\[(vdso|vvar|vvar_vclock|vsyscall|uprobes)\]|anon_inode:.*)$/;

/** Larger areas are reserves of V8 and stacks of threads, of which little is used; all of them would cost much memory. */
const WRITE_MAX = 4 * 2 ** 20;

/** V8's unit of code memory: within one, what is not code is its header, and between them are guard pages. */
const CODE_CHUNK = 256 * 1024;

/** What to do to keep all of `mappings` in memory, in the order of their addresses. */
export function planLocks(mappings: readonly Mapping[]): LockStep[] {
  const code = new Set<number>();
  for (const mapping of mappings) {
    if (!mapping.anonymous || !mapping.executable || NEVER.test(mapping.name)) continue;
    for (const chunk of chunksOf(mapping)) code.add(chunk);
  }
  return mappings
    .filter(({ readable, name }) => readable && !NEVER.test(name))
    .map((mapping) => ({ begin: mapping.begin, end: mapping.end, how: howToLock(mapping, code) }));
}

function howToLock(mapping: Mapping, code: ReadonlySet<number>): LockStep["how"] {
  if (!mapping.anonymous) return "whole";
  if (chunksOf(mapping).some((chunk) => code.has(chunk))) return "present";
  return mapping.writable && mapping.end - mapping.begin <= WRITE_MAX ? "write" : "touched";
}

function chunksOf({ begin, end }: Mapping): number[] {
  const first = roundDown(begin, CODE_CHUNK);
  return Array.from(
    { length: (roundUp(end, CODE_CHUNK) - first) / CODE_CHUNK },
    (_, index) => first + index * CODE_CHUNK,
  );
}
