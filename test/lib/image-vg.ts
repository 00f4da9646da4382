/** A VG on image files, with the simulated device-mapper in a file: what real processes work on. */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applets } from "../../src/applets/index.ts";
import { inProcessToolbox } from "../../src/applets/toolbox.ts";
import { Wording } from "../../src/core/base/wording.ts";
import { hostSys } from "../../src/core/host/sys.ts";
import type { Sys } from "../../src/core/port/sys.ts";
import type { ToolCall } from "../../src/core/port/toolbox.ts";
import { simCaller } from "../../src/core/sim/caller.ts";
import { emptySimState, type SimState } from "../../src/core/sim/dm-state.ts";
import type { Config, Discovery } from "../../src/schema/index.ts";

const MIB = 2 ** 20;

/** A directory with image files, a config, and what is kept of them. */
export class ImageVg {
  readonly directory = mkdtempSync(join(tmpdir(), "dvm-images-"));
  readonly images = join(this.directory, "images");
  readonly configFile = join(this.directory, "config.json");
  readonly config: Config;
  readonly #saved = join(this.directory, "saved");

  readonly #mib: number;

  /** @param mib size of each disk */
  constructor(more: Config = {}, mib = 6) {
    this.#mib = mib;
    mkdirSync(this.images);
    mkdirSync(this.#saved);
    this.config = {
      common: { lockDir: join(this.directory, "locks") },
      discover: { scan: [join(this.images, "*.img")] },
      dm: { backend: "sim", state: join(this.images, "dm.json") },
      ...more,
    };
    writeFileSync(this.configFile, JSON.stringify(this.config));
  }

  /** An empty disk. @returns its path */
  disk(name: string): string {
    const path = this.path(name);
    writeFileSync(path, Buffer.alloc(this.#mib * MIB));
    return path;
  }

  path(name: string): string {
    return join(this.images, `${name}.img`);
  }

  /** Keeps all disks and device-mapper as they are now, under a name. */
  save(name: string): void {
    rmSync(join(this.#saved, name), { recursive: true, force: true });
    copyAll(this.images, join(this.#saved, name));
  }

  /** Puts them back. */
  load(name: string): void {
    rmSync(this.images, { recursive: true });
    copyAll(join(this.#saved, name), this.images);
  }

  /** Everything that outlives a process, for comparison. */
  get content(): ReadonlyMap<string, Buffer> {
    return new Map(filesOf(this.images).map((file) => [file, readFileSync(join(this.images, file))]));
  }

  get dmState(): SimState {
    const { state } = this.config.dm ?? {};
    try {
      return JSON.parse(readFileSync(state ?? "", "utf8")) as SimState;
    } catch {
      return emptySimState();
    }
  }

  /** The world of a process, in this one. */
  sys(): Sys {
    const sys: Sys = hostSys({
      config: this.config,
      verbose: false,
      now: undefined,
      seed: undefined,
      dryRun: false,
      caller: () => simCaller(),
      toolbox: () => inProcessToolbox(applets, () => ({ ...sys, terminal: quiet })),
    });
    return sys;
  }

  call(call: ToolCall): Promise<unknown> {
    return this.sys().toolbox.call(call as never);
  }

  async find(vg = "vg"): Promise<Discovery> {
    return (await this.call({ applet: "discover", verb: "find", operands: { vg } })) as Discovery;
  }

  /** One of tm's verbs, in this process. */
  async tm<T = unknown>(verb: string, rest: Partial<ToolCall> = {}): Promise<T> {
    return (await this.call({ applet: "tm", verb, stdin: rest.stdin ?? (await this.find()), ...rest })) as T;
  }

  /** A VG "vg" of these disks, one region of 1 MiB on each, extents of 512 KiB. */
  async init(...names: readonly string[]): Promise<void> {
    const [device, ...others] = names.map((name) => this.disk(name));
    await this.call({
      applet: "discover",
      verb: "add",
      operands: { vg: "vg", device },
      options: { with: others, new: true, regions: 1, "region-size": "1M" },
    });
    const command = ["manip", "create-vg", "--discovery", "{discovery}", "--extent-size", "512k"];
    await this.tm("init", { command });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const quiet: Sys["terminal"] = {
  warn: () => undefined,
  info: () => undefined,
  progress: () => undefined,
  keepWarnings: () => () => [],
  outputIsTerminal: false,
  wording: new Wording(),
};

/** Lock files of the simulated device-mapper are made when they are needed. */
const filesOf = (directory: string) => readdirSync(directory).filter((file) => !file.endsWith(".lock"));

function copyAll(from: string, to: string): void {
  mkdirSync(to);
  for (const file of filesOf(from)) copyFileSync(join(from, file), join(to, file));
}
