/** How large a pool and its metadata become, where they lie, and what is said of it. */
import t from "tap";
import { lengthOf } from "../../../src/core/volume/model.ts";
import type { Metadata, ThinPoolSegment } from "../../../src/schema/index.ts";
import { changed, lvOf, pvId, told, vgOf } from "../../lib/volumes.ts";

const poolIn = (metadata: Metadata): ThinPoolSegment => lvOf(metadata, "p").segments[0] as ThinPoolSegment;
const extentsOf = (segments: ThinPoolSegment["meta"]): number =>
  segments.reduce((sum, { length }) => sum + length, 0);

/** Extents are of 4 MiB, so 2 MiB of metadata are one. */
const rows: readonly [options: object, data: number, meta: number, chunk: number, said: RegExp[]][] = [
  [{ extents: "25" }, 25, 1, 128, []],
  [{ size: "1G" }, 256, 1, 128, []],
  [{ size: "1G", "chunk-size": "1M" }, 256, 1, 2048, []],
  [{ size: "1G", "meta-size": "10M" }, 256, 3, 128, []],
  [{ size: "1G", "meta-size": "1M" }, 256, 1, 128, []],
  [{ size: "1G", stripes: 2 }, 256, 1, 128, []],
  [{ extents: "25", stripes: 2 }, 26, 1, 128, [/pool|p gets 26 extents/]],
  [{ extents: "100%FREE" }, 1998, 2, 128, []],
  [{ extents: "50%FREE", "meta-size": "40M" }, 995, 10, 128, []],
];

for (const [options, data, meta, chunk, said] of rows)
  t.test(JSON.stringify(options), async (t) => {
    told.length = 0;
    const made = changed(vgOf(1000, 1000), "create-pool", { name: "p", ...options });
    const segment = poolIn(made);
    t.equal(lengthOf(lvOf(made, "p")), data);
    t.equal(segment.length, data);
    t.equal(extentsOf(segment.data) === data, true, "its data have that room");
    t.equal(extentsOf(segment.meta), meta);
    t.equal(segment.chunkSize, chunk);
    t.equal(told.length, said.length, told.join());
    for (const [index, pattern] of said.entries()) t.match(told[index], pattern);
  });

t.test("metadata that would be too small are said to be larger", async (t) => {
  told.length = 0;
  const small = { ...vgOf(4000), vg: { ...vgOf(4000).vg, extentSize: 512 } };
  const made = changed(small, "create-pool", { name: "p", size: "64M", "meta-size": "512k" });
  t.equal(extentsOf(poolIn(made).meta), 8);
  t.match(told, [/^the metadata of pool p get 2 MiB: no pool has less$/]);
});

t.test("metadata on another PV than data", async (t) => {
  const made = changed(vgOf(100, 100), "create-pool", {
    name: "p",
    extents: "50",
    pv: [pvId(0)],
    "meta-pv": [pvId(1)],
  });
  const pvsOf = (segments: ThinPoolSegment["meta"]) =>
    segments.map((segment) => (segment as { area: { pv: string } }).area.pv);
  t.same(pvsOf(poolIn(made).data), [pvId(0)]);
  t.same(pvsOf(poolIn(made).meta), [pvId(1)]);
});

t.test("where there is no room", async (t) => {
  for (const [options, code] of [
    [{ extents: "101" }, "NO_SPACE"],
    [{ extents: "100" }, "NO_SPACE"],
    [{ extents: "10", "meta-size": "1G" }, "NO_SPACE"],
    [{ extents: "+10" }, "USAGE"],
    [{ extents: "10", "chunk-size": "32k" }, "USAGE"],
    [{ extents: "10", "chunk-size": "2G" }, "USAGE"],
    [{ extents: "10", discards: "maybe" }, "USAGE"],
  ] as const)
    t.throws(
      () => changed(vgOf(100), "create-pool", { name: "p", ...options }),
      { code },
      JSON.stringify(options),
    );
});
