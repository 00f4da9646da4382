/** A VG as one text of LVM2 has it. Sizes are in sectors and extents, ids without dashes. */
import type { Extents, Sectors } from "../base/units.ts";
import type { Fields } from "./text/fields.ts";
import type { TextSection } from "./text/section.ts";

export interface TextVg {
  readonly id: string;
  readonly name: string;
  /** Grows by one with each change. */
  readonly seqno: number;
  readonly status: ReadonlySet<string>;
  readonly extentSize: Sectors;
  /** The host that it belongs to; undefined: any. */
  readonly systemId: string | undefined;
  /** Who has to be asked for locks, where that is a daemon. */
  readonly lockType: string | undefined;
  readonly tags: readonly string[];
  readonly pvs: readonly TextPv[];
  /** Those that are seen and those that are parts of others. */
  readonly lvs: ReadonlyMap<string, TextLv>;
  /** All of the text that it was read from, what is around the VG too. */
  readonly file: TextSection;
  /** SHA-256 of that text, without the NUL that ends it, in hexadecimal. */
  readonly sha256: string;
}

export interface TextPv {
  readonly id: string;
  /** Where it was when the text was written: a hint. */
  readonly device: string | undefined;
  readonly allocatable: boolean;
  /** It was away when the VG was changed, and what is on it may be out of date. */
  readonly missing: boolean;
  readonly tags: readonly string[];
  readonly devSize: Sectors | undefined;
  readonly peStart: Sectors;
  readonly peCount: Extents;
}

export interface TextLv {
  readonly id: string;
  readonly name: string;
  readonly status: ReadonlySet<string>;
  readonly flags: ReadonlySet<string>;
  readonly tags: readonly string[];
  /** The minor number that its device shall have. */
  readonly minor: number | undefined;
  readonly segments: readonly TextSegment[];
}

export interface TextSegment {
  readonly start: Extents;
  readonly length: Extents;
  /** As written, with what is behind a `+`. */
  readonly type: string;
  /** What it lies on, where that is known of its type. */
  readonly areas: readonly TextArea[];
  /** Names of the LVs that its keys mention; images of raid and their metadata in turn. */
  readonly refs: readonly string[];
  readonly fields: Fields;
}

/** Extents of a PV, or of an LV. */
export interface TextArea {
  /** Index of the PV; undefined for an LV. */
  readonly pv: number | undefined;
  readonly lv: string | undefined;
  readonly start: Extents;
  readonly length: Extents;
}
