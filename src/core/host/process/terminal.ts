import { printable } from "../../base/printable.ts";
import { steadyMs } from "../../base/steady-ms.ts";
import { Wording } from "../../base/wording.ts";
import type { KeptWarning, Terminal } from "../../port/terminal.ts";
import { isTerminal } from "./is-terminal.ts";
import { writeStderr } from "./stdio.ts";

const QUIET_MS = 1000;
const REDRAW_MS = 100;

/** Messages and progress on stderr. */
export function hostTerminal(verbose: boolean): Terminal {
  const onTerminal = isTerminal(2);
  const begun = new Map<string, { since: number; drawn: number }>();
  const wording = new Wording();
  const given = new Set<string>();
  let kept: KeptWarning[] | undefined;
  const clear = () => onTerminal && writeStderr("\r\x1b[K");
  return {
    outputIsTerminal: isTerminal(1),
    wording,
    warn: (message, of) => {
      const text = wording.of(message);
      // Several tools look at the same disks, and each says what it has seen.
      if (given.has(text)) return;
      if (kept) {
        if (!kept.some((each) => each.message === text)) kept.push({ message: text, of });
        return;
      }
      given.add(text);
      clear();
      writeStderr(`${printable(text)}\n`);
    },
    keepWarnings: () => {
      const mine: KeptWarning[] = [];
      kept = mine;
      return () => {
        kept = undefined;
        return mine;
      };
    },
    info: (message) => {
      if (verbose) writeStderr(`${printable(message)}\n`);
    },
    progress: (what, done, total) => {
      if (!onTerminal || kept) return;
      const now = steadyMs();
      const state = begun.get(what) ?? { since: now, drawn: 0 };
      begun.set(what, state);
      const finished = done >= total;
      if (finished) begun.delete(what);
      if (now - state.since < QUIET_MS || (!finished && now - state.drawn < REDRAW_MS)) return;
      state.drawn = now;
      writeStderr(`\r${printable(what)}: ${done} of ${total}\x1b[K${finished ? "\n" : ""}`);
    },
  };
}
