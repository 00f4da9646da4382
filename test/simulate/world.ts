/**
 * A machine in memory whose VG goes through random commands and faults, and what each LV must hold: every command
 * is typed to dvm as a person types it, in a process that may be killed, and disks fail, go and come back.
 */
import { legsOf, lengthOf } from "../../src/core/volume/model.ts";
import { usesOf } from "../../src/core/volume/users.ts";
import type { Lv, Metadata } from "../../src/schema/index.ts";
import { Killed, type Machine } from "../lib/machine.ts";
import { type Typed, type } from "../lib/typed.ts";
import { diskPath, machineWithVg, readMetadata } from "../lib/vg.ts";

/** What has gone wrong: never a refusal, always a fault of dvm's or of its simulated kernel. */
export class Wrong extends Error {}

/** How a command has ended: with a status, or not. */
export interface Outcome extends Typed {
  readonly killed: boolean;
}

const EXTENT_BYTES = 512 * 1024;
/** So often a command may wait for device-mapper; then somebody ends it: not all is copied by the simulated one. */
const MANY = 200;
const MIN_DISKS = 3;
const MORE_DISKS = 3;
/** As the page of exit codes has them, without that of bugs of ours. */
const STATUSES: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

export class World {
  readonly machine: Machine;
  readonly chance: () => number;
  /** By id what each LV may hold, mostly one content; an LV of which that is not known is not in it. */
  readonly contents = new Map<string, readonly Buffer[]>();
  /** Disks that are away, with what was on them. */
  readonly away = new Map<string, Buffer>();
  /** Every line that was typed, with its end. */
  readonly log: string[] = [];
  #writes = 0;

  private constructor(machine: Machine, chance: () => number) {
    this.machine = machine;
    this.chance = chance;
  }

  static async make(chance: () => number): Promise<World> {
    const disks = MIN_DISKS + Math.floor(chance() * (MORE_DISKS + 1));
    const machine = await machineWithVg({ disks, regionsOn: disks });
    machine.kernelWorks = true;
    return new World(machine, chance);
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.chance() * list.length)];
  }

  number(below: number): number {
    return Math.floor(this.chance() * below);
  }

  /** @throws Wrong when it ends with a status that no command has */
  async type(line: string): Promise<Outcome> {
    const { machine } = this;
    let waits = 0;
    machine.whileWaiting = () => {
      waits += 1;
      if (waits < MANY) return;
      machine.killed = true;
      throw new Killed("killed");
    };
    const told = await type(machine, line).catch((thrown: unknown) => {
      if (machine.killed) return { status: -1, stdout: "", stderr: "" };
      throw new Wrong(`${line}: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
    });
    const { killed } = machine;
    this.log.push(`${line}: ${killed ? "killed" : `${told.status} ${told.stderr.trim()}`}`);
    if (!killed && !STATUSES.includes(told.status))
      throw new Wrong(`${line}: ${told.status}: ${told.stderr}`);
    return { ...told, killed };
  }

  /** @throws Wrong when it does not end with 0 */
  async must(line: string): Promise<string> {
    const { status, stdout, stderr } = await this.type(line);
    if (status !== 0) throw new Wrong(`${line}: ${status}: ${stderr}`);
    return stdout;
  }

  async metadata(): Promise<Metadata> {
    return readMetadata(this.machine, { options: { partial: true } });
  }

  /** Gives an LV that is down a content of its own. */
  async write(lv: Lv): Promise<void> {
    this.#writes += 1;
    const { id, name } = lv;
    const content = Buffer.alloc(lengthOf(lv) * EXTENT_BYTES, `${name} ${this.#writes} `);
    this.machine.files.set("content", content);
    const { status, stderr } = await this.type(`dvm import vg/${name} content`);
    if (status === 0) this.contents.set(id, [content]);
    // What was begun may be there in part; a snapshot's store that gets full ends an import that has begun.
    else if (![2, 3, 4, 5].includes(status) || stderr.includes("overwritten by now"))
      this.contents.delete(id);
  }

  /**
   * Looks at every LV, all of them down. @throws Wrong when one holds something else than it did, or cannot be read
   * where doctor finds nothing
   */
  async look(): Promise<void> {
    const isWell = (await this.type("dvm doctor")).status === 0;
    const { lvs } = await this.metadata();
    const used = new Set(lvs.flatMap(usesOf));
    for (const lv of lvs) {
      const { status } = await this.type(`dvm export vg/${lv.name} out`);
      const found = this.machine.files.get("out") as Buffer;
      if (status !== 0) this.#mayFail(lv, isWell);
      else this.#compare(lv, found, used.has(lv.id));
    }
  }

  /** What LVs have given up is nothing that they hold. */
  cutShort(lvs: readonly Lv[]): void {
    for (const lv of lvs) {
      const known = this.contents.get(lv.id);
      if (known)
        this.contents.set(
          lv.id,
          known.map((each) => each.subarray(0, lengthOf(lv) * EXTENT_BYTES)),
        );
    }
  }

  /**
   * Of what has never been written nothing is known.
   * @param isUsed something may be merged into it, when it comes up
   */
  #compare({ id, name }: Lv, found: Buffer, isUsed: boolean): void {
    const known = this.contents.get(id);
    const [held] = known ?? [];
    if (!held) return;
    const same = known?.find((each) => isSame(each, found));
    if (!isUsed) this.contents.set(id, [same ?? held]);
    if (same) return;
    const at = held.findIndex((byte, index) => byte !== found[index]);
    const [was, is] = [held, found].map((bytes) => JSON.stringify(bytes.toString("latin1", at, at + 24)));
    throw new Wrong(`LV ${name} holds ${is} at byte ${at}, where it held ${was}`);
  }

  /** A snapshot may be full, or be merged; legs may have gone one after the other. */
  #mayFail(lv: Lv, isWell: boolean): void {
    if (usesOf(lv).length > 0) this.contents.delete(lv.id);
    else if (isWell) throw new Wrong(`LV ${lv.name} cannot be read, and doctor finds nothing`);
    else if (legsOf(lv).some(({ state }) => state !== "current")) return;
    else if (this.away.size === 0 && this.contents.has(lv.id))
      throw new Wrong(`LV ${lv.name} cannot be read, and every disk is there`);
  }

  unplug(path: string): void {
    this.away.set(path, this.machine.unplug(path));
    this.log.push(`unplug ${path}`);
  }

  /** With what was on it when it went. */
  plug(path: string): void {
    this.machine.disk(path, this.away.get(path) as Buffer);
    this.away.delete(path);
    this.log.push(`plug ${path}`);
  }

  get disks(): readonly string[] {
    return [...this.machine.paths].sort();
  }

  /** A path that no disk has yet. */
  get freePath(): string {
    const taken = new Set([...this.machine.paths, ...this.away.keys()]);
    return Array.from({ length: 26 }, (_, n) => diskPath(n)).find((path) => !taken.has(path)) as string;
  }
}

/** As far as both go. */
function isSame(a: Buffer, b: Buffer): boolean {
  const both = Math.min(a.length, b.length);
  return a.subarray(0, both).equals(b.subarray(0, both));
}
