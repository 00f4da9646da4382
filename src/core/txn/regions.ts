import type { Discovery } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { decodeEnvelope, type Envelope, encodeEnvelope } from "./envelope.ts";

/** The part of replicate's status that tm decides on. */
export interface SetState {
  readonly state: "clean" | "preparing" | "committing" | "out-of-sync" | "unformatted";
  /** The transaction whose content a read gives; null when the regions do not agree on one. */
  readonly txid: number | null;
}

/** The VG's regions, by way of replicate. */
export interface Regions {
  state(): Promise<SetState>;
  /** The active envelope, or undefined when nothing was written yet. @throws DvmError CORRUPT, as replicate read */
  read(txid?: number): Promise<Envelope | undefined>;
  format(force: boolean): Promise<void>;
  prepare(envelope: Envelope): Promise<void>;
  /** @returns the transaction that is committed now, everywhere */
  commit(): Promise<number>;
  abort(): Promise<void>;
}

export function regionsOf(sys: Sys, discovery: Discovery): Regions {
  if (discovery.regions.length === 0)
    throw new DvmError("NOT_FOUND", `no device of VG ${discovery.vg.name} has a region with metadata`);
  const regions = { regions: discovery.regions };
  const call = (verb: string, operands = {}, options = {}) =>
    sys.toolbox.call({ applet: "replicate", verb, operands: { regions, ...operands }, options });
  return {
    state: async () => (await call("status")) as SetState,
    async read(txid) {
      const bytes = (await call("read", { dest: "-" }, txid === undefined ? {} : { txid })) as Uint8Array;
      return bytes.length === 0
        ? undefined
        : decodeEnvelope(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },
    format: async (force) => void (await call("format", {}, { force })),
    prepare: async (envelope) => void (await call("prepare", { source: encodeEnvelope(envelope) })),
    commit: async () => ((await call("commit")) as { txid: number }).txid,
    abort: async () => void (await call("abort")),
  };
}
