/** What keeps a VG from becoming dvm's, each with what to do about it. */
import { DvmError, toDvmError } from "../../base/error.ts";
import { MEBIBYTE_BYTES, SECTOR } from "../../base/units.ts";
import type { Sys } from "../../port/sys.ts";
import { checkMetadata } from "../../volume/check.ts";
import type { HostIdentity } from "../refused.ts";
import { whyVgRefused } from "../refused.ts";
import { translateVg } from "../translate.ts";
import { STORE } from "../types/snapshot.ts";
import { wayWith } from "../types/ways.ts";
import type { FoundVg } from "../vgs.ts";
import { deciderOf, type Member, membersOf } from "./members.ts";
import { ownMetadata } from "./own.ts";
import { checkSealable } from "./seal.ts";

const NAMED = 4;
const SECTORS_PER_PAGE = 8;
/** As the spare for metadata that outlives the last pool. */
const HIDDEN = "lvremove it when nothing has a use for it any more";

/** @throws DvmError UNSUPPORTED with every reason; TOO_LARGE; nothing is written */
export function refuseAdoption(sys: Sys, found: FoundVg, host: HostIdentity): void {
  const { vg } = found;
  const away = found.members.filter(({ pv, devices }) => devices.length === 0 || pv.missing);
  if (away.length > 0)
    throw refused(found, [
      `the PV that was at ${away[0]?.pv.device ?? "an unknown place"} is missing: bring it back ` +
        "(vgextend --restoremissing), or have LVM2 go on without it (vgreduce --removemissing)",
    ]);
  const members = membersOf(found);
  const why = whyVgRefused(vg, host);
  const reasons = [
    ...(why === undefined ? [] : [`it ${why}`]),
    ...(vg.extentSize % SECTORS_PER_PAGE === 0
      ? []
      : [`its extents of ${vg.extentSize} sectors are no multiple of 4 KiB, as dvm's are`]),
    ...members.flatMap((member) => wrongWithPv(member, found)),
    ...wrongWithLvs(found),
  ];
  if (reasons.length === 0 && !deciderOf(members))
    reasons.push(
      "no PV has metadata that LVM2 goes by at its head: pvchange --metadataignore n of LVM2 makes one count",
    );
  if (reasons.length > 0) throw refused(found, reasons);
  refuseContent(sys, found);
  checkSealable(sys, found);
}

function wrongWithPv(
  { pv, listed: { path, size }, label, areas, device }: Member,
  { vg }: FoundVg,
): string[] {
  const least = MEBIBYTE_BYTES / SECTOR;
  const broken = areas.find(({ problem }) => problem);
  const isOthers = areas.find((area) => area.vg !== undefined && area.vg.id !== vg.id);
  return [
    ...(pv.peStart < least
      ? [
          `the data of ${path} begin at sector ${pv.peStart}, and dvm's label takes the first ${least}: ` +
            "have LVM2 move it to a PV that was made by a newer version (pvmove, vgreduce)",
        ]
      : []),
    ...((pv.peStart * SECTOR) % device.blockBytes === 0
      ? []
      : [`the data of ${path} do not begin on a block`]),
    ...(size < pv.peStart + pv.peCount * vg.extentSize ? [`${path} is shorter than its PV`] : []),
    ...(label.boot.length > 0 ? [`${path} has a boot loader's area, where dvm's label would go`] : []),
    ...(broken || isOthers
      ? [
          `a copy of the metadata on ${path} is damaged or another VG's: LVM2's vgck --updatemetadata ` +
            "mends it",
        ]
      : []),
  ];
}

function wrongWithLvs(found: FoundVg): string[] {
  return translateVg(found, undefined).lvs.flatMap(({ name, segments, foreign }) => {
    const odd = segments.map((segment): string => segment.type).find((type) => type.startsWith("lvm2:"));
    const type = odd?.slice("lvm2:".length);
    if (foreign?.refused !== undefined) {
      const way = odd === STORE ? wayWith(type ?? "") : foreign.hidden ? HIDDEN : undefined;
      return [`LV ${name} ${foreign.refused}${way === undefined ? "" : `: ${way}`}`];
    }
    if (type !== undefined)
      return [`LV ${name} is of type ${type}, which dvm does not take over: ${wayWith(type)}`];
    return [];
  });
}

/** What dvm cannot hold, as names and sizes that are LVM2's alone. */
function refuseContent({ chance }: Sys, found: FoundVg): void {
  try {
    checkMetadata(ownMetadata(found, chance), "BAD_INPUT");
  } catch (thrown) {
    const { code, message } = toDvmError(thrown);
    if (code === "BUG") throw thrown;
    throw refused(found, [`${message.replace(/^metadata of VG \S+: /, "")}: rename or change it with LVM2`]);
  }
}

function refused({ vg: { name } }: FoundVg, reasons: readonly string[]): DvmError {
  const more = reasons.length > NAMED ? `; and ${reasons.length - NAMED} more reasons` : "";
  return new DvmError(
    "UNSUPPORTED",
    `VG ${name} cannot be adopted: ${reasons.slice(0, NAMED).join("; ")}${more}`,
    { details: { reasons: [...reasons] } },
  );
}
