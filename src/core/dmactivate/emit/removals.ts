/** The removals at the end of a commit. */
import { isOrigin } from "../../dm/snapshot-roles.ts";
import { type Device, nameOf } from "../compare/device.ts";
import { mergeTypeOf } from "../decide/merges.ts";
import type { Removal } from "../order/removals.ts";
import { type Assembly, Label } from "./assembly.ts";
import type { CommitStep } from "./commit-step.ts";
import { PATIENCE } from "./step.ts";

/** Once something has failed, whoever still holds a device is given half a second. */
const IMPATIENCE = 5;

/**
 * @param layers what has nothing to do with one another, which is removed at the same time
 * @param isSure names mean the devices that they are planned for: no rename can have failed
 */
export const removeSteps = (layers: readonly (readonly Removal[])[], isSure: boolean): CommitStep[] =>
  layers.flatMap((layer) => layer.map((removal, index) => removeStep(removal, index > 0, isSure)));

/** @param overlap at the same time as the removal before it */
function removeStep(
  { device, name, mergedInto, origins }: Removal,
  overlap: boolean,
  isSure: boolean,
): CommitStep {
  const failed = new Label();
  return {
    clean: (assembly) =>
      assembly.add({ op: "remove", name, attempts: PATIENCE, ...(overlap && { overlap }) }, failed),
    failed(assembly) {
      if (mergedInto) {
        const into = nameOf(mergedInto);
        assembly.add({ op: "info", name: into, expect: { uuid: mergedInto.uuid } }, failed);
        assembly.add({ op: "check-status", name: into, type: mergeTypeOf(mergedInto) }, failed);
      }
      for (const origin of origins.flatMap(standingOf)) unlessOrigin(assembly, origin, failed);
      if (!isSure) assembly.add({ op: "info", name, expect: { uuid: device.uuid } }, failed);
      assembly.add({ op: "remove", name, attempts: IMPATIENCE }, failed);
      assembly.place(failed);
    },
  };
}

/** Goes on when the device is gone, or is no such thing any more. */
function unlessOrigin(assembly: Assembly, { name, type }: Standing, stands: Label): void {
  const next = new Label();
  assembly.add({ op: "check-status", name, type }, next);
  assembly.jump(stands);
  assembly.place(next);
}

interface Standing {
  readonly name: string;
  readonly type: string;
}

/** By each name that it may have by now. */
function standingOf({ current, desired }: Device): Standing[] {
  const type = current?.table?.find((line) => isOrigin(line.type))?.type ?? "";
  const names = new Set([current?.name, desired?.name].flatMap((name) => name ?? []));
  return [...names].map((name) => ({ name, type }));
}
