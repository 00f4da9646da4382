import type { Caller } from "../port/caller.ts";

/** Somebody on the simulated machine, who runs `words`. */
export const simCaller = (words: readonly string[] = ["dvm"], takesMutator = true): Caller => ({
  words,
  takesMutator,
  uid: 0,
  loginUid: 1000,
  host: "machine",
});
