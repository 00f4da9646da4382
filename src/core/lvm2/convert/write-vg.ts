/**
 * A VG of dvm becomes LVM2's: text, headers and labels, each step after the one before is durable everywhere.
 */
import type { Discovery, DmState, Metadata } from "../../../schema/index.ts";
import { defined } from "../../base/assert.ts";
import { sha256 } from "../../base/bytes.ts";
import { DvmError } from "../../base/error.ts";
import { SECTOR } from "../../base/units.ts";
import { LABEL_COPIES } from "../../port/member.ts";
import type { Sys } from "../../port/sys.ts";
import { encodeLabel } from "../label.ts";
import { encodeText } from "./encode-text.ts";
import { findSealed } from "./find-sealed.ts";
import { refuseUnlikeLive } from "./refuse-unlike-live.ts";
import { type Released, releaseText } from "./release-text.ts";
import { writeBlocks } from "./write-blocks.ts";
import {
  type AreaTarget,
  headerOf,
  placeTexts,
  withDevice,
  writeHeaders,
  writeTexts,
} from "./write-texts.ts";

export interface WriteRequest {
  readonly step: string;
  readonly discovery: Discovery;
  readonly metadata: Metadata;
  /** Id of the device whose metadata counts, and whose label comes last. */
  readonly decider: string;
  /** What is live of the VG as LVM2 made it, which has to be what the text has. */
  readonly live: DmState | undefined;
}

const STEPS = ["check", "texts", "headers", "labels"];

/**
 * Every step makes the same text of the same metadata and devices.
 * @returns for texts the SHA-256 of the header of the device that decides
 * @throws DvmError USAGE, UNSUPPORTED, IN_USE, INCOMPLETE, TOO_LARGE before anything is written; IO, DEADLINE
 */
export async function writeVg(
  sys: Sys,
  { step, discovery, metadata, decider, live }: WriteRequest,
): Promise<string> {
  if (!STEPS.includes(step)) throw new DvmError("USAGE", `"${step}" is none of ${STEPS.join(", ")}`);
  const sealed = await findSealed(sys, discovery);
  const { file, pvs } = releaseText(metadata, discovery, sealed.vg);
  const { bytes, vg } = encodeText(file);
  if (live) refuseUnlikeLive(vg, live);
  const targets = pvs.flatMap(({ path, id, areas }) => {
    const place = sealed.places.get(path);
    return areas.map((area): AreaTarget => {
      const isHead = area.offset === LABEL_COPIES[0].offset;
      // What the VG was made of stays, for whoever has to make the text once more.
      const keeps =
        isHead && place
          ? { offset: place.begin - area.offset, size: place.end - place.begin, crc: 0 }
          : undefined;
      return { path, offset: area.offset, size: area.size, keeps, ignored: !(isHead && id === decider) };
    });
  });
  const placed = placeTexts(targets, bytes);
  const counting = defined(
    placed.find(({ ignored }) => !ignored),
    "the area that counts",
  );
  if (step === "texts") await writeTexts(sys, placed, bytes);
  if (step === "headers") await writeHeaders(sys, placed);
  if (step === "labels") await writeLabels(sys, pvs, decider);
  return step === "texts" ? sha256(headerOf(counting)).toString("hex") : "";
}

async function writeLabels(sys: Sys, pvs: Released["pvs"], last: string): Promise<void> {
  const ordered = [...pvs].sort((a, b) => Number(a.id === last) - Number(b.id === last));
  for (const { path, label } of ordered)
    await withDevice(sys, path, (device) => writeBlocks(device, label.sector * SECTOR, encodeLabel(label)));
}
