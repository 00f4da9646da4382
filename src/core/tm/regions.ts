import type { By, Discovery } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { shellWord } from "../base/shell-word.ts";
import { type Bytes, PAGE, pagesToBytes, roundUp, SECTOR } from "../base/units.ts";
import type { Sys } from "../port/sys.ts";
import { byOf } from "./by.ts";
import { decodeBy, decodeEnvelope, type Envelope, encodeEnvelope } from "./envelope.ts";

export type Region = Discovery["regions"][number];

/** A state that a region holds. Equal hashes mean equal content and equal past. */
export interface StateId {
  readonly txid: number;
  readonly contentHash: string;
}

/** The part of replicate's status that tm decides on. */
export interface SetStatus {
  readonly state: "clean" | "preparing" | "committing" | "out-of-sync" | "unformatted";
  /**
   * What a read gives; of regions out of sync the one that all others come before, null when there is none.
   */
  readonly active: StateId | null;
  /** In the order that they were asked for. */
  readonly regions: readonly RegionState[];
}

export interface RegionState {
  readonly active: StateId | null;
  readonly shadow: StateId | null;
}

/** A state that the regions still hold, as replicate lists them. */
export interface HistoryEntry {
  readonly txid: number;
  readonly time: string | null;
  readonly contentLength: number;
  /** All of it can still be read. */
  readonly readable: boolean;
  /** Who made it; null when it was not recorded. */
  readonly by: By | null;
}

/** Regions of a VG, by way of replicate. */
export interface Formatting {
  readonly force: boolean;
  readonly room: Bytes;
  readonly dryRun: boolean;
  readonly besideLvm2?: boolean;
}

export interface Regions {
  state(): Promise<SetStatus>;
  /**
   * The active envelope, or undefined when nothing was written yet. @throws DvmError CORRUPT, as replicate
   * read
   */
  read(txid?: number): Promise<Envelope | undefined>;
  /** Newest first. */
  history(): Promise<readonly HistoryEntry[]>;
  /** @param options `room`: refuse regions into which so much would not fit; the others as replicate's */
  format(options: Formatting): Promise<void>;
  /**
   * Who makes the state is put into it, where there is room for that.
   * @param newEpoch not all members take part
   * @returns how much is written to each region, or with `dryRun` would be
   */
  prepare(
    envelope: Envelope,
    options: { readonly newEpoch: boolean; readonly dryRun: boolean },
  ): Promise<Bytes>;
  /** @returns the transaction that is committed now, everywhere */
  commit(): Promise<number>;
  /**
   * Of clean regions: what an interrupted commit has written may stand in caches alone. @throws DvmError IO
   */
  flush(): Promise<void>;
  abort(): Promise<void>;
  /**
   * Copies the state of `from` here.
   * @param force over a state that does not come before it, too
   * @returns how many pages were not there or damaged
   */
  sync(from: readonly Region[], force: boolean): Promise<number>;
}

/** @throws DvmError NOT_FOUND when there are none */
export const regionsOf = (sys: Sys, { regions, vg }: Pick<Discovery, "regions" | "vg">): Regions => {
  if (regions.length === 0)
    throw new DvmError("NOT_FOUND", `no device of VG ${vg.name} has a region with metadata`);
  return regionsAt(sys, regions);
};

export function regionsAt(sys: Sys, addresses: readonly Region[]): Regions {
  const applet = "replicate";
  const regions = { regions: [...addresses] };
  const operands = { regions };
  const { call } = sys.toolbox;
  const advised = <T>(done: Promise<T>): Promise<T> =>
    done.catch((thrown: unknown) => {
      throw withAdvice(toDvmError(thrown), addresses);
    });
  const commit = () => advised(call({ applet, verb: "commit", operands }));
  return {
    state: () => advised(call({ applet, verb: "status", operands })),
    async read(txid) {
      const asked = { applet, verb: "read", operands: { regions, dest: "-" }, options: { txid } } as const;
      const bytes = await advised(call(asked));
      return bytes.length === 0
        ? undefined
        : decodeEnvelope(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },
    async history() {
      const { states } = await advised(call({ applet, verb: "history", operands, options: { first: PAGE } }));
      return states.map(({ first = "", ...state }) => ({
        ...state,
        by: decodeBy(Buffer.from(first, "base64")) ?? null,
      }));
    },
    async format({ force, room, dryRun, besideLvm2 = false }) {
      const sectors = roundUp(room, SECTOR) / SECTOR;
      const options = { force, room: sectors, "dry-run": dryRun, "beside-lvm2": besideLvm2 };
      await advised(call({ applet, verb: "format", operands, options }));
    },
    async prepare(envelope, { newEpoch, dryRun }) {
      const options = { "new-epoch": newEpoch, "dry-run": dryRun };
      const written = (by: By | undefined) => {
        const source = encodeEnvelope({ ...envelope, by });
        return advised(call({ applet, verb: "prepare", operands: { regions, source }, options }));
      };
      const by = byOf(sys);
      const done = await written(by)
        .catch((thrown: unknown) => {
          // That refuses before it writes.
          if (by && isFull(toDvmError(thrown))) return written(undefined);
          throw thrown;
        })
        .catch((thrown: unknown) => {
          throw withRoom(toDvmError(thrown), envelope);
        });
      return pagesToBytes(done.pagesWritten / done.regions);
    },
    commit: async () => (await commit()).txid,
    async flush() {
      await commit().catch((thrown: unknown) => {
        if (toDvmError(thrown).code !== "NOTHING_PREPARED") throw thrown;
      });
    },
    async abort() {
      await advised(call({ applet, verb: "abort", operands }));
    },
    async sync(from, force) {
      const options = { from: { regions: [...from] }, force };
      return (await advised(call({ applet, verb: "sync", operands, options }))).pagesWritten;
    },
  };
}

/**
 * A device that cannot be written keeps its VG from every change: what is to be done then, somebody has to
 * decide.
 */
function withAdvice(failure: DvmError, addresses: readonly Region[]): DvmError {
  const { code, message, details, output } = failure;
  const indices = ["IO", "DEADLINE", "READ_ONLY"].includes(code) ? details["regions"] : undefined;
  if (!Array.isArray(indices)) return failure;
  const paths = [...new Set(indices.flatMap((index) => addresses[index as number]?.path ?? []))];
  if (paths.length === 0) return failure;
  const words = ["tm recover", ...paths.map((path) => `--without ${shellWord(path)}`)].join(" ");
  return new DvmError(code, `${message}: ${words} goes on without ${paths.length > 1 ? "them" : "it"}`, {
    cause: failure,
    details: { ...details, paths },
    output,
  });
}

const isFull = ({ code }: DvmError): boolean => code === "NO_SPACE" || code === "TOO_LARGE";

/** Metadata that its regions are too small for: how they become larger, regions know nothing of. */
function withRoom(failure: DvmError, { name }: Envelope): DvmError {
  const { code, message, details, output } = failure;
  if (!isFull(failure)) return failure;
  const advice =
    `remove what the VG does not need, or make room in larger regions: dvm expand ${name} DEVICE ` +
    `--region-size SIZE, and dvm reduce ${name} DEVICE for those with small ones`;
  return new DvmError(code, `${message}: ${advice}`, { cause: failure, details, output });
}
