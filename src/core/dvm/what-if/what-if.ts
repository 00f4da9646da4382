/** What would become of a VG's LVs without some devices, or with more. Nothing is written. */
import type { Discovery, Metadata, WhatIf, WhatIfLv } from "../../../schema/index.ts";
import { parseDocument } from "../../../schema/index.ts";
import { defined } from "../../base/assert.ts";
import { DvmError, toDvmError } from "../../base/error.ts";
import type { Sys } from "../../port/sys.ts";
import { allRuns } from "../../volume/model.ts";
import { pvNamer } from "../pv-ids.ts";
import { reportedOf } from "../report.ts";
import { findVg, readMetadata, type Where } from "../vg.ts";
import { freeIn, outlookOf, type VgDocuments } from "./outlook.ts";
import { smallestSets } from "./smallest-sets.ts";

export interface WhatIfOptions extends Where {
  readonly what: "lose" | "add";
  /** Paths or ids. */
  readonly named: readonly string[];
}

/** @throws DvmError NOT_FOUND for a device that is no member; as discover add for one to become one */
export async function whatIf(sys: Sys, { what, named, ...where }: WhatIfOptions): Promise<WhatIf> {
  const discovery = await findVg(sys, where);
  const metadata = await readMetadata(sys, discovery);
  const { vg } = metadata;
  const documents: VgDocuments = { metadata, discovery, more: await reportedOf(sys, metadata, discovery) };
  const lost = what === "lose" ? await membersOf(sys, documents, named) : new Set<string>();
  const then = what === "lose" ? documents : await withMore(sys, documents, named);
  const outlook = await outlookOf(sys, documents, new Set());
  const outlookThen = await outlookOf(sys, then, lost);
  const pathOf = new Map(discovery.devices.map(({ id, path }) => [id, path]));
  const path = (id: string) => pathOf.get(id) ?? id;
  const { sets, triedUpTo } = await smallestSets(
    discovery.devices.map(({ id }) => id),
    async (without) => {
      const found = await outlookOf(sys, documents, without);
      return [...found].some(([id, each]) => each === "lost" && outlook.get(id) !== "lost");
    },
  );
  const lvs: WhatIfLv[] = [];
  for (const { id, name } of metadata.lvs)
    lvs.push({
      id,
      name,
      now: outlook.get(id) ?? "unknown",
      after: outlookThen.get(id) ?? "unknown",
      ...(lost.size > 0 && (await whereTo(sys, documents, id, lost, path))),
    });
  return {
    vg: { id: vg.id, name: vg.name },
    without: [...lost].map(path),
    with: what === "add" ? [...named] : [],
    lvs: lvs.sort((a, b) => (a.name < b.name ? -1 : 1)),
    sets: sets.map((set) => set.map(path)),
    triedUpTo,
    freeNow: await freeIn(sys, documents, new Set()),
    freeThen: await freeIn(sys, then, lost),
  };
}

async function membersOf(
  sys: Sys,
  { discovery, metadata }: VgDocuments,
  named: readonly string[],
): Promise<ReadonlySet<string>> {
  const idOf = pvNamer(sys, discovery);
  const ids = await Promise.all(named.map(idOf));
  const known = new Set(metadata.pvs.map(({ id }) => id));
  const odd = ids.findIndex((id) => !known.has(id));
  if (odd >= 0) throw new DvmError("NOT_FOUND", `${named[odd]} is no PV of VG ${metadata.vg.name}`);
  return new Set(ids);
}

/** The VG as it would be with more devices. */
async function withMore(
  sys: Sys,
  { metadata, discovery, more }: VgDocuments,
  [device, ...others]: readonly string[],
): Promise<VgDocuments> {
  const { devices } = await sys.toolbox.call({
    applet: "discover",
    verb: "add",
    operands: { vg: discovery.vg.id, device: defined(device, "a device") },
    options: { with: others, "dry-run": true, devices: discovery.devices.map(({ path }) => path) },
  });
  const wider: Discovery = { ...discovery, devices: [...discovery.devices, ...devices] };
  const bytes = await sys.toolbox.call({
    applet: "manip",
    verb: "add-pv",
    options: { discovery: wider },
    stdin: metadata,
  });
  return { metadata: parseDocument("metadata", bytes, "with more PVs"), discovery: wider, more };
}

/** Where what an LV has on these PVs would go, if it were moved away in time; nothing for none. */
async function whereTo(
  sys: Sys,
  { metadata }: VgDocuments,
  id: string,
  lost: ReadonlySet<string>,
  path: (id: string) => string,
): Promise<Pick<WhatIfLv, "to" | "stays">> {
  const runsOf = ({ lvs }: Metadata) =>
    allRuns(
      defined(
        lvs.find((lv) => lv.id === id),
        "the LV",
      ),
    );
  const from = runsOf(metadata).find(({ pv }) => lost.has(pv))?.pv;
  if (from === undefined) return {};
  const onto = metadata.pvs.filter((pv) => !lost.has(pv.id)).map((pv) => pv.id);
  if (onto.length === 0) return { stays: "no other PV is left" };
  try {
    const bytes = await sys.toolbox.call({
      applet: "manip",
      verb: "move",
      options: { name: id, from, to: onto },
      stdin: metadata,
    });
    const before = extentsByPv(runsOf(metadata));
    const after = extentsByPv(runsOf(parseDocument("metadata", bytes, "with the LV moved")));
    const to = [...after].flatMap(([pv, extents]) => {
      const more = extents - (before.get(pv) ?? 0);
      return more > 0 && !lost.has(pv) ? [{ device: path(pv), extents: more }] : [];
    });
    return { to };
  } catch (thrown) {
    const { code, message } = toDvmError(thrown);
    if (code === "BUG") throw thrown;
    return { stays: sys.terminal.wording.of(message) };
  }
}

function extentsByPv(runs: readonly { readonly pv: string; readonly length: number }[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { pv, length } of runs) sums.set(pv, (sums.get(pv) ?? 0) + length);
  return sums;
}
