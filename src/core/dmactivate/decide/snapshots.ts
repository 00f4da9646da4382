import { hasType } from "../../dm/has-type.ts";
import { isOrigin, isSnapshot } from "../../dm/snapshot-roles.ts";
import type { Device } from "../compare/device.ts";

/** What refers to the same origin as this snapshot-origin or snapshot-merge and must be there before it. */
export function snapshotsBeside(device: Device): Device[] {
  if (!hasType(device.desired?.table, isOrigin)) return [];
  const origin = device.children[0];
  return (origin?.parents ?? []).filter(
    (other) => other !== device && hasType(other.desired?.table, isSnapshot) && other.children[0] === origin,
  );
}
