import type { Discovery, DmState, Lv } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { targetOf } from "../dm/targets/index.ts";
import type { MappedDevice } from "../mapper/open-mapped.ts";
import { durable } from "../nbd/durable.ts";
import type { NbdExport, NbdExports } from "../nbd/export.ts";
import { Overlaid } from "../nbd/overlaid.ts";
import type { LvUse } from "../port/lv-locks.ts";
import type { Sys } from "../port/sys.ts";
import { ownUuidOf } from "../volume/as-live.ts";
import { isLvm2s } from "../volume/identity.ts";
import { underLvLocks } from "./lv-locks.ts";
import { type DesiredLv, desiredOf, findLv, liveOf, openDesired, refuseLive } from "./open-lv.ts";

export interface ServeMode {
  readonly writable: boolean;
  /** Bytes that may be written to memory, over LVs that stay as they are. */
  readonly overlay: number | undefined;
  /** Also what is live, read as it changes. */
  readonly live: boolean;
}

interface LvsOfVg {
  /** As the VG was found, to be locked by. */
  readonly found: Discovery;
  /** How its devices are found when an LV is opened. */
  readonly find: () => Promise<Discovery>;
  readonly vg: string;
  readonly lvs: readonly Pick<Lv, "id" | "name">[];
}

type NamedLv = LvsOfVg["lvs"][number];

interface OpenLv {
  /** Gives back its locks. */
  readonly release: () => Promise<void>;
  readonly desired: DesiredLv;
  readonly device: Pick<MappedDevice, "close" | "flush">;
  readonly served: NbdExport;
}

/**
 * LVs of a VG, each opened when somebody asks for it, as it is then, and kept open and locked from there on.
 */
export class ServedLvs implements NbdExports {
  readonly names: readonly string[];
  readonly #sys: Sys;
  readonly #of: LvsOfVg;
  readonly #mode: ServeMode;
  readonly #open = new Map<NamedLv, Promise<OpenLv>>();

  constructor(sys: Sys, of: LvsOfVg, mode: ServeMode) {
    this.#sys = sys;
    this.#of = of;
    this.#mode = mode;
    this.names = of.lvs.map(({ name }) => name);
  }

  /** @throws DvmError for the first that cannot be served; the others are open then */
  async openAll(): Promise<void> {
    for (const lv of this.#of.lvs) await this.#opened(lv);
  }

  /** By its name, or VG/LV; "" is the only one. */
  async find(name: string): Promise<NbdExport | undefined> {
    const { vg, lvs } = this.#of;
    const prefix = `${vg}/`;
    const wanted = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    const lv = lvs.length === 1 && name === "" ? lvs[0] : lvs.find((each) => each.name === wanted);
    if (!lv) return undefined;
    try {
      return (await this.#opened(lv)).served;
    } catch (thrown) {
      this.#sys.terminal.warn(toDvmError(thrown).message);
      return undefined;
    }
  }

  /** Flushes what was written, marks arrays as they were, and closes. @throws DvmError the first failure */
  async close(): Promise<void> {
    let failure: unknown;
    for (const open of this.#open.values())
      try {
        const { device, release } = await open;
        try {
          if (this.#mode.writable) await device.flush();
        } finally {
          await device.close().finally(release);
        }
      } catch (thrown) {
        failure ??= thrown;
      }
    this.#open.clear();
    if (failure !== undefined) throw failure;
  }

  #opened(lv: NamedLv): Promise<OpenLv> {
    const known = this.#open.get(lv);
    if (known) return known;
    const opening = this.#openLv(lv).catch((thrown: unknown) => {
      this.#open.delete(lv);
      throw thrown;
    });
    this.#open.set(lv, opening);
    return opening;
  }

  async #openLv(lv: NamedLv): Promise<OpenLv> {
    const { writable: write, overlay } = this.#mode;
    // Others of its LVs may have been changed since the server began, and devices added.
    const found = await this.#of.find();
    const { opened, release } = await underLvLocks(this.#sys, found, async (look) => {
      const { metadata, discovery } = look;
      const now = findLv(metadata, lv.id);
      const desired = await desiredOf(this.#sys, { metadata, discovery, lv: now, write });
      if (write) await this.#refuseShared(lv, desired);
      const take = (use: LvUse) => look.take(now, write ? "exclusive" : "shared", use);
      return { desired, device: await this.#device(desired, take) };
    });
    const { desired, device } = opened;
    const { size, logicalBlockSize, runAt } = device;
    const below: NbdExport = {
      size,
      logicalBlockSize,
      isReadOnly: !write,
      read: (offset, buffer) => device.read(offset, buffer),
      write: (offset, buffer) => device.write(offset, buffer),
      discard: (offset, length) => device.discard(offset, length),
      flush: write ? durable(() => device.flush()) : async () => undefined,
      runAt,
    };
    return { release, desired, device, served: overlay === undefined ? below : new Overlaid(below, overlay) };
  }

  /** What two LVs have in common would be kept in memory twice. */
  async #refuseShared(lv: NamedLv, { shown, state }: DesiredLv): Promise<void> {
    const names = namesIn(state);
    for (const [other, open] of this.#open) {
      const known = other === lv ? undefined : (await open).desired;
      if (known && [...namesIn(known.state)].some((name) => names.has(name)))
        throw new DvmError(
          "IN_USE",
          `${shown} and ${known.shown} stand on the same devices: serve one of them to be written`,
        );
    }
  }

  async #device(desired: DesiredLv, take: (use: LvUse) => Promise<void>): Promise<MappedDevice> {
    const { terminal, disks } = this.#sys;
    const { live: isAllowed } = this.#mode;
    const live = isAllowed ? await liveOf(this.#sys, desired.vg, [desired.top]) : undefined;
    if (!live && !(isAllowed && (await this.#isSimulated(desired)))) {
      await take("content");
      await refuseLive(this.#sys, desired);
      if (await this.#isSimulated(desired))
        throw new DvmError(
          "IN_USE",
          `${desired.shown} is live as ${desired.top.name}: deactivate it first, or serve it with --live`,
        );
      return openDesired(this.#sys, desired, terminal.warn);
    }
    terminal.warn(`${desired.shown} is live and goes on changing: what is read is not a point in time`);
    if (live) {
      // Whoever has it open keeps it from going, and its own device goes along with every change.
      const opened = await disks.open(live.path, { write: false }).catch((thrown: unknown) => {
        if (!this.#canBeReadBelow(desired)) throw thrown;
        return undefined;
      });
      if (opened) return opened;
    }
    if (!this.#canBeReadBelow(desired))
      throw new DvmError(
        "IN_USE",
        `${desired.shown} is live, and is no LV that can be read below the kernel: serve a snapshot of it`,
      );
    await take("place");
    return openDesired(this.#sys, desired, terminal.warn);
  }

  #canBeReadBelow = ({ state }: DesiredLv): boolean =>
    state.devices.every(({ table }) => table?.every(({ type }) => targetOf(type).readsBelow === true));

  /** The simulated device-mapper has no nodes that a scan would find. */
  async #isSimulated({ vg, top }: DesiredLv): Promise<boolean> {
    if (this.#sys.config.dm?.backend !== "sim") return false;
    const options = { all: isLvm2s(vg) };
    const state = await this.#sys.toolbox.call({ applet: "dmexec", verb: "state", options });
    return (state as Pick<DmState, "devices">).devices.some(({ uuid }) => ownUuidOf(vg, uuid) === top.uuid);
  }
}

const namesIn = ({ devices }: DmState): ReadonlySet<string> => new Set(devices.map(({ name }) => name));
