/** Every row, in the order of the table. */
import type { Row } from "../lib/row.ts";
import { activate } from "./activate.ts";
import { activateQemu } from "./activate-qemu.ts";
import { batch } from "./batch.ts";
import { createLv } from "./create-lv.ts";
import { devices } from "./devices.ts";
import { pages } from "./pages.ts";
import { plan } from "./plan.ts";
import { regionsBare, regionsLvm } from "./regions.ts";
import { report } from "./report.ts";
import { serve } from "./serve.ts";
import { start } from "./start.ts";

export const rows: readonly Row[] = [
  start,
  createLv(10_000, 0.5),
  createLv(100_000, 0.25),
  report,
  batch,
  plan,
  activate("activate", { lvs: 1000, rounds: 3, udevd: false }),
  activate("activate-4000", { lvs: 4000, rounds: 3, udevd: false }),
  activate("activate-udevd", { lvs: 1000, rounds: 1, udevd: true }),
  activateQemu("activate-qemu", { lvs: 1000, rounds: 3, udevd: false }),
  activateQemu("activate-qemu-udevd", { lvs: 1000, rounds: 1, udevd: true }),
  regionsBare(256),
  regionsBare(1000),
  regionsBare(4096),
  pages,
  devices,
  serve,
  // Last, since the kernel keeps the nodes of its thousands of loop devices.
  regionsLvm,
];
