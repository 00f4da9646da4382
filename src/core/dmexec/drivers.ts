import type { Instruction } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { knownTarget } from "../dm/targets/index.ts";
import type { Dm } from "../port/dm.ts";

/**
 * Holds the target drivers that a program loads against those that we know: another major version takes other
 * parameters. One that is not loaded yet is loaded now, not by its first table: that may come when the device
 * that it would be read from is suspended.
 * @throws DvmError UNSUPPORTED naming the target
 */
export function checkDrivers(dm: Dm, instructions: readonly Instruction[]): void {
  const types = new Set<string>();
  instructions.forEach((each) => {
    if (each.op === "load") for (const { type } of each.table) types.add(type);
  });
  if (types.size === 0) return;
  const versions = new Map(dm.targets().map(({ name, version }) => [name, version]));
  for (const type of types) {
    const known = knownTarget(type)?.version[0];
    const found = versions.get(type) ?? dm.targetVersion(type);
    if (known === undefined || found === undefined || found[0] === known) continue;
    throw new DvmError(
      "UNSUPPORTED",
      `the kernel's target ${type} is of version ${found.join(".")}, and only ${known}.x is known`,
      { details: { target: type, version: found.join(".") } },
    );
  }
}
