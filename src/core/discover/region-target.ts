import type { Range } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { inParallel } from "../base/in-parallel.ts";
import type { Candidate } from "../port/scanner.ts";
import type { Sys } from "../port/sys.ts";
import { type Content, contentOf } from "./content.ts";
import { RESERVED } from "./layout.ts";

type Region = Range & { readonly path: string };
type RegionTargetSys = Pick<Sys, "scanner" | "disks">;

const AT_ONCE = 48;

/**
 * Refuses to make regions where others keep something: on a device that is mounted; without --force also on one that
 * holds anything but ours, and outside of what a member's label sets aside for regions.
 * A device that cannot be looked at is left to who writes to it.
 * @throws DvmError IN_USE, SIGNATURE
 */
export async function checkRegionTargets(
  sys: RegionTargetSys,
  regions: readonly Region[],
  force: boolean,
): Promise<void> {
  const paths = [...new Set(regions.map(({ path }) => path))];
  for (const { path, mountedOn } of await lookAtAll(sys, paths))
    if (mountedOn !== undefined)
      throw new DvmError(
        "IN_USE",
        `${path}: ${mountedOn === "[SWAP]" ? "is used as swap" : `is mounted on ${mountedOn}`}`,
        { details: { path } },
      );
  if (force) return;
  await inParallel(paths, AT_ONCE, async (path) => {
    const content = await look(sys, path);
    if (content)
      refuseOverlap(
        path,
        content,
        regions.filter((region) => region.path === path),
      );
  });
}

function refuseOverlap(path: string, { label, names }: Content, regions: readonly Range[]): void {
  const refusal = (why: string) => new DvmError("SIGNATURE", `${path}: ${why}`, { details: { path } });
  if (label) {
    const { dataStart, dataLength, vg } = label;
    const taken = [
      { offset: 0, length: RESERVED },
      { offset: dataStart, length: dataLength },
    ];
    const region = regions.find((each) => taken.some((other) => overlap(each, other)));
    if (region)
      throw refusal(
        `the region at ${region.offset} would lie on the label or the data that VG ${vg.name} has there; --force makes it all the same`,
      );
    return;
  }
  const foreign = names.filter((name) => !name.includes("dvm label"));
  if (foreign.length > 0)
    throw refusal(`has ${foreign.join(" and ")}; --force makes regions there all the same`);
}

const overlap = (a: Range, b: Range): boolean =>
  a.offset < b.offset + b.length && b.offset < a.offset + a.length;

async function look(sys: RegionTargetSys, path: string): Promise<Content | undefined> {
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
