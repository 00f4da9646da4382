import { defined } from "../../base/assert.ts";
import type { Sys } from "../../port/sys.ts";
import { type AreaHeader, isWhole, readText, type Slot } from "../area.ts";
import type { AreaState } from "../read-pv.ts";
import { sectionIn } from "../text/edit.ts";
import { isSection } from "../text/section.ts";
import type { FoundVg } from "../vgs.ts";
import { deciderOf, headArea, type Member, membersOf } from "./members.ts";
import { noteOf, type PvNote } from "./notes.ts";
import { type AreaTarget, placeTexts, withDevice, writeHeaders, writeTexts } from "./write-texts.ts";

/**
 * Lets the metadata areas count again that did before a VG was sealed, with the text that counts. Without
 * notes, as after LVM2's next change, the flags are LVM2's, and stay.
 * @throws DvmError IO, DEADLINE
 */
export async function unsealVg(sys: Sys, found: FoundVg): Promise<void> {
  const members = membersOf(found);
  const source = deciderOf(members);
  const header = source && headArea(source)?.header;
  if (!source || !header?.committed) return;
  const { committed } = header;
  const notes = notesOf(found);
  const wanted = members.flatMap(({ listed: { path }, areas }, index) =>
    areas.flatMap((area): AreaTarget[] =>
      isToCount(notes[index], area) && !isCounting(area, committed)
        ? [{ path, offset: area.offset, size: area.size, keeps: area.header?.committed, ignored: false }]
        : [],
    ),
  );
  if (wanted.length === 0) return;
  const text = await textAt(sys, source, header, committed);
  const placed = placeTexts(wanted, text);
  await writeTexts(sys, placed, text);
  await writeHeaders(sys, placed);
}

/** @throws DvmError CORRUPT when it has changed meanwhile */
const textAt = (sys: Sys, { listed: { path } }: Member, header: AreaHeader, slot: Slot): Promise<Buffer> =>
  withDevice(sys, path, async (device) => {
    const text = await readText(device, header, slot);
    return defined(isWhole(text, slot) ? text : undefined, "the text that counts");
  });

const notesOf = ({ vg: { file, name } }: FoundVg): readonly (PvNote | undefined)[] =>
  [...sectionIn(sectionIn(file, name), "physical_volumes").items.values()].map((pv) =>
    isSection(pv) ? noteOf(pv) : undefined,
  );

const isToCount = (note: PvNote | undefined, { offset }: AreaState): boolean =>
  note?.areas.some((each) => each.offset === offset && !each.ignored) ?? false;

const isCounting = ({ header }: AreaState, { crc, size }: Slot): boolean =>
  header?.committed?.crc === crc && header.committed.size === size;
