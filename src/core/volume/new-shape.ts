/** The options of verbs that make something of a type, and their reading. */
import { assert } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import type { Sectors } from "../base/units.ts";
import type { Parameters, Values } from "../port/parameters.ts";
import type { Shape } from "./shape.ts";
import { creations } from "./types/index.ts";
import type { CreateOption } from "./types/type.ts";

const kinds = creations();
export const typeNames = kinds.map(({ name }) => name);

/** Only types know what they are, and their values. */
export const typeOptions: Readonly<Record<never, never>> = Object.assign(
  {},
  ...kinds.map(({ options }) => options),
);

export const typesForPeople = `${typeNames.slice(0, -1).join(", ")} or ${typeNames.at(-1)}`;

/** What to allocate, as the options of types say. @throws DvmError USAGE */
export function shapeOfNew(given: Values<Parameters>, extentSize: Sectors): Shape {
  const named = given["type"];
  const kind = kinds.findLast(({ name, isMeant }) => (named === undefined ? isMeant(given) : name === named));
  assert(kind, "no type is meant");
  for (const { options } of kinds.toReversed())
    for (const [option, { least = 0 }] of Object.entries<CreateOption>(options)) {
      const value: unknown = given[option];
      const asks = typeof value === "number" ? value >= least : value !== undefined && value !== false;
      if (asks && !Object.hasOwn(kind.options, option))
        throw new DvmError("USAGE", `--${option} does not go with type ${kind.name}`);
    }
  return kind.shape(given, extentSize);
}
