/**
 * The text that a VG was adopted with. dvm writes nothing between the copies of its label, so it stands there
 * still; and the VG's id follows from it, so that no other can be taken for it.
 */
import type { Discovery } from "../../../schema/index.ts";
import { sha256 } from "../../base/bytes.ts";
import { type Bytes, SECTOR } from "../../base/units.ts";
import { LABEL_COPIES } from "../../port/member.ts";
import type { Sys } from "../../port/sys.ts";
import type { TextVg } from "../model.ts";
import { readVg } from "../read-vg.ts";
import { ownVgId } from "./own.ts";

/** Where a text is, from the start of the device. */
export interface SealedPlace {
  readonly begin: Bytes;
  /** Behind its NUL. */
  readonly end: Bytes;
}

export interface Sealed {
  /** undefined: on no device there is one. */
  readonly vg: TextVg | undefined;
  /** Path of a device -> where it stands there. */
  readonly places: ReadonlyMap<string, SealedPlace>;
}

const BEGIN: Bytes = LABEL_COPIES[0].offset + LABEL_COPIES[0].length;
const END: Bytes = LABEL_COPIES[1].offset;

/** @throws DvmError IO, DEADLINE */
export async function findSealed(sys: Sys, { vg: { id }, devices }: Discovery): Promise<Sealed> {
  let vg: TextVg | undefined;
  const places = new Map<string, SealedPlace>();
  for (const { path } of devices) {
    const device = await sys.disks.open(path, { write: false });
    try {
      const bytes = Buffer.alloc(END - BEGIN);
      await device.read(BEGIN, bytes);
      const found = textIn(bytes, id);
      if (!found) continue;
      vg ??= readVg(found.text, `${path}: the text at byte ${BEGIN + found.at}`);
      places.set(path, { begin: BEGIN + found.at, end: BEGIN + found.at + found.text.length + 1 });
    } finally {
      await device.close();
    }
  }
  return { vg, places };
}

/** A text begins a sector, with the name of its VG. */
const OPENING = /^[A-Za-z0-9+_.][A-Za-z0-9+_.-]* \{\n/;

function textIn(bytes: Buffer, vgId: string): { readonly at: Bytes; readonly text: Buffer } | undefined {
  for (let at = 0; at < bytes.length; at += SECTOR) {
    if (!OPENING.test(bytes.toString("latin1", at, at + 200))) continue;
    const end = bytes.indexOf(0, at);
    const text = bytes.subarray(at, end < 0 ? bytes.length : end);
    if (ownVgId({ sha256: sha256(text).toString("hex") }) === vgId) return { at, text };
  }
  return undefined;
}
