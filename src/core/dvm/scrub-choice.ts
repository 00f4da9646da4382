/** Which legs are wrong where some do not agree: said by a person, or by two parities; never guessed. */
import type { Lv, ScrubbedExtents } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { LegArray } from "../volume/model.ts";
import { kindOf, typeOf } from "../volume/types/index.ts";

export interface LegChoice {
  readonly repair: boolean;
  /** The number of the leg that is right: what differs from it is wrong. */
  readonly from: number | undefined;
  /** The number of the leg that is wrong. */
  readonly leg: number | undefined;
}

/** @returns numbers of legs to rebuild. @throws DvmError NOT_FOUND, USAGE, WOULD_LOSE_DATA */
export function wrongLegs(
  lv: Lv,
  array: LegArray,
  mismatches: readonly ScrubbedExtents[],
  { from, leg }: LegChoice,
): readonly number[] {
  for (const named of [from, leg])
    if (named !== undefined && !array.legs.some(({ number }) => number === named))
      throw new DvmError("NOT_FOUND", `LV ${lv.name} has no leg ${named}`);
  if (leg !== undefined) return legOf(lv, mismatches, leg);
  if (from !== undefined) return othersThan(lv, array, mismatches, from);
  const told = [...new Set(mismatches.map(({ wrong }) => wrong))];
  const known = told.flatMap((number) => number ?? []);
  if (known.length < told.length)
    throw new DvmError(
      "WOULD_LOSE_DATA",
      `LV ${lv.name}: which leg is wrong cannot be told: say it by --leg, or by --from which copy is right`,
    );
  // What is wrong in one leg is made of the others: all that are wrong have to go before.
  if (array.type.suffice(array.segment, (at) => !known.includes(array.legs[at]?.number ?? -1))) return known;
  throw new DvmError(
    "WOULD_LOSE_DATA",
    `LV ${lv.name}: legs ${known.join(", ")} are wrong in some places each, and too few would be left to ` +
      "rebuild them from",
  );
}

function legOf(lv: Lv, mismatches: readonly ScrubbedExtents[], leg: number): readonly number[] {
  const other = mismatches.find(({ wrong }) => wrong !== null && wrong !== leg);
  if (other)
    throw new DvmError(
      "WOULD_LOSE_DATA",
      `LV ${lv.name}: by its parities leg ${other.wrong} is wrong in extent ${other.start}, not leg ${leg}`,
    );
  return mismatches.some(({ legs }) => legs.includes(leg)) ? [leg] : [];
}

function othersThan(
  lv: Lv,
  { segment }: LegArray,
  mismatches: readonly ScrubbedExtents[],
  from: number,
): readonly number[] {
  if (typeOf(segment)?.layout?.(segment)["mirrors"] === undefined)
    throw new DvmError(
      "USAGE",
      `LV ${lv.name} is ${kindOf(segment)}, which has no copies: say by --leg which leg is wrong`,
    );
  const others = mismatches.filter(({ legs }) => legs.includes(from)).flatMap(({ legs }) => legs);
  return [...new Set(others)].filter((number) => number !== from);
}
