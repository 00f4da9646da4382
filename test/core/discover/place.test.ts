/** How a device is divided: regions where they are wanted, data where the device likes it. */
import fc from "fast-check";
import t from "tap";
import { checkLabel } from "../../../src/core/discover/check-label.ts";
import { type Geometry, placeLayout } from "../../../src/core/discover/place.ts";

const MIB = 2 ** 20;
const plain: Geometry = {
  path: "d",
  size: 64 * MIB,
  optimalIoSize: 0,
  alignmentOffset: 0,
  logicalBlockSize: 512,
};
/** In sectors. */
const mib = (count: number) => count * 2048;

t.test("data begins at 1 MiB plus what the device asks for", async (t) => {
  for (const [what, device, start] of [
    ["nothing is known", {}, mib(1)],
    ["an optimal size below 1 MiB that divides it", { optimalIoSize: 65536 }, mib(1)],
    ["exactly 1 MiB", { optimalIoSize: MIB }, mib(1)],
    ["more than 1 MiB", { optimalIoSize: 4 * MIB }, mib(4)],
    ["a stripe of five disks of 64 KiB", { optimalIoSize: 5 * 65536 }, 2560],
    ["a stripe of three disks of 512 KiB", { optimalIoSize: 3 * 512 * 1024 }, mib(1.5)],
    ["an offset of 3584 bytes", { alignmentOffset: 3584 }, mib(1) + 7],
    ["both", { optimalIoSize: 4 * MIB, alignmentOffset: 3584 }, mib(4) + 7],
    ["nonsense of a USB bridge: 33553920", { optimalIoSize: 33553920 }, mib(1)],
    ["nonsense: larger than 64 MiB", { optimalIoSize: 128 * MIB }, mib(1)],
    ["an offset that is no sector", { alignmentOffset: 100 }, mib(1)],
  ] as const) {
    t.equal(placeLayout({ ...plain, ...device }, {}).dataStart, start, what);
  }
});

t.test("data is the largest gap, in whole MiB, behind regions too", async (t) => {
  for (const [what, request, expected] of [
    ["no region", {}, [mib(1), mib(63)]],
    ["one at the head", { place: { count: 1, length: mib(16) } }, [mib(17), mib(47)]],
    ["one at each end", { place: { count: 2, length: mib(16) } }, [mib(17), mib(31)]],
    ["one that is no whole MiB", { place: { count: 1, length: 2056 } }, [mib(3), mib(61)]],
    [
      "in the middle, nearer to the end",
      { regions: [{ offset: mib(40), length: mib(1) }] },
      [mib(1), mib(39)],
    ],
    ["in the middle, nearer to the start", { regions: [{ offset: mib(8), length: 8 }] }, [mib(9), mib(55)]],
    ["as it was", { data: { offset: 2055, length: 999 } }, [2055, 999]],
  ] as const) {
    const { dataStart, dataLength } = placeLayout(plain, request);
    t.same([dataStart, dataLength], expected, what);
  }
  const odd = placeLayout({ ...plain, size: 64 * MIB + 512 * 77 }, {});
  t.same([odd.dataStart, odd.dataLength], [mib(1), mib(63)], "a size that is no whole MiB");
});

t.test("whatever is asked of whatever device, it fits or is refused", async (t) => {
  const device = fc.record({
    size: fc.integer({ min: 1, max: 200_000 }).map((sectors) => sectors * 512),
    optimalIoSize: fc.oneof(fc.constantFrom(0, 4096, 65536, 327680, MIB, 3 * MIB), fc.nat(2 ** 31)),
    alignmentOffset: fc.oneof(fc.constantFrom(0, 3584, 512), fc.nat(2 ** 21)),
  });
  const request = fc.oneof(
    fc.record({ place: fc.record({ count: fc.nat(70), length: fc.nat(10_000) }) }),
    fc.record({
      regions: fc.array(fc.record({ offset: fc.nat(200_000), length: fc.nat(3000) }), { maxLength: 4 }),
    }),
  );
  let placed = 0;
  fc.assert(
    fc.property(device, request, (geometry, wanted) => {
      const whole = { ...plain, ...geometry };
      try {
        const layout = placeLayout(whole, wanted);
        placed += 1;
        const label = {
          ...layout,
          device: { id: "", size: geometry.size / 512 },
          vg: { id: "", name: "", generation: 0, members: 0 },
        };
        checkLabel(label, "BUG");
        return layout.dataLength % 2048 === 0 && layout.dataStart >= 2048;
      } catch (error) {
        const { code } = error as { code?: string };
        return code === "TOO_SMALL" || code === "BAD_REGION";
      }
    }),
    { seed: 3, numRuns: 2000 },
  );
  t.ok(placed > 200, `${placed} fitted`);
});
