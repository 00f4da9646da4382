import type { Sectors } from "../../base/units.ts";
import { joinArgs, splitArgs } from "../args.ts";
import { readNumber, statusWords } from "./status.ts";
import { ALL, insist, onceOpened, readSigned, type Target } from "./target.ts";
import { MAX_THIN_ID } from "./thin-message.ts";

/** A device with room from a pool: `<pool> <id> [<external origin>]`. */
export interface Thin {
  readonly pool: string;
  /** Known to the pool already: `create_thin` or `create_snap` made it. */
  readonly id: number;
  /** Read, never written, where the thin device has nothing of its own. */
  readonly externalOrigin?: string;
}

export type ThinStatus =
  | { readonly state: "ok"; readonly mapped: Sectors; readonly highestMapped: Sectors | null }
  | { readonly state: "failed" };

/** Linux Documentation/admin-guide/device-mapper/thin-provisioning.rst */
export const thin: Target<Thin, ThinStatus> = {
  type: "thin",
  version: [1, 22, 0],
  features: {},
  modules: ["dm-thin-pool"],
  worksAlone: false,
  growsInPlace: true,
  loadsQuietly: false,
  decodeParams(params) {
    const [pool, id, externalOrigin, ...more] = splitArgs(params);
    insist(pool !== undefined && id !== undefined && more.length === 0, "Invalid argument count");
    insist(pool !== externalOrigin, "Error setting origin device");
    return {
      pool,
      id: onceOpened(ALL, () => readSigned(id, "Invalid device id", 0, MAX_THIN_ID)),
      ...(externalOrigin !== undefined && { externalOrigin }),
    };
  },
  encodeParams: ({ pool, id, externalOrigin }) =>
    joinArgs([pool, id, ...(externalOrigin === undefined ? [] : [externalOrigin])]),
  // The origin is opened first.
  devicePositions: (words) => (words.length > 2 ? [2, 0] : [0]),
  check() {},
  areas: ({ pool, externalOrigin }) => [
    { device: pool, start: 0, length: 0 },
    ...(externalOrigin === undefined ? [] : [{ device: externalOrigin, start: 0, length: 0 }]),
  ],
  decodeStatus(text) {
    const [first, second] = statusWords(text);
    if (first === "Fail" || first === "Error") return { state: "failed" };
    const mapped = readNumber(first);
    const highestMapped = second === "-" ? null : readNumber(second);
    return mapped === undefined || highestMapped === undefined
      ? undefined
      : { state: "ok", mapped, highestMapped };
  },
  troubles: (status) => (!status ? ["unreadable"] : status.state === "failed" ? ["pool-failed"] : []),
};
