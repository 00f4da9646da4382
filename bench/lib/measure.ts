/** Wall times of two ways to do one piece of work, taken in turns so that other load hits both alike. */
import { spawnSync } from "node:child_process";

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Buffer;
  /** Keep stdout instead of throwing it away. */
  readonly keep?: boolean;
}

/** Runs a program to its end. @throws Error with what it said when it fails */
export function run(command: readonly string[], { env, input, keep = false }: RunOptions = {}): string {
  const [program = "", ...args] = command;
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    env: { ...process.env, ...env },
    input: input ?? "",
    maxBuffer: 2 ** 30,
    stdio: ["pipe", keep ? "pipe" : "ignore", "pipe"],
  });
  if (error) throw error;
  if (status !== 0)
    throw new Error(`${command.join(" ")}: status ${status ?? signal}\n${String(stderr).slice(-2000)}`);
  return keep ? String(stdout) : "";
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => unknown): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

export interface Sides {
  /** Each gets the number of the round. */
  readonly dvm: (round: number) => unknown;
  readonly peer: (round: number) => unknown;
  readonly rounds: number;
}

export interface Times {
  readonly dvmMs: number;
  readonly peerMs: number;
  readonly ratio: number;
}

/** The median of each side; a first round of both is not counted. */
export async function sideBySide({ dvm, peer, rounds }: Sides): Promise<Times> {
  const times: { dvm: number[]; peer: number[] } = { dvm: [], peer: [] };
  for (let round = 0; round <= rounds; round += 1) {
    const ours = await timed(() => dvm(round));
    const theirs = await timed(() => peer(round));
    if (round === 0) continue;
    times.dvm.push(ours);
    times.peer.push(theirs);
  }
  return timesOf(median(times.dvm), median(times.peer));
}

export const timesOf = (dvmMs: number, peerMs: number): Times => ({ dvmMs, peerMs, ratio: dvmMs / peerMs });

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
