import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import type { Readable } from "node:stream";
import { Lines } from "./lines.ts";
import { startProcess, visibleDirectory } from "./uml-process.ts";

export { shellQuote } from "./uml-init.ts";
export { CRYPT_MODULES, DM_MODULES } from "./uml-modules.ts";

export interface Disk {
  /** An image file, whose size is the disk's. */
  image: string;
  /** Size of a sector in bytes: 512 if not given, or 4096. */
  sectorBytes?: 512 | 4096;
}

export interface UmlOptions {
  /**
   * POSIX shell, run as root of the guest. Its disks are `$DISK0`, `$DISK1`...; it sees the host's files
   * read-only and can write to `$TMPDIR`, /run and /dev/shm, which are memory, and to `shared`.
   */
  script: string;
  /** At most 16. A string is an image file with sectors of 512 bytes. */
  disks?: readonly (string | Disk)[];
  /** Existing directories of the host that the guest may write to, under the same paths. */
  shared?: readonly string[];
  /** Kernel modules by name, dependencies are found; `DM_MODULES` if not given. */
  modules?: readonly string[];
  /** More environment for the script. */
  env?: Readonly<Record<string, string>>;
  /** Working directory of the script; this process's if not given. */
  cwd?: string;
  /** Memory in MiB, 768 if not given; taken from the host only as it gets used. */
  memMb?: number;
  /**
   * Starts from this instead of the host's files: an image, of which `/init` is run, and more words for the kernel's
   * command line. The script then counts for nothing, nor do modules; that init has /dev/ttyS0 for its output and
   * writes `status N` to /dev/ttyS1 at its end.
   */
  initramfs?: { readonly image: string; readonly arguments: string };
  /** After this time in ms the guest is killed. Generous (25 minutes) if not given: it is no measure. */
  timeoutMs?: number;
}

export interface UmlEnd {
  /** Exit status of the script; null when the guest did not live to its end: killed, timed out, panic. */
  status: number | null;
  /** What the script and its children wrote, standard output and error. */
  output: string;
  /** What kernel and boot wrote: for the message of a failed test. */
  console: string;
  /** In words why there is no status. */
  reason?: string;
}

const running = new Set<Uml>();

process.on("exit", () => {
  for (const uml of running) uml.abandon();
});

/** A kernel that was started: User-Mode Linux, a process tree of this user. */
export class Uml {
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #output: Lines;
  readonly #ended: Promise<UmlEnd>;
  #killed: string | undefined;

  constructor(options: UmlOptions) {
    this.#directory = visibleDirectory();
    try {
      this.#child = startProcess(this.#directory, options);
    } catch (error) {
      this.#clean();
      throw error;
    }
    running.add(this);
    const [, console, errors, output, record] = this.#child.stdio as [null, ...Readable[]];
    if (!console || !errors || !output || !record) throw new Error("linux.uml has not started");
    this.#output = new Lines(output);
    const noise = [new Lines(console), new Lines(errors)] as const;
    const last = new Lines(record);
    const timer = setTimeout(() => this.#kill("timed out"), options.timeoutMs ?? 1_500_000);
    this.#ended = new Promise((done, fail) => {
      this.#child.on("error", fail);
      // The leader has ended; whatever it left behind has to end too, or "close" will not come.
      this.#child.on("exit", () => this.#killGroup());
      // All processes of the kernel have ended, for they all hold the pipes: the images are at rest.
      this.#child.on("close", () => {
        clearTimeout(timer);
        running.delete(this);
        this.#clean();
        const end = { output: this.#output.text, console: noise[0].text + noise[1].text };
        done(this.#judge(last.text, end));
      });
    });
  }

  /** Calls back for each line of the script's output, also for those that there were already. */
  onLine(callback: (line: string) => void): void {
    this.#output.onLine(callback);
  }

  /**
   * Resolves with the first line of the output that matches.
   *
   * @throws Error when the guest ends without such a line
   */
  async line(pattern: RegExp): Promise<string> {
    const found = new Promise<string>((done) => this.onLine((line) => pattern.test(line) && done(line)));
    const ended = this.#ended.then((end) => {
      // Lines come before the end, so `found` has been settled if it ever will be.
      throw new Error(`no line ${pattern} before the guest ended:\n${end.output}\n${end.console}`);
    });
    return await Promise.race([found, ended]);
  }

  /** A power cut: the images keep what the guest has handed to its disks. Resolves when all is quiet. */
  async kill(): Promise<UmlEnd> {
    this.#kill("killed");
    return await this.#ended;
  }

  /** Resolves when the guest has ended, however it did. */
  async wait(): Promise<UmlEnd> {
    return await this.#ended;
  }

  /** @internal For the end of this process, which cannot wait. */
  abandon(): void {
    this.#killGroup();
    this.#clean();
  }

  #kill(reason: string): void {
    this.#killed ??= reason;
    this.#killGroup();
  }

  #killGroup(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // All gone already.
    }
  }

  #clean(): void {
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  #judge(record: string, end: { output: string; console: string }): UmlEnd {
    const status = /^status (\d+)\n$/.exec(record)?.[1];
    if (status !== undefined) return { status: Number(status), ...end };
    return { status: null, reason: this.#killed ?? (record.trim() || "the kernel died"), ...end };
  }
}

/** Boots a kernel and returns at once. It needs `kernelAvailable()`. */
export function startUml(options: UmlOptions): Uml {
  return new Uml(options);
}

/**
 * Boots a kernel, runs the script in it and waits for its end.
 *
 * @throws Error with output and console when the guest did not live to the end of the script
 */
export async function bootUml(options: UmlOptions): Promise<UmlEnd & { status: number }> {
  const { status, ...end } = await new Uml(options).wait();
  if (status === null) throw new Error(`guest: ${end.reason}\n${end.output}\n${end.console}`);
  return { status, ...end };
}
