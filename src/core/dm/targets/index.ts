/** All targets that have a file of their own, by type. */
import { error } from "./error.ts";
import { linear } from "./linear.ts";
import { raid } from "./raid.ts";
import { raw } from "./raw.ts";
import { striped } from "./striped.ts";
import type { Target } from "./target.ts";
import { zero } from "./zero.ts";

export const targets: readonly Target<unknown>[] = [linear, striped, error, zero, raid];

const byType = new Map(targets.map((target) => [target.type, target]));

/** The target of that type; `raw` for one without a file. */
export const targetOf = (type: string): Target<unknown> => byType.get(type) ?? raw(type);

/** Undefined for a type without a file. */
export const knownTarget = (type: string): Target<unknown> | undefined => byType.get(type);
