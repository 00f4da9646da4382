/** Segments one behind the other. */
import type { Area, Segment } from "../../schema/index.ts";

/**
 * The same, in one segment where one goes on with what the one before began.
 * @param segments of one type
 * @param key as VolumeType has it
 */
export function joined<S extends Segment>(
  segments: readonly S[],
  key: (segment: S) => string | undefined,
): S[] {
  const result: S[] = [];
  for (const segment of segments) {
    const last = result.at(-1);
    const goesOn = last && key(last) !== undefined && key(last) === key(segment);
    if (goesOn) result[result.length - 1] = { ...last, length: last.length + segment.length };
    else result.push(segment);
  }
  return result;
}

export const encodeArea = ({ pv, start }: Area): string => `{"pv":"${pv}","start":${start}}`;
