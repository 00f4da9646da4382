/** Tables of the simulated kernel: what dm-table.c and the targets' constructors check. */
import type { TableLine } from "../../schema/index.ts";
import { devicesOf, mapDevices } from "../dm/references.ts";
import { knownTarget } from "../dm/targets/index.ts";
import { type Target, TargetRefusal } from "../dm/targets/target.ts";
import { DmRefused } from "../port/dm.ts";
import { type LeafSize, sizeOfDevice } from "./dm-devices.ts";
import type { SimDevice, SimState, SimTable } from "./dm-state.ts";
import { simTargetOf } from "./targets/index.ts";
import type { Around } from "./targets/target.ts";

/**
 * Runs the constructors.
 * @throws DmRefused with the errno and the reason that the kernel logs
 */
export function buildTable(
  device: SimDevice,
  lines: readonly TableLine[],
  readOnly: boolean,
  around: Around,
): SimTable {
  const refuse = (reason: string, errno = "EINVAL") => new DmRefused("load", device.name, { errno, reason });
  if (lines.length === 0) throw refuse("no targets specified");
  const built: Built[] = [];
  let end = 0;
  let learnt: Pick<SimTable, "learnt" | "failed"> | undefined;
  for (const line of lines) {
    if (built[0]?.target.features.singleton)
      throw refuse(`target type ${built[0].line.type} must appear alone in table`);
    if (line.length === 0) throw refuse("zero-length target");
    const target = knownTarget(line.type);
    if (!target) throw refuse(`${line.type}: unknown target type`);
    try {
      checkFeatures(target, built, readOnly);
      if (line.start !== end) throw new TargetRefusal("Gap in table");
      built.push(construct(target, line, around));
      learnt ??= simTargetOf(line.type).learn?.(line, around);
    } catch (thrown) {
      if (thrown instanceof TargetRefusal) throw refuse(`${line.type}: ${thrown.reason}`, thrown.errno);
      throw thrown;
    }
    end += line.length;
  }
  const immutable = device.live?.lines[0] && knownTarget(device.live.lines[0].type);
  if (
    immutable?.features.immutable &&
    built.some(({ target }) => target !== immutable && !target.features.wildcard)
  )
    throw refuse(`can't replace immutable target type ${immutable.type}`);
  return {
    ...learnt,
    lines: built.map(({ line }) => line),
    readOnly,
    uses: [...new Set(built.flatMap(({ uses }) => uses))],
    needs: built.flatMap(({ needs }) => needs),
  };
}

/** Why the table does not fit its devices as they are now, as the kernel finds when it calculates limits. */
export function outgrown(state: SimState, table: SimTable, leafSize: LeafSize): string | undefined {
  for (const { device, start, length } of table.needs) {
    const size = sizeOfDevice(state, device, leafSize);
    // A device without a table has size 0, which the kernel takes for unknown.
    if (size === undefined || size === 0 || length === 0) continue;
    if (start >= size || start + length > size)
      return `${device} too small for target: start=${start}, len=${length}, dev_size=${size}`;
  }
  return undefined;
}

interface Built {
  readonly target: Target<unknown>;
  readonly line: TableLine;
  readonly uses: readonly string[];
  readonly needs: SimTable["needs"];
}

function checkFeatures(target: Target<unknown>, before: readonly Built[], readOnly: boolean): void {
  const { singleton, alwaysWritable, immutable } = target.features;
  if (singleton && before.length > 0)
    throw new TargetRefusal("singleton target type must appear alone in table");
  if (alwaysWritable && readOnly)
    throw new TargetRefusal("target type may not be included in a read-only table");
  const first = before.find(({ target: each }) => each.features.immutable);
  if ((first && first.target !== target) || (immutable && !first && before.length > 0))
    throw new TargetRefusal("immutable target type cannot be mixed with other target types");
}

function checkParams(target: Target<unknown>, line: TableLine, around: Around): void {
  simTargetOf(line.type).foresee?.(line, around);
  try {
    target.check(target.decodeParams(line.params), line);
  } catch (refusal) {
    if (!(refusal instanceof TargetRefusal)) throw refusal;
    // One of those that have been opened by then may not be there.
    for (const token of devicesOf(line).slice(0, refusal.opened)) around.open(token);
    throw refusal;
  }
}

function construct(target: Target<unknown>, line: TableLine, around: Around): Built {
  checkParams(target, line, around);
  const uses: string[] = [];
  const shown = mapDevices(line, (token) => {
    const resolved = around.open(token);
    uses.push(resolved);
    return resolved;
  });
  const params = target.decodeParams(shown.params);
  const needs = target.areas(params, line);
  const { start, length, type } = line;
  const { measuresAtLoad, construct: build } = simTargetOf(type);
  if (measuresAtLoad) checkSizes(needs, around);
  // Printed as the kernel prints them: in its order, whatever the order of the options was.
  const printed =
    build?.({ start, length, type, params: shown.params }, around) ?? target.encodeParams(params);
  return { target, line: { start, length, type, params: printed }, uses, needs };
}

function checkSizes(needs: SimTable["needs"], { sizeOf }: Around): void {
  for (const { device, start, length } of needs)
    if (length > 0 && start + length > sizeOf(device))
      throw new TargetRefusal("Component device(s) too small");
}
