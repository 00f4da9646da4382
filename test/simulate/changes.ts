/** Random command lines; which of them a VG refuses is not asked here. */
import type { Lv } from "../../src/schema/index.ts";
import type { World } from "./world.ts";

const NAMES = ["a", "b", "c", "d"];
const LAYOUTS = [
  "",
  "--stripes 2",
  "--mirrors 1",
  "--mirrors 2",
  "--type raid0 --stripes 2",
  "--type raid4 --stripes 2",
  "--type raid5 --stripes 2",
  "--type raid6 --stripes 3",
  "--type raid10 --stripes 2 --mirrors 1",
];
const TYPES = [
  ...LAYOUTS.slice(4),
  "--type linear",
  "--type striped --stripes 2",
  "--type raid1 --mirrors 1",
];

type Line = (world: World, lv: string, pvs: readonly string[]) => string;

const CHANGES: readonly Line[] = [
  (world) => `create-lv vg/${world.pick(NAMES)} --size ${size(world)} ${world.pick(LAYOUTS)}`,
  (world) => `create-lv vg/${world.pick(NAMES)} --size ${size(world)} ${world.pick(LAYOUTS)}`,
  (world, lv) => `extend-lv vg/${lv} --size +${size(world)}`,
  (_, lv) => `reduce-lv vg/${lv} --size -512k`,
  (_, lv) => `remove-lv vg/${lv}`,
  (world, lv) => `rename-lv vg/${lv} --to ${world.pick(NAMES)}`,
  (world, lv) => `mirror vg/${lv} --mirrors ${world.number(3)}`,
  (_, lv) => `mirror vg/${lv} --synced`,
  (world, lv) => `convert vg/${lv} ${world.pick(TYPES)}`,
  (world, lv, pvs) => `move vg/${lv} --from ${world.pick(pvs)}`,
  (_, lv) => `repair vg/${lv}`,
  ...["convert", "move", "merge"].flatMap((verb) =>
    ["--finish", "--abort"].map(
      (how): Line =>
        (_, lv) =>
          `${verb} vg/${lv} ${how}`,
    ),
  ),
  (world, lv) => `snapshot vg/${world.pick(NAMES)} --origin ${lv} --size 1M`,
  (_, lv) => `merge vg/${lv}`,
  () => "tend vg",
  (_, lv) => `scrub vg/${lv}`,
  (_, lv) => `activate vg ${lv}`,
  (_, lv) => `deactivate vg ${lv}`,
  () => "activate vg",
  (world) =>
    `undo vg ${NAMES.map((name) => `--allow remove:vg/${name} --allow shrink:vg/${name}`).join(" ")}`.concat(
      world.chance() < 0.5 ? " --dry-run" : "",
    ),
  (world, lv) => `tag vg --lv ${lv} --add t${world.number(3)}`,
  (world) => `evacuate vg ${world.pick(world.disks)}`,
  (world) => `resize-pv vg ${world.pick(world.disks)} --size ${4 + world.number(3)}M`,
];

const size = (world: World): string => `${512 * (1 + world.number(3))}k`;

/** @param lvs of the VG as it is, of which it mostly takes one */
export function changeOf(world: World, lvs: readonly Lv[], pvs: readonly string[]): string {
  const lv = world.pick(lvs)?.name;
  const [create] = CHANGES;
  const change = lv === undefined ? create : world.pick(CHANGES);
  return `dvm ${(change as Line)(world, lv ?? "a", pvs)}`.trim();
}
