/** A VG as a document that plan and apply read. */
import type { Desired, DesiredLv, Lv, Metadata } from "../../../schema/index.ts";
import type { Sectors } from "../../base/units.ts";
import type { Sys } from "../../port/sys.ts";
import { allRuns, lengthOf } from "../../volume/model.ts";
import { kindOf, typeOf } from "../../volume/types/index.ts";
import { findVg, readMetadata, type Where } from "../vg.ts";

/** Applied to the same VG, it changes nothing. @throws DvmError as discover find and tm read do */
export async function dumpVg(sys: Sys, where: Where): Promise<Desired> {
  const discovery = await findVg(sys, where);
  const metadata = await readMetadata(sys, discovery);
  const { vg, pvs, lvs } = metadata;
  const names = await stableNames(
    sys,
    discovery.devices.map(({ path }) => path),
  );
  const pathOf = new Map(discovery.devices.map(({ id, path }) => [id, names.get(path) ?? path]));
  return {
    vgs: [
      {
        name: vg.name,
        id: vg.id,
        extentSize: sizeText(vg.extentSize),
        tags: vg.tags,
        ...(vg.policy && { policy: vg.policy }),
        devices: pvs.flatMap(({ id, tags }) => {
          const path = pathOf.get(id);
          return path === undefined ? [] : [{ path, tags }];
        }),
        // What no document can make it leaves alone.
        lvs: lvs
          .filter(({ segments }) => segments.every((segment) => typeOf(segment)?.creates.length !== 0))
          .sort((a, b) => (a.name < b.name ? -1 : 1))
          .map((lv) => dumpLv(metadata, lv, (pv) => pathOf.get(pv) ?? pv)),
      },
    ],
  };
}

function dumpLv({ vg, pvs }: Metadata, lv: Lv, nameOf: (pv: string) => string): DesiredLv {
  const last = lv.segments.at(-1);
  const on = [...new Set(allRuns(lv).map(({ pv }) => pv))];
  return {
    name: lv.name,
    id: lv.id,
    size: sizeText(lengthOf(lv) * vg.extentSize),
    ...(last && { type: kindOf(last), ...layoutIn(last) }),
    // What lies everywhere may as well grow anywhere.
    ...(on.length < pvs.length && on.length > 0 && { pvs: on.map(nameOf).sort() }),
    tags: lv.tags,
    ...(lv.access === "ro" && { "read-only": true }),
    ...(!lv.activate && { inactive: true }),
  };
}

/** Sizes in words, as people would give them. */
function layoutIn(segment: Lv["segments"][number]): Record<string, number | string> {
  const layout = typeOf(segment)?.layout?.(segment) ?? {};
  return Object.fromEntries(
    Object.entries(layout).map(([name, value]) => [name, name.endsWith("-size") ? sizeText(value) : value]),
  );
}

const UNITS = [
  ["T", 2 ** 31],
  ["G", 2 ** 21],
  ["M", 2 ** 11],
  ["k", 2],
] as const;

/** Exactly, in the largest unit that it is made of. */
function sizeText(sectors: Sectors): string {
  const [letter, unit] = UNITS.find(([, each]) => sectors % each === 0) ?? ["s", 1];
  return `${sectors / unit}${letter}`;
}

/** Names of devices that a reboot does not change, as far as the OS has such: path -> name. */
async function stableNames(sys: Sys, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const candidates = await sys.scanner.look(paths);
  return new Map(
    candidates.map(({ path, aliases }, at) => {
      const stable = aliases.filter((alias) => alias.startsWith("/dev/disk/by-id/")).sort();
      return [paths[at] ?? path, stable.find((name) => name.includes("/wwn-")) ?? stable[0] ?? path];
    }),
  );
}
