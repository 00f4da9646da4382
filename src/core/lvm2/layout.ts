/** Where things stand in LVM2's format, as docs/format-lvm2.md has it, and how large they may be. */
import { type Bytes, SECTOR } from "../base/units.ts";

/** A label stands in one of them; the first that is valid counts. */
export const LABEL_SECTORS = 4;

export const LABEL_MAGIC = "LABELONE";
export const LABEL_TYPE = "LVM2 001";
/** Of a label: offsets in its sector. */
export const LABEL = { magic: 0, sector: 8, crc: 16, header: 20, type: 24 } as const;
/** What the crc of a label covers begins here and goes on to the end of the sector. */
export const LABEL_CHECKED: Bytes = 20;
/** Of the PV's header, from where the label says that it begins. */
export const PV = { id: 0, size: 32, areas: 40 } as const;
/** The least that may stand before it. */
export const LEAST_PV_HEADER: Bytes = 32;
/** Of a data, metadata or bootloader area in those lists: {offset, size}; zeros end a list. */
export const AREA_ENTRY: Bytes = 16;
/** The version of the header's extension from which on its flags mean something. */
export const PV_EXTENSION = 2;
/** In the flags of the header's extension. */
export const PV_IN_USE = 1;

export const AREA_MAGIC = " LVM2 x[5A%r0N*>";
/** Of the header of a metadata area. */
export const AREA = { crc: 0, magic: 4, version: 20, start: 24, size: 32, slots: 40 } as const;
export const AREA_CHECKED: Bytes = 4;
export const AREA_VERSION = 1;
/** The header of an area; the ring of texts follows. */
export const AREA_HEADER: Bytes = SECTOR;
/** Of a slot, which says where a text is. */
export const SLOT = { offset: 0, size: 8, crc: 16, flags: 20, length: 24 } as const;
/** In the flags of the first slot: nobody shall use the area. */
export const AREA_IGNORED = 1;

/** No VG has as much text: 100,000 LVs take some 40 MiB. */
export const MAX_TEXT: Bytes = 64 * 2 ** 20;
