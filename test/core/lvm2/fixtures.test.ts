/** What LVM2 has written is read as LVM2 reads it: names, ids, sizes, extents; and every copy is accounted for. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { DvmError, toDvmError } from "../../../src/core/base/error.ts";
import { usageOf } from "../../../src/core/volume/usage.ts";
import type { Lvm2Check, Metadata } from "../../../src/schema/index.ts";
import { parseDocument } from "../../../src/schema/index.ts";
import { ImageVg } from "../../lib/image-vg.ts";
import { goldenReports, lvm2Fixtures, lvm2Texts, restoreLvm2 } from "../../lib/lvm2-fixtures.ts";

const scratch = mkdtempSync(join(tmpdir(), "dvm-lvm2-"));
t.teardown(() => rmSync(scratch, { recursive: true, force: true }));
const conf = join(scratch, "lvm.conf");
writeFileSync(conf, `global {\n\tlocking_dir = "${scratch}/locks" # not the machine's\n}\n`);

/** The world with a fixture's disks. */
function worldOf(t: Test, fixture: string, without: readonly string[] = []): ImageVg {
  const world = new ImageVg({ lvm2: { conf } });
  t.teardown(() => world.remove());
  restoreLvm2(fixture, world.images, without);
  return world;
}

const read = async (world: ImageVg, vg: string): Promise<Metadata> =>
  parseDocument(
    "metadata",
    (await world.call({ applet: "lvm2", verb: "read", operands: { vg } })) as Uint8Array,
    "of lvm2 read",
  );

const check = (world: ImageVg): Promise<Lvm2Check> =>
  world
    .call({ applet: "lvm2", verb: "check" })
    .catch((thrown) => toDvmError(thrown).output) as Promise<Lvm2Check>;

const bare = (id: string): string => id.replaceAll("-", "");

/** Findings that are problems, or that something is left to LVM2, beyond "vg-sound". */
const PROBLEMS: Readonly<Record<string, readonly string[]>> = {
  badmeta: ["area-damaged", "area-damaged", "area-stale", "pv-missing"],
  missflag: ["area-stale", "pv-flagged-missing"],
  vgname: ["name-twice", "name-twice", "pv-copied"],
};

for (const fixture of lvm2Fixtures)
  t.test(fixture, async (t) => {
    const world = worldOf(t, fixture);
    const { lvs, vgs } = goldenReports(fixture);
    const checked = await check(world);
    t.strictSame(
      checked.findings.flatMap(({ ok, code }) => (ok ? [] : [code])).sort(),
      PROBLEMS[fixture] ?? [],
      "problems",
    );
    for (const vg of vgs) {
      const id = vg["vg_uuid"] ?? "";
      const metadata = await read(world, id);
      t.equal(metadata.vg.name, vg["vg_name"]);
      t.equal(metadata.vg.foreign?.id, bare(id));
      t.equal(metadata.vg.extentSize * 512, Number(vg["vg_extent_size"]));
      t.equal(metadata.vg.foreign?.seqno, Number(vg["vg_seqno"]));
      t.equal(
        metadata.pvs.reduce((sum, pv) => sum + pv.extents, 0),
        Number(vg["vg_extent_count"]),
      );
      const usage = usageOf(metadata, "BAD_INPUT");
      const used = [...usage.values()].flat().reduce((sum, { start, end }) => sum + end - start, 0);
      t.equal(used, Number(vg["vg_extent_count"]) - Number(vg["vg_free_count"]), "extents in use");
      // Of what is exported, or another system's, LVM2 tells little.
      if (metadata.vg.foreign?.refused !== undefined) continue;
      const seen = lvs.filter((row) => row["vg_uuid"] === id && !row["lv_name"]?.startsWith("["));
      const visible = metadata.lvs.filter(({ foreign }) => !foreign?.hidden);
      t.strictSame(
        visible.map((lv) => `${lv.name} ${lv.foreign?.id}`).sort(),
        seen.map((row) => `${row["lv_name"]} ${bare(row["lv_uuid"] ?? "")}`).sort(),
      );
      for (const row of seen) {
        const lv = visible.find(({ name }) => name === row["lv_name"]);
        const last = lv?.segments.at(-1);
        const size = ((last?.start ?? 0) + (last?.length ?? 0)) * metadata.vg.extentSize * 512;
        // With room for a reshape the segment is longer than the LV.
        if (!row["lv_layout"]?.includes("raid") || fixture !== "convert")
          t.equal(size, Number(row["lv_size"]), `size of ${row["lv_name"]}`);
        t.equal(lv?.access, row["lv_attr"]?.[1] === "w" ? "rw" : "ro", `access of ${row["lv_name"]}`);
        t.strictSame(
          [...(lv?.tags ?? []), ...(lv?.foreign?.tags ?? [])].sort(),
          (row["lv_tags"] ?? "").split(",").filter(Boolean).sort(),
        );
      }
    }
  });

/** What LVM2 says to each text; no more is taken than LVM2 takes. */
const VERDICTS: Readonly<Record<string, string | RegExp>> = {
  "beyond-pv": "CORRUPT",
  "lock-type": /lvmlockd/,
  "no-nul": "CORRUPT",
  "odd-syntax": "taken",
  "other-version": "CORRUPT",
  overlap: "CORRUPT",
  "segment-count": "CORRUPT",
  "twice-same-id": "CORRUPT",
  "unknown-flag": "taken",
  "unknown-pv": "CORRUPT",
  "unknown-status": "CORRUPT",
  "unknown-type": "LV a: lvm2:futuristic",
  "unknown-type-flag": "LV a: lvm2:striped+NEWER",
};

t.test("texts with one edit each", async (t) => {
  t.strictSame(Object.keys(VERDICTS), lvm2Texts);
  for (const name of lvm2Texts) {
    const world = worldOf(t, `text/${name}`);
    const metadata = await read(world, "vv").catch(toDvmError);
    t.match(metadata instanceof DvmError ? metadata.code : verdictOn(metadata), VERDICTS[name] ?? "", name);
  }
});

function verdictOn({ vg, lvs }: Metadata): string {
  const odd = lvs.flatMap(({ name, segments }) =>
    segments.flatMap(({ type }: { readonly type: string }) =>
      type.startsWith("lvm2:") ? [`LV ${name}: ${type}`] : [],
    ),
  );
  return vg.foreign?.refused ?? (odd.join(", ") || "taken");
}
