import type { Candidate } from "../port/scanner.ts";

/** Names of all devices that are built on this one. */
export function holderNames({ holders, loop }: Candidate): readonly string[] {
  const names = holders.map(({ name }) => name);
  const over = loop?.();
  return over === undefined ? names : [...names, over];
}
