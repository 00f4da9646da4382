import { DvmError } from "../base/error.ts";
import { formatSize, PAGE, SECTOR } from "../base/units.ts";
import type { NbdExport } from "./export.ts";

/** A page that was written; null: it is all zeroes. */
type OwnPage = Buffer | null;

/** What a page of zeroes counts, of which only that is kept. */
const ZERO_COST = 64;
/** How far one look for a run goes. */
const MOST_LOOKED = 1 << 24;

/** The part of a request that lies in one page. */
interface PagePart {
  readonly page: number;
  /** Inside the page. */
  readonly inside: number;
  /** Inside the request. */
  readonly at: number;
  readonly size: number;
}

/**
 * An export that may be written while what is below stays as it is: pages that were written are kept in
 * memory, so many bytes of them at most, for as long as the process lives. A write that would take more fails
 * (NO_SPACE).
 */
export class Overlaid implements NbdExport {
  readonly size: number;
  readonly logicalBlockSize = SECTOR;
  readonly isReadOnly = false;
  readonly runAt: NbdExport["runAt"];
  readonly #below: NbdExport;
  readonly #limit: number;
  readonly #pages = new Map<number, OwnPage>();
  #used = 0;

  constructor(below: NbdExport, limit: number) {
    this.#below = below;
    this.#limit = limit;
    this.size = below.size;
    const known = below.runAt;
    this.runAt =
      known &&
      (async (offset, length) => {
        const { isOwn, end } = this.#sameFrom(offset, length);
        const part = Math.min(length, end - offset);
        return isOwn ? { length: part, isHole: false } : known(offset, part);
      });
  }

  read: NbdExport["read"] = async (offset, buffer) => {
    const parts = partsOf(offset, buffer.length);
    // What is below first: a page that is written meanwhile is put over it.
    if (parts.some(({ page }) => !this.#pages.has(page))) await this.#below.read(offset, buffer);
    for (const { page, inside, at, size } of parts) {
      const own = this.#pages.get(page);
      if (own === null) buffer.fill(0, at, at + size);
      else if (own) buffer.set(own.subarray(inside, inside + size), at);
    }
  };

  write: NbdExport["write"] = async (offset, buffer) => {
    for (const { page, inside, at, size } of partsOf(offset, buffer.length))
      (await this.#own(page, size === PAGE)).set(buffer.subarray(at, at + size), inside);
  };

  zero = async (offset: number, length: number): Promise<void> => {
    for (const { page, inside, size } of partsOf(offset, length))
      if (size === PAGE) this.#put(page, null);
      else (await this.#own(page, false)).fill(0, inside, inside + size);
  };

  discard = async (): Promise<void> => undefined;
  /** All of it is gone at the end anyway. */
  flush = async (): Promise<void> => undefined;

  /** A page of its own, with what it holds now unless all of it is written. */
  async #own(page: number, isWhole: boolean): Promise<Buffer> {
    const fresh = Buffer.alloc(PAGE);
    if (!isWhole && !this.#pages.has(page)) {
      const there = Math.min(PAGE, this.size - page * PAGE);
      await this.#below.read(page * PAGE, fresh.subarray(0, there));
    }
    // Somebody else may have made it while it was read.
    const known = this.#pages.get(page);
    if (known) return known;
    if (known === null) fresh.fill(0);
    this.#put(page, fresh);
    return fresh;
  }

  #put(page: number, now: OwnPage): void {
    const used = this.#used + costOf(now) - costOf(this.#pages.get(page));
    if (used > this.#limit)
      throw new DvmError(
        "NO_SPACE",
        `the overlay holds ${formatSize(this.#limit / SECTOR)} already, which is all it may: ` +
          "--overlay-size says how much",
      );
    this.#used = used;
    this.#pages.set(page, now);
  }

  /** Where the pages that are like the first, its own or not, come to an end. */
  #sameFrom(offset: number, length: number): { readonly isOwn: boolean; readonly end: number } {
    const first = Math.floor(offset / PAGE);
    const isOwn = this.#pages.has(first);
    const most = offset + Math.min(length, MOST_LOOKED);
    let end = (first + 1) * PAGE;
    while (end < most && this.#pages.has(end / PAGE) === isOwn) end += PAGE;
    return { isOwn, end };
  }
}

const costOf = (page: OwnPage | undefined): number =>
  page === undefined ? 0 : page === null ? ZERO_COST : PAGE;

function partsOf(offset: number, length: number): PagePart[] {
  const parts: PagePart[] = [];
  for (let at = 0; at < length; ) {
    const inside = (offset + at) % PAGE;
    const size = Math.min(PAGE - inside, length - at);
    parts.push({ page: (offset + at - inside) / PAGE, inside, at, size });
    at += size;
  }
  return parts;
}
