import type { Range } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { inParallel } from "../base/in-parallel.ts";
import { RESERVED_REGION } from "../port/member.ts";
import type { Candidate } from "../port/scanner.ts";
import type { Sys } from "../port/sys.ts";
import { contentOf, type DeviceContent } from "./content.ts";
import { refuseOwnFile } from "./own-files.ts";
import { LVM2 } from "./signatures.ts";
import { useOf } from "./users.ts";

type Region = Range & { readonly path: string };
type RegionTargetSys = Pick<Sys, "scanner" | "disks" | "ownFiles">;

const AT_ONCE = 48;

/**
 * Refuses to make regions where others keep something: on a device that is mounted; on one that holds
 * anything but ours, and outside of what a member's label sets aside for regions, which --force writes over
 * unless something uses it now. A device that cannot be looked at is left to who writes to it.
 * @param isSealed LVM2 has nothing where a region may stand in the first MiB, and may have LVs live
 * @throws DvmError IN_USE, SIGNATURE
 */
export async function checkRegionTargets(
  sys: RegionTargetSys,
  regions: readonly Region[],
  { force, isSealed = false }: { readonly force: boolean; readonly isSealed?: boolean },
): Promise<void> {
  const paths = [...new Set(regions.map(({ path }) => path))];
  await inParallel(paths, AT_ONCE, (path) => refuseOwnFile(sys, path));
  const candidates = await lookAtAll(sys, paths);
  for (const { path, mountedOn } of candidates)
    if (mountedOn !== undefined)
      throw new DvmError(
        "IN_USE",
        `${path}: ${mountedOn === "[SWAP]" ? "is used as swap" : `is mounted on ${mountedOn}`}`,
        { details: { path } },
      );
  const refuse = async (path: string, use?: string) => {
    const content = await look(sys, path);
    if (!content) return;
    const why = overlapOf(
      content,
      regions.filter((region) => region.path === path),
      isSealed,
    );
    if (why === undefined) return;
    throw use === undefined
      ? new DvmError("SIGNATURE", `${path}: ${why}; --force makes it all the same`, { details: { path } })
      : new DvmError("IN_USE", `${path}: ${use}: ${why}`, { details: { path } });
  };
  if (!force) return void (await inParallel(paths, AT_ONCE, (path) => refuse(path)));
  await inParallel(candidates, AT_ONCE, async (candidate) => {
    const use = useOf(candidate);
    if (use !== undefined) await refuse(candidate.path, use);
  });
}

/** Why regions are not to be made there. */
function overlapOf(
  { label, names }: DeviceContent,
  regions: readonly Range[],
  isSealed: boolean,
): string | undefined {
  if (label) {
    const { dataStart, dataLength, vg } = label;
    const taken = [
      { offset: 0, length: RESERVED_REGION.offset },
      { offset: dataStart, length: dataLength },
    ];
    const region = regions.find((each) => taken.some((other) => overlap(each, other)));
    return region === undefined
      ? undefined
      : `the region at ${region.offset} would lie on the label or the data that VG ${vg.name} has there`;
  }
  const areReserved = regions.every((region) => isWithin(region, RESERVED_REGION));
  const foreign = names.filter(
    (name) => !name.includes("dvm label") && !(name === LVM2 && isSealed && areReserved),
  );
  return foreign.length > 0 ? `has ${foreign.join(" and ")}, on which a region would lie` : undefined;
}

const isWithin = (a: Range, b: Range): boolean =>
  b.offset <= a.offset && a.offset + a.length <= b.offset + b.length;

const overlap = (a: Range, b: Range): boolean =>
  a.offset < b.offset + b.length && b.offset < a.offset + a.length;

async function look(sys: RegionTargetSys, path: string): Promise<DeviceContent | undefined> {
  try {
    const device = await sys.disks.open(path, { write: false });
    try {
      return await contentOf(device, []);
    } finally {
      await device.close();
    }
  } catch (thrown) {
    if (toDvmError(thrown).code === "BUG") throw thrown;
    return undefined;
  }
}

async function lookAtAll(sys: RegionTargetSys, paths: readonly string[]): Promise<readonly Candidate[]> {
  const found = async (some: readonly string[]) =>
    sys.scanner.look(some).catch((thrown: unknown) => {
      if (toDvmError(thrown).code === "BUG") throw thrown;
      return undefined;
    });
  const all = await found(paths);
  if (all) return all;
  return (await inParallel(paths, AT_ONCE, (path) => found([path]))).flatMap((each) => each ?? []);
}
