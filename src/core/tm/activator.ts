import type { Activation, Discovery } from "../../schema/index.ts";
import { asBuffer } from "../base/bytes.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";

/**
 * Brings device-mapper along with the metadata, by way of volactivate. Metadata are bytes: tm does not read
 * them.
 */
export interface Activator {
  /**
   * Metadata that shall be the first of a VG.
   * @throws DvmError BAD_INPUT, UNSUPPORTED when it is none, BAD_INPUT when the labels have another name
   */
  check(metadata: Uint8Array): Promise<void>;
  /** @throws DvmError INCOMPLETE for an LV with extents that no device has room for */
  requirePlaces(metadata: Uint8Array): Promise<void>;
  /** The VG's name, as the metadata has it. @throws DvmError BAD_INPUT when it is none */
  nameIn(metadata: Uint8Array): Promise<string>;
  /**
   * New metadata with what is known of its free extents, whatever its maker knew of that.
   * @param old what is committed; undefined: nothing is known
   */
  account(old: Uint8Array | undefined, next: Buffer): Promise<Buffer>;
  /** New metadata with what live devices tell of legs that were to be rebuilt, and have begun to be. */
  observe(old: Uint8Array, next: Buffer): Promise<Buffer>;
  /**
   * What to commit before prepare may wipe: the old metadata itself, when it would wipe nothing that is known
   * of.
   */
  claim(old: Buffer, next: Uint8Array, options: Pick<PrepareOptions, "wipe">): Promise<Buffer>;
  /** The earlier metadata as the next. @throws DvmError WOULD_LOSE_DATA for what is not allowed */
  restore(old: Uint8Array, earlier: Uint8Array, allow: readonly string[]): Promise<Buffer>;
  /** Checks, and loads what nobody sees yet; undoes it when it fails. */
  prepare(old: Uint8Array, next: Uint8Array, options: PrepareOptions): Promise<Activation>;
  commit(activation: Activation): Promise<void>;
  abort(activation: Activation): Promise<void>;
  /** Makes dm agree with the metadata, whatever was begun. @returns what was done, for people */
  settle(metadata: Uint8Array): Promise<readonly string[]>;
}

export interface PrepareOptions {
  /** False: no dm device may change; only the refusals count. */
  readonly activate: boolean;
  readonly dryRun: boolean;
  /** False: what new LVs find on the disks is their content from before. */
  readonly wipe: boolean;
}

export function activatorOf(sys: Sys, discovery: Discovery): Activator {
  const call = sys.toolbox.call;
  const applet = "volactivate";
  const nameIn = async (metadata: Uint8Array) =>
    String(await call({ applet, verb: "name", options: { metadata } })).trimEnd();
  return {
    async check(metadata) {
      await call({ applet, verb: "desired", options: { metadata, discovery, partial: true } });
      const [name, labelled] = [await nameIn(metadata), discovery.vg.name];
      if (name !== labelled)
        throw new DvmError("BAD_INPUT", `the metadata is of VG ${name}, the labels say ${labelled}`);
    },
    async requirePlaces(metadata) {
      await call({ applet, verb: "desired", options: { metadata, discovery } });
    },
    nameIn,
    account: async (old, next) =>
      other(await call({ applet, verb: "account", options: { old, new: next } })) ?? next,
    observe: async (old, next) =>
      other(await call({ applet, verb: "observe", options: { old, new: next, discovery } })) ?? next,
    claim: async (old, next, { wipe }) =>
      other(await call({ applet, verb: "claim", options: { old, new: next, "no-wipe": !wipe } })) ?? old,
    restore: async (old, earlier, allow) =>
      asBuffer(await call({ applet, verb: "restore", options: { old, earlier, allow } })),
    prepare: async (old, next, { activate, dryRun, wipe }) =>
      (await call({
        applet,
        verb: "prepare",
        options: {
          old,
          new: next,
          discovery,
          "no-activate": !activate,
          "no-wipe": !wipe,
          "dry-run": dryRun,
        },
      })) as Activation,
    commit: async (activation) => void (await call({ applet, verb: "commit", stdin: activation })),
    abort: async (activation) => void (await call({ applet, verb: "abort", stdin: activation })),
    settle: async (metadata) =>
      (
        (await call({ applet, verb: "settle", options: { metadata, discovery } })) as {
          summary: readonly string[];
        }
      ).summary,
  };
}

/** Nothing stands for: as it was. */
const other = (given: unknown): Buffer | undefined => {
  const bytes = asBuffer(given as Uint8Array);
  return bytes.length === 0 ? undefined : bytes;
};
