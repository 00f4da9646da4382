/**
 * Devices that the VG went on without and that are there again: what they hold is an ancestor of what the VG
 * has, which whoever brings them up to date proves, and their legs are rebuilt.
 */
import { recoverVg } from "../recover.ts";
import type { DutyKind } from "./duty.ts";
import { pastOf } from "./past.ts";

export const returned: DutyKind = async (view) => {
  const { verified, metadata, discovery, where } = view;
  const away = new Set(metadata.pvs.flatMap(({ id, allocatable }) => (allocatable ? [] : [id])));
  const back = verified.strangers.filter((id) => away.has(id));
  if (back.length === 0) return { due: [], left: [] };
  const past = await pastOf(view);
  const isAway = (id: string) =>
    past?.every(({ pvs }) => pvs.some((pv) => pv.id === id && !pv.allocatable)) ?? false;
  const pathOf = (id: string) => discovery.devices.find((device) => device.id === id)?.path ?? id;
  return {
    due: back.filter(isAway).map((id) => ({
      duty: "return",
      lv: null,
      legs: [],
      text: `VG ${metadata.vg.name}: ${pathOf(id)} is back, and is brought up to date`,
      perform: (sys) => recoverVg(sys, { ...where, without: [], resync: [id], choose: undefined }),
    })),
    left: back
      .filter((id) => !isAway(id))
      .map(
        (id) =>
          `VG ${metadata.vg.name}: ${pathOf(id)} is back, and is waited for until it has been for a while`,
      ),
  };
};
