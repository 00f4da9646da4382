/**
 * The text of the metadata: JSON that is laid out in 4 KiB pages, so that a small change touches few of them
 * (docs/format-metadata.md). White space does the padding: any JSON parser reads it.
 */
import type { Freed, Metadata, Vg } from "../../schema/index.ts";
import { allocated } from "../base/allocated.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { PAGE } from "../base/units.ts";
import type { Arrangement } from "./arrange.ts";
import { encodeLvs, encodePv, encodeTags } from "./record.ts";
import { type Hole, isWasteful, packed, type Slab, slabsOf } from "./slabs.ts";

const SPACE = 0x20;
const COMMA = 0x2c;
const LINE_END = 0x0a;
const TAIL = "]}\n";

/** Gives the one text of a document: serialise(parse(x)) is x for every x that came from here. */
export function serialise(metadata: Metadata): Buffer {
  const pvs = sectionOf(metadata.pvs.map(encodePv), metadata.layout?.pvHoles ?? []);
  const lvs = sectionOf(encodeLvs(metadata.lvs), metadata.layout?.lvHoles ?? []);
  const head = `{"format":"dvm-metadata","version":1,"vg":${encodeVg(metadata.vg)},${encodeHoles(pvs.holes, lvs.holes)}"pvs":[`;
  const headPages = roomFor(Math.ceil((head.length + 1) / PAGE));
  const pvPages = pvs.pages === 0 ? 0 : roomFor(pvs.pages);
  const freed = sectionOf((metadata.freed ?? []).map(encodeFreed), []);
  const { revision } = metadata;
  const freedPage = headPages + pvPages + 1;
  const lvPage = freedPage + (revision === undefined ? 0 : roomFor(Math.max(1, freed.pages)) + 1);
  const total = (lvPage + lvs.pages) * PAGE + TAIL.length;

  const text = allocated(() => Buffer.alloc(total, SPACE));
  for (let end = PAGE; end <= total; end += PAGE) text[end - 1] = LINE_END;
  text.write(head, 0, "latin1");
  writeSection(text, headPages * PAGE, pvs);
  if (revision !== undefined) {
    text.write(`],"revision":${revision},"freed":[`, (freedPage - 1) * PAGE, "latin1");
    writeSection(text, freedPage * PAGE, freed);
  }
  text.write(`],"lvs":[`, (lvPage - 1) * PAGE, "latin1");
  writeSection(text, lvPage * PAGE, lvs);
  text.write(TAIL, total - TAIL.length, "latin1");
  return text;
}

/** The layout key that a document with these arrangements has: none when there are no holes. */
export const layoutOf = (pvs: Arrangement<unknown>, lvs: Arrangement<unknown>): Pick<Metadata, "layout"> =>
  pvs.holes.length + lvs.holes.length === 0
    ? {}
    : { layout: { pvHoles: [...pvs.holes], lvHoles: [...lvs.holes] } };

interface Section {
  readonly texts: readonly string[];
  readonly slabs: readonly Slab[];
  readonly holes: readonly Hole[];
  readonly pages: number;
}

/** A section as it stands; packed when a foreign hand has scattered it, since a text must stay bounded. */
function sectionOf(texts: readonly string[], holes: readonly Hole[]): Section {
  const { slabs, pages } = slabsOf(texts, sorted(holes));
  if (pages > 0 && isWasteful(slabs, pages)) return sectionOf(packed(texts, length), []);
  return { texts, slabs, holes, pages };
}

const length = (text: string): number => text.length;
const sorted = (holes: readonly Hole[]): Hole[] => [...holes].sort((a, b) => a.page - b.page);

function writeSection(text: Buffer, begin: number, { texts, slabs }: Section): void {
  for (const { page, slotBytes, first, count } of slabs) {
    let slot = begin + page * PAGE;
    for (let index = first; index < first + count; index += 1) {
      text[slot] = index === 0 ? SPACE : COMMA;
      text.write(texts[index] as string, slot + 1, "latin1");
      slot += slotBytes;
      text[slot - 1] = LINE_END;
    }
  }
}

const encodeFreed = ({ pv, start, length, since }: Freed): string =>
  `{"pv":"${pv}","start":${start},"length":${length},"since":${since}}`;

function encodeVg({ id, name, extentSize, tags, policy, adopted }: Vg): string {
  const had = adopted === undefined ? "" : `,"adopted":"${adopted}"`;
  const more = (policy ? `,"policy":${canonicalJson(policy)}` : "") + had;
  return `{"id":"${id}","name":"${name}","extentSize":${extentSize},"tags":${encodeTags(tags)}${more}}`;
}

function encodeHoles(pvHoles: readonly Hole[], lvHoles: readonly Hole[]): string {
  if (pvHoles.length + lvHoles.length === 0) return "";
  return `"layout":{"pvHoles":${encodeHoleList(pvHoles)},"lvHoles":${encodeHoleList(lvHoles)}},`;
}

const encodeHoleList = (holes: readonly Hole[]): string =>
  `[${holes.map(({ page, pages }) => `{"page":${page},"pages":${pages}}`).join(",")}]`;

/** Pages in reserve, so that what follows moves seldom: the next power of two. */
const roomFor = (pages: number): number => 2 ** Math.ceil(Math.log2(pages));
