import type { Times } from "./measure.ts";
import type { Result } from "./row.ts";

const ms = (value: number): string => `${value >= 100 ? Math.round(value) : value.toFixed(1)} ms`;

export const shownTimes = (what: string, { dvmMs, peerMs, ratio }: Times, reach: number): Result => ({
  what,
  measured: `${ratio.toFixed(ratio < 0.1 ? 3 : 2)} × (${ms(dvmMs)} : ${ms(peerMs)})`,
  reached: ratio <= reach,
});
