/**
 * The PVs of a VG that is to become dvm's, or has just been: on each the label, the metadata areas, and what
 * of them LVM2 goes by. One of them decides whose the VG is: it alone has metadata that LVM2 goes by, and a
 * region.
 */
import { defined } from "../../base/assert.ts";
import { LABEL_COPIES } from "../../port/member.ts";
import type { PvLabel } from "../label.ts";
import type { TextPv } from "../model.ts";
import type { AreaState } from "../read-pv.ts";
import type { ListedPv, SurveyedPv } from "../survey.ts";
import type { FoundVg } from "../vgs.ts";

export interface Member {
  readonly pv: TextPv;
  readonly listed: ListedPv;
  readonly device: SurveyedPv;
  readonly label: PvLabel;
  readonly areas: readonly AreaState[];
}

/** Of a VG of which each PV is there once, which is known. In the order of the text. */
export const membersOf = ({ members }: FoundVg): readonly Member[] =>
  members.map(({ pv, devices: [found] }) => {
    const device = defined(found, "a PV that is there");
    return {
      pv,
      device,
      listed: device.listed,
      label: defined(device.label, "its label"),
      areas: device.areas,
    };
  });

const FIRST_COPY = LABEL_COPIES[0].offset;

/** The area whose header stands where the first copy of dvm's label is going to stand. */
export const headArea = ({ areas }: Member): AreaState | undefined =>
  areas.find(({ offset }) => offset === FIRST_COPY);

/** The first PV whose metadata LVM2 goes by, in that area; undefined when there is none. */
export const deciderOf = (members: readonly Member[]): Member | undefined =>
  members.find((member) => {
    const area = headArea(member);
    return area?.header?.ignored === false && area.vg !== undefined;
  });
