/** A volume type that there is not: an LV that is another one once more, as a dm device of its own. */
import { errorLine } from "../../src/core/dm/targets/error.ts";
import { linear } from "../../src/core/dm/targets/linear.ts";
import { understand } from "../../src/core/volume/types/index.ts";
import type { Below, VolumeType } from "../../src/core/volume/types/type.ts";
import type { Lv, Metadata, Segment } from "../../src/schema/index.ts";

interface LayerSegment {
  readonly type: "layer";
  readonly start: number;
  readonly length: number;
  /** Ids of the LVs that it is built on: it shows the first. */
  readonly on: readonly string[];
}

const none = () => {
  throw new Error("not in these tests");
};

const layer = {
  name: "layer",
  traits: [],
  runs: () => [],
  parts: () => [],
  uses: ({ on }: LayerSegment) => on,
  width: () => 1,
  stripeSize: () => null,
  key: ({ on }: LayerSegment) => `as ${on.join(" ")}`,
  check() {},
  encode: ({ on }: LayerSegment) => `"on":${JSON.stringify(on)}`,
  creates: [],
  like: none,
  grow: none,
  cut: (segment: LayerSegment, length: number) => ({ ...segment, length }),
  table: ({ start, length, on: [first = ""] }: LayerSegment, { extentSize, lv }: Below) => {
    const at = { start: start * extentSize, length: length * extentSize };
    const device = lv(first);
    if (device === null) return [errorLine(at)];
    return [{ ...at, type: linear.type, params: linear.encodeParams({ device, offset: 0 }) }];
  },
  learn: () => [],
};

/** Has it understood, by all that this process does. */
export const understandLayers = (): void => understand(layer as unknown as VolumeType);

/** The metadata with an LV on top of others, by name. */
export function withLayer(
  metadata: Metadata,
  name: string,
  on: readonly string[],
  more: Partial<Lv> = {},
): Metadata {
  const used = on.map((each) => metadata.lvs.find((lv) => lv.name === each));
  const length = used[0]?.segments.reduce((sum, segment) => sum + segment.length, 0) ?? 0;
  const segment = { type: "layer", start: 0, length, on: used.map((lv) => lv?.id ?? "f".repeat(32)) };
  const lv: Lv = {
    id: Buffer.from(name.padEnd(16, "-")).toString("hex"),
    name,
    access: "rw",
    activate: true,
    tags: [],
    segments: [segment as unknown as Segment],
    ...more,
  };
  return { ...metadata, lvs: [...metadata.lvs, lv] };
}
