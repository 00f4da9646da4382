import type { Boot } from "../port/boot.ts";

/** A machine that boots, in memory. */
export class SimBoot implements Boot {
  line = "";
  initramfs = false;
  crashed = false;
  nowMs = 1000;
  /** What systemd was asked for; undefined: its units are not installed. */
  timers: number[] | undefined = [];
  readonly notes = new Map<string, string>();
  readonly modules: string[] = [];
  /** Contents of devices by path. */
  readonly devices = new Map<string, Uint8Array>();

  commandLine = async (): Promise<string> => this.line;
  inInitramfs = async (): Promise<boolean> => this.initramfs;
  afterCrash = async (): Promise<boolean> => this.crashed;
  uptimeMs = (): number => this.nowMs;
  exists = async (path: string): Promise<boolean> => this.devices.has(path);
  numberOf = async (path: string): Promise<string | undefined> =>
    this.devices.has(path) ? "253:7" : undefined;
  read = async (path: string, offset: number, length: number): Promise<Uint8Array> =>
    (this.devices.get(path) ?? new Uint8Array()).subarray(offset, offset + length);
  readNote = async (name: string): Promise<string | undefined> => this.notes.get(name);
  async writeNote(name: string, text: string | undefined): Promise<void> {
    if (text === undefined) this.notes.delete(name);
    else this.notes.set(name, text);
  }
  async loadModules(names: readonly string[]): Promise<void> {
    this.modules.push(...names);
  }
  async lookAgainAfter(seconds: number): Promise<boolean> {
    this.timers?.push(seconds);
    return this.timers !== undefined;
  }
}
