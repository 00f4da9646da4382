import type { DmState } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import { identityOf, scopesOfVg } from "../../volume/identity.ts";
import type { TextVg } from "../model.ts";
import { translateVg } from "../translate.ts";

/**
 * What is live under LVM2's uuids has to be what LVM2 itself would make of the text, or it would make another
 * device for the same LV.
 * @throws DvmError IN_USE, naming the device
 */
export function refuseUnlikeLive(text: TextVg, { devices }: Pick<DmState, "devices">): void {
  const members = text.pvs.map((pv) => ({ pv, devices: [] }));
  const { vg, lvs } = translateVg({ vg: text, members, texts: [], contradicting: [] }, undefined);
  const known = new Set(
    lvs.flatMap((lv) =>
      ["", ...(lv.foreign?.parts ?? []).map(({ layer }) => layer)].map((layer) => {
        const { name, uuid } = identityOf(vg, lv, layer);
        return `${uuid} ${name}`;
      }),
    ),
  );
  const scopes = scopesOfVg(vg);
  const stranger = devices.find(
    ({ name, uuid }) => scopes.some((scope) => uuid.startsWith(scope)) && !known.has(`${uuid} ${name}`),
  );
  if (stranger)
    throw new DvmError(
      "IN_USE",
      `${stranger.name} is live as LVM2 made it once, and LVM2 would not know it again: run dvm deactivate ` +
        `${vg.name}`,
      { details: { device: stranger.name } },
    );
}
