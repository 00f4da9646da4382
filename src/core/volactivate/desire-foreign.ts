/**
 * The dm devices of an LV of LVM2: those that LVM2 itself would make, under its names. What is missing is a
 * device of errors below the one that lacks it; raid goes on without, as far as its superblocks let it.
 */
import type { DmDevice, Lv, Segment, Table, Vg } from "../../schema/index.ts";
import type { Sectors } from "../base/units.ts";
import { errorLine } from "../dm/targets/error.ts";
import { identityOf } from "../volume/identity.ts";
import { components, isServed, legsOf } from "../volume/model.ts";
import type { Run } from "../volume/runs.ts";
import { typeOf } from "../volume/types/index.ts";
import { type Below, type DeviceArea, rangeOf } from "../volume/types/type.ts";
import { type Place, placeOf } from "./places.ts";

export function desireForeign(vg: Vg, lv: Lv, places: ReadonlyMap<string, Place>): DmDevice[] {
  const readOnly = lv.access === "ro" ? { readOnly: true } : {};
  return components(lv).flatMap(({ layer, segments }) => {
    const lacking: DmDevice[] = [];
    const table = segments.flatMap((segment, index): Table => {
      let area = 0;
      const below: Below = {
        extentSize: vg.extentSize,
        area(run) {
          const place = areaOf(run, places, vg.extentSize);
          const number = area;
          area += 1;
          if (place) return place;
          const missing = missingDevice(vg, lv, layer, segment, `missing_${number}_${index}`);
          lacking.push(missing);
          return { device: `@${missing.name}`, offset: 0 };
        },
        // A device stands for each area that is missing, and LVs are built on parts alone.
        absent: () => unexpected("an area without a device"),
        part: (name) => `@${identityOf(vg, lv, name).name}`,
        lv: () => unexpected("an LV that is built on another"),
        content: () => unexpected("an LV in front of another"),
      };
      return [...(typeOf(segment)?.table(segment, below) ?? [])];
    });
    return [...lacking, { ...identityOf(vg, lv, layer), table, ...(layer === "" && readOnly) }];
  });
}

function unexpected(what: string): never {
  throw new Error(`${what} in a VG of LVM2`);
}

/** As long as the segment, whatever share of it the area has. */
function missingDevice(vg: Vg, lv: Lv, layer: string, segment: Segment, below: string): DmDevice {
  const { length } = rangeOf(segment, vg.extentSize);
  return { ...identityOf(vg, lv, layer, below), table: [errorLine({ start: 0, length })] };
}

function areaOf(run: Run, places: ReadonlyMap<string, Place>, extentSize: Sectors): DeviceArea | undefined {
  const place = placeOf(places, run);
  return place && { device: place.token, offset: place.dataStart + run.start * extentSize };
}

/** Whether it comes up without being asked to in spite of what is missing: LVM2 has raid run degraded. */
export const runsDegraded = (lv: Lv, places: ReadonlyMap<string, Place>): boolean =>
  legsOf(lv).length > 0 && isServed(lv.segments, (run) => placeOf(places, run) !== undefined);
