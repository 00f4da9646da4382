import type { DmDevice } from "../../../schema/index.ts";
import { referenceOf } from "../references.ts";
import { raid } from "./raid.ts";
import { TargetRefusal } from "./target.ts";

/** Names of the images in a live table, in its order; undefined when it is no raid that is known. */
export function raidMembers({ table }: Pick<DmDevice, "table">): readonly (string | undefined)[] | undefined {
  const [line] = table ?? [];
  if (line?.type !== raid.type) return undefined;
  try {
    return raid
      .decodeParams(line.params)
      .devices.map(({ data }) => (data === null ? undefined : referenceOf(data)));
  } catch (refusal) {
    if (refusal instanceof TargetRefusal) return undefined;
    throw refusal;
  }
}
