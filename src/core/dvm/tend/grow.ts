/** Parts with a size of their own that have little room left: stores of snapshots, both parts of pools. */
import type { Lv, LvRow, Metadata } from "../../../schema/index.ts";
import { type Extents, formatSize, roundDown, roundUp } from "../../base/units.ts";
import { EXTEND_AT, EXTEND_BY } from "../../volume/policy.ts";
import { growthOf } from "../../volume/resize.ts";
import { typeOf } from "../../volume/types/index.ts";
import type { Room } from "../../volume/types/room.ts";
import { extentsIn } from "../../volume/types/type.ts";
import { updateBatch } from "../update-batch.ts";
import { type Duties, type Duty, type DutyKind, NOTHING, together } from "./duty.ts";
import { roomToGrow } from "./room-to-grow.ts";

export const grow: DutyKind = async ({ metadata, rows, discovery }) => {
  const { extentSize, name: vg } = metadata.vg;
  const { free, kept } = roomToGrow(metadata);
  // What one takes the next one has no more.
  let most = Math.max(0, free - kept);
  const growLv = (lv: Lv): Duties => {
    const { id, name } = lv;
    // What a pool has in its metadata is of no use when that is full: it comes first.
    const wanted = growthsOf(metadata, lv, rows.get(id)).toReversed();
    if (wanted.length === 0) return NOTHING;
    const growths = wanted.flatMap((growth) => {
      const { room, extents } = growth;
      const { width } = growthOf(room.segments, extentSize);
      const now = extentsIn(room.segments);
      const more = Math.min(roundUp(extents - now, width), roundDown(most, width));
      most -= more;
      return more > 0 ? [{ ...growth, extents: now + more }] : [];
    });
    if (growths.length === 0 && kept > 0)
      return {
        ...NOTHING,
        left: wanted.map(
          ({ room, fill }) =>
            `LV ${name}: ${takenOf(room, fill)}, and of what VG ${vg} has free ` +
            `${formatSize(kept * extentSize)} are kept, unless you run dvm extend-lv ${vg}/${name} ` +
            `--${room.name === "" ? "size" : room.name} +SIZE`,
        ),
      };
    // Without any room it is tried all the same, so that the allocator says what is missing.
    return { ...NOTHING, due: [growDuty(lv, growths.length > 0 ? growths : wanted)] };
  };
  const growDuty = ({ id, name }: Lv, growths: readonly Growth[]): Duty => {
    const said = growths.map(
      ({ room, fill, extents }) => `${takenOf(room, fill)}, so it gets ${formatSize(extents * extentSize)}`,
    );
    const changes = growths.map(({ room, extents }) => ({
      verb: "extend-lv" as const,
      name: id,
      ...(room.name === "" ? { extents: String(extents) } : { meta: `${extents * extentSize}s` }),
    }));
    return {
      duty: "grow",
      lv: { id, name },
      legs: [],
      text: `LV ${name}: ${said.join("; ")}`,
      perform: (sys) => updateBatch(sys, discovery, changes),
    };
  };
  return together(metadata.lvs.map(growLv));
};

const takenOf = (room: Room, fill: number): string =>
  `${fill} % of its ${room.name === "" ? "room" : room.what} is taken`;

interface Growth {
  readonly room: Room;
  /** Percent. */
  readonly fill: number;
  /** What it has then. */
  readonly extents: Extents;
}

/** What is not to be grown, since it would not help, or must not be touched. */
const HOPELESS = ["lv-snapshot-lost", "pool-failed", "pool-needs-check", "pool-differs"];

function growthsOf({ vg }: Metadata, { segments: [first] }: Lv, row: LvRow | undefined): Growth[] {
  const rooms = (first && typeOf(first)?.rooms?.(first)) ?? [];
  const { fill, metaFill, state, problems = [] } = row ?? {};
  if (state !== "active" || problems.some((problem) => HOPELESS.includes(problem))) return [];
  return rooms.flatMap((room): Growth[] => {
    const taken = room.name === "" ? fill : metaFill;
    const extents = typeof taken === "number" ? wanted(vg, room, taken) : undefined;
    return extents === undefined ? [] : [{ room, fill: taken ?? 0, extents }];
  });
}

/** By so much, and so that it is below the threshold then, but no more than is of use. */
function wanted({ policy, extentSize }: Metadata["vg"], room: Room, fill: number): Extents | undefined {
  const { extendAt = EXTEND_AT, extendBy = EXTEND_BY } = policy ?? {};
  if (fill < extendAt || extendAt === 100) return undefined;
  const now = extentsIn(room.segments);
  const enough = Math.floor((now * fill) / extendAt) + 1;
  const most = room.most?.(extentSize) ?? Number.MAX_SAFE_INTEGER;
  const next = Math.min(most, Math.max(enough, Math.ceil(now * (1 + extendBy / 100))));
  return next > now ? next : undefined;
}
