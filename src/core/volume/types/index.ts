/** All volume types. A new one is a line here, besides its own file and its schema. */
import type { Segment } from "../../../schema/index.ts";
import { cache } from "./cache.ts";
import { linear } from "./linear.ts";
import { raid } from "./raid.ts";
import { snapshot } from "./snapshot.ts";
import { striped } from "./striped.ts";
import { thin } from "./thin.ts";
import { thinPool } from "./thin-pool.ts";
import type { Creation, Trait, VolumeType } from "./type.ts";
import { writecache } from "./writecache.ts";

const byName = new Map<string, VolumeType>();

/** Adds a type to those that are understood. */
export const understand = (type: VolumeType): void => void byName.set(type.name, type);

for (const type of [linear, striped, raid, snapshot, thinPool, thin, cache, writecache] as const)
  understand(type);

/** Every type, the simplest first. */
export const volumeTypes = (): readonly VolumeType[] => [...byName.values()];

/** Every way in which create-lv makes one, the simplest first. */
export const creations = (): readonly Creation[] => volumeTypes().flatMap(({ creates }) => creates);

/** What people call the type of a segment. */
export const kindOf = (segment: Segment): string => typeOf(segment)?.kind?.(segment) ?? segment.type;

/**
 * The type of a segment; undefined for one that only a newer program understands. The schema admits those for
 * reading.
 */
export const typeOf = ({ type }: { readonly type: string }): VolumeType | undefined => byName.get(type);

/** Names of the types that a part which accepts the trait may be made of. */
export const namesWith = (trait: Trait): readonly string[] =>
  volumeTypes()
    .filter(({ traits }) => traits.includes(trait))
    .map(({ name }) => name);
