/** What the types of table lines are to snapshots. */
import { targetOf } from "./targets/index.ts";

/** A snapshot that people use. */
export const isSnapshot = (type: string): boolean => hasDifferences(type) && !isOrigin(type);

/** Stands for the origin of snapshots, and must not write before they are there. */
export const isOrigin = (type: string): boolean => targetOf(type).standsForOrigin ?? false;

/** Stands for an origin while a snapshot goes back into it. */
export const isMerge = (type: string): boolean => hasDifferences(type) && isOrigin(type);

/** Either: what has a store of its own. */
export const hasDifferences = (type: string): boolean => targetOf(type).differences !== undefined;
