/**
 * One VG while the machine boots: looks, decides (decide.ts), does it. Everything happens under the VG's
 * lock, so that two that boot it at once, as udev may have it, do one after the other. What is found before a
 * transaction is read anew after it.
 */
import type { Discovery, Metadata, TmVerify } from "../../../schema/index.ts";
import { DvmError, toDvmError } from "../../base/error.ts";
import type { Sys } from "../../port/sys.ts";
import { usersOf } from "../../volume/users.ts";
import { verifyAnyway } from "../verify.ts";
import { findVg, readMetadata, withLock } from "../vg.ts";
import { chooseForBoot } from "./choose.ts";
import { type BootDecision, type BootLv, decideBoot } from "./decide.ts";
import { isPlain, needOf } from "./need.ts";
import { type BootNote, decodeNote, encodeNote, noteArrivals, noteOf } from "./note.ts";
import type { BootSetting } from "./setting.ts";
import { isStillUnlocking } from "./unlocking.ts";

export interface BroughtUp {
  /** The VG's id. */
  readonly vg: string;
  /** When to look again, as BootDecision has it. */
  readonly dueMs: number | undefined;
  /** What people have not been told yet, a line each, and which of it is a failure. */
  readonly said: readonly { readonly text: string; readonly failure: DvmError | undefined }[];
}

/** Brings up what of a VG can be brought up now. @throws DvmError LOCKED, BUG; all else is told */
export async function bringUp(
  sys: Sys,
  vg: { readonly id: string; readonly name: string },
  setting: BootSetting,
): Promise<BroughtUp> {
  return withLock(sys, vg.id, "exclusive", () => new VgBoot(sys, vg, setting).run());
}

class VgBoot {
  readonly #sys: Sys;
  readonly #vg: { readonly id: string; readonly name: string };
  readonly #setting: BootSetting;
  readonly #up: Record<string, "writable" | "readonly"> = {};
  readonly #lines: string[] = [];
  readonly #failures = new Map<string, DvmError>();

  constructor(sys: Sys, vg: { readonly id: string; readonly name: string }, setting: BootSetting) {
    this.#sys = sys;
    this.#vg = vg;
    this.#setting = setting;
    sys.terminal.wording.call(vg.id, vg.name);
  }

  async run(): Promise<BroughtUp> {
    const { boot, initramfs } = this.#setting;
    const nowMs = boot.uptimeMs();
    const before = decodeNote(await boot.readNote(noteOf(this.#vg.id)));
    Object.assign(this.#up, before?.up);
    let note: BootNote = noteArrivals(before, before?.present ?? [], { nowMs, initramfs });
    let dueMs: number | undefined;
    try {
      const discovery = await findVg(this.#sys, { vg: this.#vg.id, devices: [] });
      note = noteArrivals(
        before,
        discovery.devices.map(({ id }) => id),
        { nowMs, initramfs },
      );
      dueMs = await this.#bring(discovery, note, nowMs);
    } catch (thrown) {
      this.#fail(toDvmError(thrown));
    }
    const told = new Set(note.told);
    const said = this.#lines.filter((line) => !told.has(line));
    const next = { ...note, up: this.#up, told: [...note.told, ...said] };
    await boot.writeNote(noteOf(this.#vg.id), encodeNote(next));
    return {
      vg: this.#vg.id,
      dueMs,
      said: said.map((text) => ({ text, failure: this.#failures.get(text) })),
    };
  }

  async #bring(discovery: Discovery, note: BootNote, nowMs: number): Promise<number | undefined> {
    const found = await verifyAnyway(this.#sys, discovery);
    const verified = await this.#finishTransaction(discovery, found);
    const metadata = await readMetadata(this.#sys, discovery);
    const { graceMs, isOver, policy, mayChange } = this.#setting;
    const absent = verified.members.filter(({ present }) => !present).map(({ id }) => id);
    const carriers = discovery.devices.filter(
      ({ id, regions }) => regions.length > 0 && verified.members.some((member) => member.id === id),
    );
    const isUnlocking = absent.length > 0 && (await isStillUnlocking(this.#sys, discovery));
    const decision = decideBoot({
      lvs: this.#lvsOf(metadata, discovery),
      nowMs,
      firstArrivalMs: note.firstArrivalMs,
      lastArrivalMs: note.lastArrivalMs,
      graceMs,
      isOver,
      policy,
      mayChange: mayChange && absent.length > 0,
      isUnlocking,
      hasMajority: carriers.length > absent.length,
    });
    await this.#perform(decision, { discovery, metadata, absent, txid: verified.txid });
    return decision.dueMs;
  }

  /** What an interrupted transaction left is finished or undone when all are there to say which. */
  async #finishTransaction(discovery: Discovery, verified: TmVerify): Promise<TmVerify> {
    const { state, members } = verified;
    const isInterrupted = state === "preparing" || state === "committing";
    if (!isInterrupted || !this.#setting.mayChange || members.some(({ present }) => !present))
      return verified;
    await this.#sys.toolbox.call({ applet: "tm", verb: "recover", stdin: discovery });
    return await verifyAnyway(this.#sys, discovery);
  }

  #lvsOf(metadata: Metadata, { devices }: Discovery): BootLv[] {
    const present = new Set(devices.map(({ id }) => id));
    const byId = new Map(metadata.lvs.map((lv) => [lv.id, lv]));
    const users = usersOf(metadata.lvs);
    return metadata.lvs.flatMap((lv) => {
      const { isChosen, isNamed, mayDegrade } = chooseForBoot(metadata.vg.name, lv, this.#setting);
      if (!isChosen) return [];
      if (this.#setting.rescue && !isNamed && !isPlain(lv, { byId, users })) return [];
      const need = needOf(lv, { byId, users }, (pv) => present.has(pv));
      return [{ id: lv.id, name: lv.name, ...need, up: this.#up[lv.id], mayDegrade }];
    });
  }

  async #perform(decision: BootDecision, found: Found): Promise<void> {
    await this.#settle(decision.whole, found, "writable", {});
    await this.#settle(decision.degraded, found, "writable", { degraded: true });
    const { goWithout } = decision;
    const after = goWithout.length > 0 ? await this.#goWithout(found) : undefined;
    if (after) await this.#settle(goWithout, after, "writable", { degraded: true });
    const readOnly = after ? decision.readOnly : [...decision.readOnly, ...goWithout];
    await this.#settle(readOnly, found, "readonly", { partial: true });
    const { name } = this.#vg;
    for (const lv of readOnly.filter(({ id }) => this.#up[id] === "readonly"))
      this.#lines.push(
        `VG ${name}: LV ${lv.name} is up read-only, without PV ${lv.lacks.join(", ")}. To write to it ` +
          `without: start with rd.dvm.degraded=writable, or dvm deactivate ${name} ${lv.name}, ` +
          `dvm recover ${name} --without missing, dvm activate ${name} ${lv.name} --degraded`,
      );
    for (const { lv, why } of decision.left) {
      const text = `LV ${lv.name} lacks PV ${lv.lacks.join(", ")}`;
      this.#fail(new DvmError("INCOMPLETE", why === "lost" ? text : `${text}, and is not to run without`));
    }
  }

  /** Brings these up together, and each by itself when that fails: one does not keep the others from it. */
  async #settle(
    lvs: readonly BootLv[],
    found: Found,
    as: "writable" | "readonly",
    how: { readonly degraded?: true; readonly partial?: true },
  ): Promise<void> {
    const [first, ...others] = lvs;
    if (!first) return;
    const { metadata, discovery } = found;
    try {
      await this.#sys.toolbox.call({
        applet: "volactivate",
        verb: "settle",
        options: { ...how, metadata, discovery, lv: lvs.map(({ id }) => id), activate: true },
      });
      for (const { id } of lvs) this.#up[id] = as;
    } catch (thrown) {
      if (others.length === 0) return this.#fail(toDvmError(thrown));
      for (const lv of lvs) await this.#settle([lv], found, as, how);
    }
  }

  /** Marks what is on absent members stale. @returns undefined when that cannot be done */
  async #goWithout({ discovery, absent, txid }: Found): Promise<Found | undefined> {
    try {
      const last = await this.#lastCommit(discovery, txid);
      await this.#sys.toolbox.call({
        applet: "tm",
        verb: "recover",
        stdin: discovery,
        options: { without: absent },
        command: await this.#sys.toolbox.words({
          applet: "manip",
          verb: "missing-pv",
          options: { pv: absent, returned: false },
        }),
      });
      this.#lines.push(`VG ${this.#vg.name} goes on without PV ${absent.join(", ")}${last}`);
      // Its envelope has fewer members now.
      const again = await findVg(this.#sys, { vg: this.#vg.id, devices: [] });
      return { discovery: again, metadata: await readMetadata(this.#sys, again), absent, txid };
    } catch (thrown) {
      this.#fail(toDvmError(thrown));
      return undefined;
    }
  }

  /** Of what the VG goes on from, so that people see it when that is old. */
  async #lastCommit({ regions }: Discovery, txid: number | null): Promise<string> {
    const operands = { regions: { regions } };
    const call = { applet: "replicate", verb: "history", operands } as const;
    const states = await this.#sys.toolbox.call(call).then(
      (past) => past.states,
      () => [],
    );
    const time = states.find((state) => state.txid === txid)?.time;
    return `, from transaction ${txid}${time ? ` of ${time}` : ""}`;
  }

  #fail(error: DvmError): void {
    const { code, message, details } = error;
    if (code === "BUG" || code === "LOCKED") throw error;
    const text = `VG ${this.#vg.name}: ${this.#sys.terminal.wording.of(message)}`;
    this.#lines.push(text);
    this.#failures.set(text, new DvmError(code, text, { cause: error, details }));
  }
}

/** What was read of the VG. */
interface Found {
  readonly discovery: Discovery;
  readonly metadata: Metadata;
  /** Ids of members that are not there. */
  readonly absent: readonly string[];
  readonly txid: number | null;
}
