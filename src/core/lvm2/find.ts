import type { DiscoveredDevice, Discovery } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { bytesToSectors } from "../base/units.ts";
import type { Sys } from "../port/sys.ts";
import { idFrom } from "./ids.ts";
import { readLvmConf } from "./lvm-conf.ts";
import type { TextPv, TextVg } from "./model.ts";
import { type SurveyedPv, surveyPvs } from "./survey.ts";
import { copiesIn, refuseCopies, requireVg } from "./vgs.ts";

export interface Lvm2Request {
  /** Name, or id in either form. */
  readonly vg: string;
  /** As discover list takes them. */
  readonly devices: readonly string[];
}

/**
 * The discovery document of a VG of LVM2.
 * @throws DvmError as requireVg; DUPLICATE, with the document, when several devices have one id
 */
export async function findLvm2Vg(sys: Sys, { vg: word, devices }: Lvm2Request): Promise<Discovery> {
  const found = requireVg(await surveyPvs(sys, devices), word);
  const { vg, members } = found;
  // Images are nothing that LVM2 comes to.
  const isOnDisks = members.some((member) => member.devices.some(({ listed }) => listed.dev !== null));
  const document: Discovery = {
    vg: {
      name: vg.name,
      id: idFrom(vg.id),
      generation: vg.seqno,
      ...(isOnDisks && { lock: `${(await readLvmConf(sys)).lockingDir}/V_${vg.name}` }),
      foreign: "lvm2",
    },
    devices: members.flatMap(({ pv, devices: [first, ...more] }) =>
      first && more.length === 0 ? [discoveredDevice(vg, pv, first)] : [],
    ),
    regions: [],
    missing: { count: members.filter((member) => member.devices.length === 0).length },
    duplicates: copiesIn(found),
  };
  refuseCopies(found, document);
  return document;
}

function discoveredDevice({ extentSize }: TextVg, pv: TextPv, device: SurveyedPv): DiscoveredDevice {
  const { path, dev, size, readOnly } = device.listed;
  const made = bytesToSectors(defined(device.label, "the label of a member").size);
  return {
    id: idFrom(pv.id),
    path,
    dev,
    size,
    ...(made > size && { short: true as const }),
    ...(readOnly && { readOnly }),
    blockBytes: device.blockBytes,
    dataStart: pv.peStart,
    dataLength: pv.peCount * extentSize,
    regions: [],
  };
}
