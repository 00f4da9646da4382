import { MAPPING, type Mappings } from "./map.ts";

/**
 * How to lock a mapping:
 * - `none`: not at all;
 * - `whole`: read it in from its file, all of it;
 * - `write`: make its pages exist and be writable without a fault;
 * - `touched`: all of it, but only those pages that exist are brought in. What is touched for the first time
 *   is a page of zeros, for which no disk is needed;
 * - `present`: only those pages that exist.
 */
export const HOW = { none: 0, whole: 1, write: 2, touched: 3, present: 4 } as const;

const PAGE = 4096;
/**
 * Larger areas are reserves of V8 and stacks of threads, of which little is used; all of them would cost much
 * memory.
 */
const WRITE_MAX = (4 * 2 ** 20) / PAGE;

/** V8's unit of code memory: within one, what is not code is its header, and between them are guard pages. */
const CODE_CHUNK = (256 * 1024) / PAGE;
const CODE = MAPPING.anonymous | MAPPING.executable;

/**
 * What to do to keep all of `mappings` in memory. Makes no garbage.
 * @param plan one of HOW for each mapping
 */
export function planLocks(mappings: Mappings, plan: Uint8Array): void {
  // Mappings do not overlap and are in order, so of the code around one only the nearest counts.
  let codeEnd = 0;
  for (let at = 0; at < mappings.count; at += 1) {
    if (isCode(mappings, at)) codeEnd = chunkEnd(mappings, at);
    plan[at] = howToLock(mappings, at, chunkBegin(mappings, at) < codeEnd);
  }
  let codeBegin = Number.POSITIVE_INFINITY;
  for (let at = mappings.count - 1; at >= 0; at -= 1) {
    if (isCode(mappings, at)) codeBegin = chunkBegin(mappings, at);
    if (chunkEnd(mappings, at) > codeBegin) plan[at] = howToLock(mappings, at, true);
  }
}

function howToLock({ begin, end, kinds }: Mappings, at: number, amongCode: boolean): number {
  const kind = kinds[at] ?? 0;
  if ((kind & MAPPING.readable) === 0 || (kind & MAPPING.kernel) !== 0) return HOW.none;
  if ((kind & MAPPING.anonymous) === 0) return HOW.whole;
  if (amongCode) return HOW.present;
  const pages = (end[at] ?? 0) - (begin[at] ?? 0);
  return (kind & MAPPING.writable) !== 0 && pages <= WRITE_MAX ? HOW.write : HOW.touched;
}

const isCode = ({ kinds }: Mappings, at: number): boolean =>
  ((kinds[at] ?? 0) & (CODE | MAPPING.kernel)) === CODE;

const chunkBegin = ({ begin }: Mappings, at: number): number =>
  Math.floor((begin[at] ?? 0) / CODE_CHUNK) * CODE_CHUNK;

const chunkEnd = ({ end }: Mappings, at: number): number =>
  Math.ceil((end[at] ?? 0) / CODE_CHUNK) * CODE_CHUNK;
