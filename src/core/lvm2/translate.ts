/**
 * A VG of LVM2 as dvm's metadata. Hidden LVs become parts of the LVs that are built on them; what dvm has no
 * type for is there by its name, with the extents that it uses.
 */
import type { Lv, Metadata, Pv } from "../../schema/index.ts";
import { idFrom } from "./ids.ts";
import type { TextLv, TextPv, TextVg } from "./model.ts";
import { type WhyVgRefused, whyLvRefused } from "./refused.ts";
import { LvStack } from "./stack.ts";
import { splitTags } from "./tags.ts";
import { translateSegments } from "./translate-segments.ts";
import type { FoundVg } from "./vgs.ts";

/** Of a PV that was not found nobody knows it. */
const USUAL_BLOCK = 512;

/** @param refused why no LV of it may be brought up */
export function translateVg({ vg, members }: FoundVg, refused: WhyVgRefused): Metadata {
  const stack = new LvStack(vg);
  const { tags, others } = splitTags(vg.tags);
  return {
    format: "dvm-metadata",
    version: 1,
    vg: {
      id: idFrom(vg.id),
      name: vg.name,
      extentSize: vg.extentSize,
      tags,
      foreign: {
        kind: "lvm2",
        id: vg.id,
        seqno: vg.seqno,
        ...(refused !== undefined && { refused }),
        ...others,
      },
    },
    pvs: members.map(({ pv, devices: [device] }) => pvOf(pv, device?.blockBytes ?? USUAL_BLOCK)),
    lvs: stack.tops.map((lv) => lvOf(lv, vg, stack)),
  };
}

function pvOf({ id, peCount, allocatable, missing, tags: all }: TextPv, blockBytes: number): Pv {
  const { tags, others } = splitTags(all);
  return {
    id: idFrom(id),
    extents: peCount,
    blockBytes,
    tags,
    allocatable,
    foreign: { id, ...(missing && { missing: true as const }), ...others },
  };
}

function lvOf(lv: TextLv, vg: TextVg, stack: LvStack): Lv {
  const { tags, others } = splitTags(lv.tags);
  const { segments, parts } = translateSegments(lv, vg, stack);
  const refused = whyLvRefused(lv, vg, stack);
  const isSeen = stack.isSeen(lv);
  return {
    id: idFrom(lv.id),
    name: lv.name,
    // Of a VG that belongs to a system the word stands where old versions do not look for it.
    access: lv.status.has("WRITE") || lv.flags.has("WRITE_LOCKED") ? "rw" : "ro",
    activate: isSeen && !lv.flags.has("ACTIVATION_SKIP"),
    tags,
    segments,
    foreign: {
      id: lv.id,
      ...(!isSeen && { hidden: true as const }),
      ...(refused !== undefined && { refused }),
      ...others,
      ...(parts.length > 0 && { parts: [...parts] }),
    },
  };
}
