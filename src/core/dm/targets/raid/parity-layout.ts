/**
 * Where a row of raid4, raid5 and raid6 has its chunks: raid5_compute_sector of Linux's drivers/md/raid5.c,
 * whose names for the layouts dm-raid shortens (Documentation/admin-guide/device-mapper/dm-raid.rst). Row r
 * is chunk r of every leg.
 */
import { parityDevices, type RaidType } from "../raid-words.ts";

export type ParityType = Exclude<RaidType, "raid0" | "raid1" | "raid10">;

export const hasParity = (type: RaidType): type is ParityType => parityDevices(type) > 0;

/** Legs by their place in the table. */
export interface ParityRow {
  /** The leg of each chunk of data, in the order of the content. */
  readonly data: readonly number[];
  /** The leg with the xor of all data. */
  readonly p: number;
  /** raid6: the leg with the sum of the data, each times a power of the generator. */
  readonly q?: number;
  /** By leg: the power with which its data count in Q. */
  readonly powers: readonly number[];
}

type Place = (row: number, circle: number) => number;

const first: Place = () => 0;
const last: Place = (_, circle) => circle - 1;
const left: Place = (row, circle) => circle - 1 - (row % circle);
const right: Place = (row, circle) => row % circle;

interface Layout {
  /** The leg of P; the legs among which it goes round are all, or all but that of Q. */
  readonly p: Place;
  /** By how much Q stands behind P, round the end; `last`: it has the last leg to itself. */
  readonly q?: number | "last";
  /** Data begin at the first leg, or behind P, going round. */
  readonly data: "ascending" | "behind p";
}

const layouts: Readonly<Record<ParityType, Layout>> = {
  raid4: { p: first, data: "ascending" },
  raid5_n: { p: last, data: "ascending" },
  raid5_la: { p: left, data: "ascending" },
  raid5_ra: { p: right, data: "ascending" },
  raid5_ls: { p: left, data: "behind p" },
  raid5_rs: { p: right, data: "behind p" },
  raid6_zr: { p: right, q: 1, data: "ascending" },
  raid6_nr: { p: (row, circle) => left(row + 1, circle), q: 1, data: "ascending" },
  raid6_nc: { p: left, q: -1, data: "behind p" },
  raid6_n_6: { p: last, q: "last", data: "ascending" },
  raid6_la_6: { p: left, q: "last", data: "ascending" },
  raid6_ra_6: { p: right, q: "last", data: "ascending" },
  raid6_ls_6: { p: left, q: "last", data: "behind p" },
  raid6_rs_6: { p: right, q: "last", data: "behind p" },
};

/** Gives the row of a number; rows repeat, and each is worked out once. */
export function parityRows(type: ParityType, legs: number): (row: number) => ParityRow {
  const layout = layouts[type];
  const circle = layout.q === "last" ? legs - 1 : legs;
  const rows = Array.from({ length: circle }, (_, row) => rowOf(layout, legs, row));
  return (row) => rows[row % circle] as ParityRow;
}

function rowOf({ p: place, q: behind, data }: Layout, legs: number, row: number): ParityRow {
  const circle = behind === "last" ? legs - 1 : legs;
  const p = place(row, circle);
  const q = behind === undefined ? undefined : behind === "last" ? circle : (p + behind + legs) % legs;
  const from = data === "ascending" ? 0 : p + 1;
  const around = Array.from({ length: circle }, (_, step) => (from + step) % circle);
  const chunks = around.filter((leg) => leg !== p && leg !== q);
  return { data: chunks, p, ...(q !== undefined && { q }), powers: powersOf(legs, p, behind) };
}

/**
 * Where P and Q go round together, legs count by their place (as DDF has it), else only those with data do.
 */
function powersOf(legs: number, p: number, behind: Layout["q"]): number[] {
  const places = Array.from({ length: legs }, (_, leg) => leg);
  return behind === "last" ? places.map((leg) => (leg > p ? leg - 1 : leg)) : places;
}
