/**
 * Makes a VG ready to change hands: the text once more, with the next number, where nothing of dvm's is going
 * to stand, and in every area; one of them alone is to count, so that a single write ends LVM2's hold on the
 * VG. All the while it is LVM2's, as ever.
 */
import { defined } from "../../base/assert.ts";
import type { Sys } from "../../port/sys.ts";
import { mapSections, sectionIn, withItems } from "../text/edit.ts";
import type { TextSection } from "../text/section.ts";
import type { FoundVg } from "../vgs.ts";
import { encodeText } from "./encode-text.ts";
import { deciderOf, headArea, type Member, membersOf } from "./members.ts";
import { noteOf, withNote } from "./notes.ts";
import { isClear } from "./text-place.ts";
import { type AreaTarget, placeTexts, writeHeaders, writeTexts } from "./write-texts.ts";

/** Seals a VG unless it is. @throws DvmError TOO_LARGE before anything is written; IO, DEADLINE */
export async function sealVg(sys: Sys, found: FoundVg): Promise<void> {
  if (isSealed(found)) return;
  const { bytes, targets } = planSeal(sys, found);
  const placed = placeTexts(targets, bytes);
  await writeTexts(sys, placed, bytes);
  await writeHeaders(sys, placed);
}

/** Refuses what sealing would refuse. @throws DvmError TOO_LARGE */
export function checkSealable(sys: Sys, found: FoundVg): void {
  const { bytes, targets } = planSeal(sys, found);
  placeTexts(targets, bytes);
}

function planSeal(
  sys: Sys,
  found: FoundVg,
): { readonly bytes: Buffer; readonly targets: readonly AreaTarget[] } {
  const members = membersOf(found);
  const { bytes } = encodeText(sealed(found, members, Math.floor(sys.clock.now() / 1000)));
  const counting = headArea(defined(deciderOf(members), "a PV that decides"));
  const targets = members.flatMap(({ listed: { path }, areas }) =>
    areas.map(
      (area): AreaTarget => ({
        path,
        offset: area.offset,
        size: area.size,
        keeps: area.header?.committed,
        ignored: area !== counting,
      }),
    ),
  );
  return { bytes, targets };
}

/** The text of a sealed VG is there, and the others are passed over. */
function isSealed(found: FoundVg): boolean {
  const members = membersOf(found);
  const counting = members.flatMap(({ areas }) => areas.filter(({ header }) => header?.ignored !== true));
  const [only, ...more] = counting;
  const decider = deciderOf(members);
  const slot = only?.header?.committed;
  if (!only?.header || !slot || more.length > 0 || !decider || headArea(decider) !== only) return false;
  return isClear(only.header, slot) && hasNotes(found);
}

const hasNotes = ({ vg: { file, name } }: FoundVg): boolean =>
  [...sectionIn(sectionIn(file, name), "physical_volumes").items.values()].every(
    (pv) => typeof pv === "object" && "items" in pv && noteOf(pv) !== undefined,
  );

function sealed({ vg }: FoundVg, members: readonly Member[], now: number): TextSection {
  const section = sectionIn(vg.file, vg.name);
  const pvs = mapSections(sectionIn(section, "physical_volumes"), (pv, _, index) => {
    const { label, areas } = defined(members[index], "the PV of a section");
    const known = noteOf(pv);
    const now = areas.map(({ offset, size, header }) => ({
      offset,
      size,
      ignored: header?.ignored ?? false,
    }));
    // Sealed once more, after it was begun: what it was before counts.
    const before = now.map((area) => known?.areas.find(({ offset }) => offset === area.offset) ?? area);
    return withNote(pv, { sector: label.sector, size: label.size, areas: before });
  });
  return withItems(vg.file, {
    [vg.name]: withItems(section, { seqno: vg.seqno + 1, physical_volumes: pvs }),
    description: "Made ready by dvm",
    creation_time: now,
  });
}
