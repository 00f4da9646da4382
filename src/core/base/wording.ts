import { shellWord } from "./shell-word.ts";

/** A message `/dev/sdb (ID)` or `ID` about a device whose id is 32 hexadecimal digits. */
const NAMED = /(?:(\S+) \()?\b([0-9a-f]{32})\b(\))?/g;
/** What comes next is typed, and not only read. */
const TYPED = /(?:--[a-z]+|\bdvm discover rm \S+) $/;
/** A tool's command -> what an administrator types instead for a VG. */
const COMMANDS: readonly (readonly [RegExp, (vg: string) => string])[] = [
  [/\btm recover\b/g, (vg) => `dvm recover ${vg}`],
  [/\brun discover find again\b/g, () => "give the command again"],
  [/\bvolactivate settle\b/g, (vg) => `dvm recover ${vg}`],
  [/\btm verify\b/g, () => "dvm doctor"],
  [/(?<!-- )\bmanip (?=(?:move|convert) )/g, (vg) => `dvm run ${vg} -- `],
];

/**
 * Messages in the words of the person who gave the command: tools know devices by their ids and tell people
 * to run tm, where an administrator has paths and has typed dvm.
 */
export class Wording {
  readonly #paths = new Map<string, string>();
  #vg: string | undefined;

  /** From now on messages are about this VG, as `dvm` knows it. */
  about(vg: string, devices: readonly { readonly id: string; readonly path: string }[]): void {
    this.#vg = vg;
    for (const { id, path } of devices) this.#paths.set(id, path);
  }

  /** The message with paths for ids of devices that were found, and dvm's commands for tm's. */
  of(message: string): string {
    if (this.#vg === undefined) return message;
    const named = message.replace(NAMED, (all: string, before?: string, id = "", after = "", at = 0) => {
      const path = this.#paths.get(id);
      if (path === undefined) return all;
      if (TYPED.test(message.slice(0, at))) return all.replace(id, () => shellWord(path));
      if (before === path && after !== "") return path;
      return `${before === undefined ? "" : `${before} (`}${path}${after}`;
    });
    const vg = this.#vg;
    return COMMANDS.reduce((text, [of, instead]) => text.replace(of, () => instead(vg)), named);
  }
}
