/** What the tool lvm2 does for a VG that changes hands: from the devices to what is made of them. */
import type { Discovery, Metadata } from "../../../schema/index.ts";
import { defined } from "../../base/assert.ts";
import type { Sys } from "../../port/sys.ts";
import type { Lvm2Request } from "../find.ts";
import { readLvmConf } from "../lvm-conf.ts";
import { surveyPvs } from "../survey.ts";
import { type FoundVg, refuseCopies, requireVg } from "../vgs.ts";
import { deciderOf, membersOf } from "./members.ts";
import { ownDiscovery, ownMetadata } from "./own.ts";
import { refuseAdoption } from "./refuse.ts";
import { sealVg } from "./seal.ts";
import { unsealVg } from "./unseal.ts";

/** @throws DvmError as requireVg, DUPLICATE, UNSUPPORTED with every reason against it, TOO_LARGE */
async function findAdoptable(sys: Sys, { vg: word, devices }: Lvm2Request): Promise<FoundVg> {
  const conf = await readLvmConf(sys);
  const found = await findWhole(sys, { vg: word, devices });
  refuseAdoption(sys, found, conf);
  return found;
}

async function findWhole(sys: Sys, { vg: word, devices }: Lvm2Request): Promise<FoundVg> {
  const found = requireVg(await surveyPvs(sys, devices), word);
  refuseCopies(found);
  return found;
}

/** The discovery document of a VG as it is once it is dvm's; the first device decides whose it is. */
export async function findOwn(sys: Sys, request: Lvm2Request): Promise<Discovery> {
  const found = await findAdoptable(sys, request);
  const discovery = ownDiscovery(found);
  const decider = defined(deciderOf(membersOf(found)), "a PV that decides").listed.path;
  const first = (path: string) => Number(path === decider);
  return {
    ...discovery,
    devices: [...discovery.devices].sort((a, b) => first(b.path) - first(a.path)),
    regions: [...discovery.regions].sort((a, b) => first(b.path) - first(a.path)),
  };
}

/** Its metadata. */
export const readOwn = async (sys: Sys, request: Lvm2Request): Promise<Metadata> =>
  ownMetadata(await findAdoptable(sys, request), sys.chance);

/** Seals it. */
export const seal = async (sys: Sys, request: Lvm2Request): Promise<void> =>
  sealVg(sys, await findAdoptable(sys, request));

/** Lets all areas count again. @throws DvmError as requireVg, IO */
export const unseal = async (sys: Sys, request: Lvm2Request): Promise<void> =>
  unsealVg(sys, await findWhole(sys, request));
