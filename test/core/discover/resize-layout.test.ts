/** Where the regions of a member go whose device has another size. */
import t from "tap";
import { toDvmError } from "../../../src/core/base/error.ts";
import { MEBIBYTE } from "../../../src/core/discover/layout.ts";
import { resizeLayout } from "../../../src/core/discover/resize-layout.ts";
import type { Label, Range } from "../../../src/schema/index.ts";

const label = (size: number, data: number, regions: readonly Range[]): Label =>
  ({
    vg: { id: "vg", name: "vg" },
    device: { id: "device", size },
    dataStart: MEBIBYTE,
    dataLength: data * MEBIBYTE,
    regions: [...regions],
  }) as unknown as Label;

const at = (offset: number, length: number): Range => ({
  offset: offset * MEBIBYTE,
  length: length * MEBIBYTE,
});

t.test("regions of several lengths", async (t) => {
  const was = label(13 * MEBIBYTE, 6, [at(8, 1), at(9, 2)]);
  for (const size of [10, 12])
    t.throws(() => resizeLayout("disk", was, size * MEBIBYTE), { code: "TOO_SMALL" }, `${size} MiB`);
  const longer = resizeLayout("disk", was, 16 * MEBIBYTE);
  t.strictSame(longer.regions, [at(13, 1), at(14, 2)]);
  t.strictSame(resizeLayout("disk", was, 8 * MEBIBYTE).regions, [at(5, 1), at(6, 2)]);
});

t.test("the size that is named is possible", async (t) => {
  const odd = label(20_000, 7, [{ offset: 17_000, length: 2048 }]);
  for (const [was, size, message] of [
    [odd, 20_600, /at least 11M, or stay as it is$/],
    [odd, 18_500, /at most 8500k, or stay as it is$/],
    [label(6 * MEBIBYTE, 1, [at(3, 1), at(4, 2)]), 5 * MEBIBYTE, /now: it has to stay as it is$/],
  ] as const) {
    const refused = t.throws(() => resizeLayout("disk", was, size), { code: "TOO_SMALL", message });
    const limit = toDvmError(refused).details?.["limit"];
    if (limit !== undefined) t.equal(resizeLayout("disk", was, Number(limit)).device.size, limit);
  }
});

t.test("no region changes or lies on what is there, of any label", async (t) => {
  let seed = 7;
  const below = (n: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % n;
  };
  let resized = 0;
  for (let turn = 0; turn < 3000; turn += 1) {
    const data = 1 + below(10);
    let end = (1 + data) * MEBIBYTE;
    const regions = Array.from({ length: 1 + below(3) }, () => {
      const offset = end + 8 * below(600) * below(2);
      const length = 8 * (1 + below(500));
      end = offset + length;
      return { offset, length };
    });
    const was = label(end + below(6000), data, regions);
    const size = Math.max(1, was.device.size + below(10 * MEBIBYTE) - 5 * MEBIBYTE);
    try {
      const next = resizeLayout("disk", was, size);
      const isLeft = (a: Range) => regions.some((b) => a.offset === b.offset && a.length === b.length);
      const isApart = (a: Range) =>
        regions.every((b) => a.offset + a.length <= b.offset || b.offset + b.length <= a.offset);
      if (!next.regions.every((region) => isLeft(region) || isApart(region)))
        t.fail(`${JSON.stringify(was)} at ${size}: ${JSON.stringify(next.regions)}`);
      if (JSON.stringify(resizeLayout("disk", next, size)) !== JSON.stringify(next)) t.fail("not for good");
      resized += 1;
    } catch (thrown) {
      const { code, message } = toDvmError(thrown);
      if (code !== "TOO_SMALL") t.fail(`${code}: ${message}`);
    }
  }
  t.ok(resized > 300, `${resized} are possible`);
});
