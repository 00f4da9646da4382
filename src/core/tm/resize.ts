import type { DiscoveredDevice, Discovery, TmResult } from "../../schema/index.ts";
import { assert, defined } from "../base/assert.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { type Bytes, formatSize, type Sectors } from "../base/units.ts";
import type { Sys } from "../port/sys.ts";
import { activatorOf } from "./activator.ts";
import { idsOf, withDevices } from "./among.ts";
import { claim } from "./claim.ts";
import { encodeEnvelope } from "./envelope.ts";
import { runMutator } from "./mutate.ts";
import { type Intent, planOf, rehearse } from "./plan-of.ts";
import { regionsOf } from "./regions.ts";
import { isForRecovery, transact } from "./transact.ts";
import type { MutateOptions } from "./update.ts";
import { withChangeable } from "./with-changeable.ts";
import { withMetadata } from "./with-metadata.ts";

export interface TmResizeOptions extends MutateOptions {
  /** Path or id of the member. */
  readonly device: string;
  /** That it has, or shall have; as it is now when undefined. */
  readonly size: Sectors | undefined;
}

/** A member before and after it is divided anew. */
interface Resizing {
  readonly was: DiscoveredDevice;
  readonly planned: DiscoveredDevice;
  /** Regions that it has not had. */
  readonly moved: DiscoveredDevice["regions"];
  readonly size: Sectors | undefined;
}

/**
 * Divides a member anew whose size is or shall be another, and changes the metadata along. Each step leaves a
 * VG that is whole, and the same call goes on from there:
 *
 * - longer: new regions at the new end are formatted and brought to the state of the others, where nobody
 *   looks for any; then the label says so, which is one write; then the metadata counts the extents.
 * - shorter: the metadata gives up the extents, which the mutator refuses while they are in use; then there
 *   is room for new regions before the old ones, and the rest is as above.
 *
 * The region that is left stays as it is until an LV takes its extents, so the older copy of the label is as
 * good as the newer one until both are written.
 * @throws DvmError NOT_FOUND, TOO_SMALL; as the mutator, transact; HALF_DONE once anything is written
 */
export async function resizeMember(sys: Sys, found: Discovery, options: TmResizeOptions): Promise<TmResult> {
  const { dryRun, activate, command, size } = options;
  return withChangeable(sys, found, options, async ({ view: { discovery }, old, txid }) => {
    const [id = ""] = idsOf(discovery, [options.device]);
    const was = defined(
      discovery.devices.find((device) => device.id === id),
      "the device",
    );
    const planned = await divide(sys, discovery, { was, size }, { dryRun: true });
    const moved = planned.regions.filter(
      ({ offset }) => !was.regions.some((region) => region.offset === offset),
    );
    const resizing = { was, planned, moved, size };
    // Until the regions are brought along, those that are there have the metadata.
    const wide = replaced(discovery, { ...was, dataLength: planned.dataLength });
    const metadata = await runMutator(sys, wide, command, old.metadata);
    const next = await withMetadata(sys, wide, old, metadata);
    await activatorOf(sys, wide).requirePlaces(next.metadata);
    const isCounted = next.metadata.equals(old.metadata);
    const isLonger = planned.dataLength > was.dataLength;
    const isDivided = moved.length === 0 && planned.dataLength === was.dataLength;
    const intent = { discovery: isLonger ? wide : discovery, old, txid, next, activate };
    const { written } = isCounted ? { written: 0 } : await rehearse(sys, intent);
    await bring(sys, discovery, resizing, { room: encodeEnvelope(old).length + written, dryRun: true });
    if (dryRun) return planOf(sys, intent);
    const steps = new Steps(sys, { ...intent, discovery }, resizing, isCounted);
    await (isLonger ? steps.lengthen() : steps.shorten());
    if (isCounted && isDivided) return { txid, changed: false, summary: ["nothing has changed"] };
    const sizes = [planned, was].map(({ dataLength }) => formatSize(dataLength));
    const told = `${was.path} has ${sizes[0]} of data, and had ${sizes[1]}`;
    return { txid: steps.txid, changed: true, summary: [told] };
  });
}

class Steps {
  txid: number;
  readonly #sys: Sys;
  readonly #intent: Intent;
  readonly #resizing: Resizing;
  readonly #isCounted: boolean;
  #isBegun = false;

  constructor(sys: Sys, intent: Intent, resizing: Resizing, isCounted: boolean) {
    this.#sys = sys;
    this.#intent = intent;
    this.#resizing = resizing;
    this.#isCounted = isCounted;
    this.txid = intent.txid;
  }

  async lengthen(): Promise<void> {
    const { was, planned } = this.#resizing;
    await this.#bring(was.dataStart + was.dataLength);
    await this.#divide();
    await this.#count(replaced(this.#intent.discovery, planned));
  }

  async shorten(): Promise<void> {
    const { planned } = this.#resizing;
    await this.#count(this.#intent.discovery);
    await this.#bring(planned.dataStart + planned.dataLength);
    await this.#divide();
  }

  /** @param from nothing from there on is anybody's */
  async #bring(from: Sectors): Promise<void> {
    for (const { offset } of this.#resizing.moved) assert(offset >= from, "new regions lie behind the data");
    const how = { room: 0, dryRun: false };
    await this.#told(() => bring(this.#sys, this.#intent.discovery, this.#resizing, how));
  }

  async #divide(): Promise<void> {
    this.#isBegun = true;
    await this.#told(() => divide(this.#sys, this.#intent.discovery, this.#resizing, { dryRun: false }));
  }

  async #count(discovery: Discovery): Promise<void> {
    if (this.#isCounted) return;
    const { next, activate } = this.#intent;
    await this.#told(async () => {
      const base = await claim(this.#sys, { ...this.#intent, discovery });
      const how = activate ? "devices" : "check";
      const done = await transact(this.#sys, { discovery, ...base, next, activate: how });
      this.txid = done.txid;
    });
    this.#isBegun = true;
  }

  /** What has been done by then is whole, and is no reason to go back. */
  async #told(work: () => Promise<unknown>): Promise<void> {
    await work().catch((thrown: unknown) => {
      if (!this.#isBegun || isForRecovery(thrown)) throw thrown;
      const { code, message } = toDvmError(thrown);
      if (code === "BUG") throw thrown;
      throw new DvmError(
        "HALF_DONE",
        `${this.#resizing.was.path} is not divided anew to the end: ${message}; the same command goes on`,
        { cause: thrown },
      );
    });
  }
}

/** Formats the new regions, and brings them to the state of the others. */
async function bring(
  sys: Sys,
  { vg, regions }: Discovery,
  { was: { path }, moved }: Resizing,
  { room, dryRun }: { readonly room: Bytes; readonly dryRun: boolean },
): Promise<void> {
  if (moved.length === 0) return;
  const own = regionsOf(sys, { vg, regions: moved.map((region) => ({ path, ...region })) });
  await own.format({ force: true, room, dryRun });
  if (!dryRun) await own.sync(regions, true);
}

/** @returns the device as its label says then */
async function divide(
  sys: Sys,
  { vg, devices }: Discovery,
  { was, size }: Pick<Resizing, "was" | "size">,
  { dryRun }: { readonly dryRun: boolean },
): Promise<DiscoveredDevice> {
  const options = {
    size,
    "dry-run": dryRun,
    devices: devices.map(({ path }) => path),
  };
  const call = { applet: "discover", verb: "resize", operands: { vg: vg.id, device: was.id } } as const;
  const [device] = (await sys.toolbox.call({ ...call, options })).devices;
  return defined(device, "the device");
}

const replaced = (discovery: Discovery, device: DiscoveredDevice): Discovery =>
  withDevices(
    discovery,
    discovery.devices.map((each) => (each.id === device.id ? device : each)),
  );
