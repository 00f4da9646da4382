/** A VG for reports, small enough to know every number by heart: three PVs of 16 extents of 4 MiB. */
import type { Discovery, DmState, Metadata } from "../../src/schema/index.ts";

export const EXTENT = 8192;
export const vgId = "a".repeat(32);
export const pvId = (n: number): string => `${n}`.repeat(32);
export const lvId = (n: number): string => `${n}`.repeat(31).concat("f");

const linear = (start: number, length: number, pv: number, at: number) => ({
  type: "linear" as const,
  start,
  length,
  area: { pv: pvId(pv), start: at },
});

export const metadata: Metadata = {
  format: "dvm-metadata",
  version: 1,
  vg: { id: vgId, name: "vg0", extentSize: EXTENT, tags: ["site"] },
  pvs: [1, 2, 3].map((n) => ({
    id: pvId(n),
    extents: 16,
    blockBytes: 512,
    tags: n === 1 ? ["ssd", "hall2"] : [],
    allocatable: n !== 3,
  })),
  lvs: [
    {
      id: lvId(1),
      name: "lv9",
      access: "rw",
      activate: true,
      tags: [],
      segments: [linear(0, 4, 1, 0), linear(4, 2, 2, 14)],
    },
    {
      id: lvId(2),
      name: "lv10",
      access: "ro",
      activate: false,
      tags: ["old"],
      segments: [
        {
          type: "striped",
          start: 0,
          length: 8,
          stripeSize: 128,
          areas: [
            { pv: pvId(1), start: 8 },
            { pv: pvId(2), start: 0 },
          ],
        },
      ],
    },
    {
      id: lvId(3),
      name: "safe",
      access: "rw",
      activate: true,
      tags: ["demo", "db"],
      segments: [
        {
          type: "raid",
          level: "raid1",
          start: 0,
          length: 3,
          regionSize: 4096,
          legs: [
            { state: "current", image: [linear(0, 3, 2, 5)], meta: [linear(0, 1, 2, 4)] },
            { state: "rebuild", image: [linear(0, 3, 3, 1)], meta: [linear(0, 1, 3, 0)] },
          ],
        },
      ],
    },
  ],
};

const device = (n: number, path: string) => ({
  id: pvId(n),
  path,
  dev: `8:${16 * n}`,
  size: 300000,
  blockBytes: 512,
  dataStart: 2048,
  dataLength: 200000,
  regions: [{ offset: 202048, length: 32768 }],
});

export const discovery: Discovery = {
  vg: { name: "vg0", id: vgId, generation: 3 },
  devices: [device(1, "/dev/sda"), device(2, "/dev/sdb"), device(3, "/dev/sdc")],
  regions: [],
  missing: { count: 0 },
  duplicates: [],
};

/** PV 3 is gone. */
export const withoutThird: Discovery = {
  ...discovery,
  devices: discovery.devices.slice(0, 2),
  missing: { count: 1 },
};

const uuid = (n: number, component = ""): string =>
  `DVM-${vgId}${lvId(n)}${component === "" ? "" : `-${component}`}`;

/** As the metadata wants it. */
export const desired: DmState = {
  scope: [`DVM-${vgId}`],
  devices: [
    {
      name: "vg0-lv9",
      uuid: uuid(1),
      table: [
        { start: 0, length: 4 * EXTENT, type: "linear", params: "8:16 2048" },
        { start: 4 * EXTENT, length: 2 * EXTENT, type: "linear", params: `8:32 ${2048 + 14 * EXTENT}` },
      ],
    },
    ...[0, 1].flatMap((leg) => [
      {
        name: `vg0-safe-rmeta_${leg}`,
        uuid: uuid(3, `rmeta_${leg}`),
        table: [
          {
            start: 0,
            length: EXTENT,
            type: "linear",
            params: `8:${32 + 16 * leg} ${2048 + (leg === 0 ? 4 : 0) * EXTENT}`,
          },
        ],
      },
      {
        name: `vg0-safe-rimage_${leg}`,
        uuid: uuid(3, `rimage_${leg}`),
        table: [
          {
            start: 0,
            length: 3 * EXTENT,
            type: "linear",
            params: `8:${32 + 16 * leg} ${2048 + (leg === 0 ? 5 : 1) * EXTENT}`,
          },
        ],
      },
    ]),
    {
      name: "vg0-safe",
      uuid: uuid(3),
      table: [
        {
          start: 0,
          length: 3 * EXTENT,
          type: "raid",
          params:
            "raid1 5 0 rebuild 1 region_size 4096 2 @vg0-safe-rmeta_0 @vg0-safe-rimage_0 " +
            "@vg0-safe-rmeta_1 @vg0-safe-rimage_1",
        },
      ],
    },
  ],
};

/** As it is: everything that is desired, the second leg of `safe` at a quarter. */
export const dm: DmState = {
  devices: desired.devices.map((each, index) => ({
    ...each,
    dev: `254:${index}`,
    suspended: false,
    readOnly: false,
    openCount: 1,
    eventNr: 0,
    inactive: null,
    status:
      each.table?.map(({ type }) => (type === "raid" ? "raid1 2 Aa 6144/24576 recover 0 0 -" : "")) ?? [],
  })),
};
