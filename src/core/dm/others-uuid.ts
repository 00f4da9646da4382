/** What the uuids of other programs' dm devices tell. */

/** True for multipath devices and their partitions. */
export const isMultipath = (dmUuid: string | undefined): boolean =>
  dmUuid !== undefined && /^(part\d+-)?mpath-/.test(dmUuid);

/** True for cryptsetup's devices, but for those that it has for a moment while it unlocks one. */
export const isEncrypted = (dmUuid: string | undefined): boolean =>
  dmUuid !== undefined && /^CRYPT-(LUKS[12]|PLAIN)-/.test(dmUuid);
