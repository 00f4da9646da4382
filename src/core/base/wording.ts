import { shellWord } from "./shell-word.ts";

/** A message `/dev/sdb (ID)` or `ID` about a device whose id is 32 hexadecimal digits. */
const NAMED = /(?:(\S+) \()?\b([0-9a-f]{32})\b(\))?/g;
/** What comes next is typed, and not only read. */
const TYPED = /(?:--[a-z]+|\bdvm discover rm \S+) $/;
/** What a name of a VG has after it where it is one: never the rest of a longer word. */
const NAME_ENDS = "(?=$|[\\s/,;:.)\\]\"`'])";
/** A tool's command -> what an administrator types instead for a VG. */
const COMMANDS: readonly (readonly [RegExp, (vg: string) => string])[] = [
  [/\btm recover\b/g, (vg) => `dvm recover ${vg}`],
  [/\brun tm init, or dvm remove-vg\b/g, () => "run dvm remove-vg"],
  [/\brun discover find again\b/g, () => "give the command again"],
  [/\bvolactivate settle\b/g, (vg) => `dvm recover ${vg}`],
  [/\btm verify\b/g, () => "dvm doctor"],
  [/(?<!-- )\bmanip (?=[a-z]+(?:-[a-z]+)* --[a-z])/g, (vg) => `dvm run ${vg} -- `],
];

/**
 * Messages in the words of the person who gave the command: tools know devices by their ids and tell people
 * to run tm, where an administrator has paths and has typed dvm.
 */
export class Wording {
  readonly #paths = new Map<string, string>();
  /** By id of a VG: the word that people type for it. */
  readonly #called = new Map<string, string>();
  #vg: { readonly id: string; readonly name: string; readonly called: string } | undefined;
  #options = "";

  /** What was typed to find VGs and disks: what is typed next needs it, too. */
  given({ config, devices = [] }: { readonly config?: string; readonly devices?: readonly string[] }): void {
    const words = [
      ...(config === undefined ? [] : ["-c", config]),
      ...devices.flatMap((path) => ["-d", path]),
    ];
    this.#options = words.map((word) => ` ${shellWord(word)}`).join("");
  }

  /** People type this word for a VG, such as its id where several have its name; the first word stays. */
  call(id: string, word: string): void {
    if (!this.#called.has(id)) this.#called.set(id, word);
  }

  /** A VG gets another name: until all of its labels have that, its id alone finds it for certain. */
  renames(id: string): void {
    this.#called.set(id, id);
    if (this.#vg?.id === id) this.#vg = { ...this.#vg, called: id };
  }

  /** From now on messages are about this VG, as `dvm` knows it. */
  about(
    { id, name }: { readonly id: string; readonly name: string },
    devices: readonly { readonly id: string; readonly path: string }[],
  ): void {
    this.#vg = { id, name, called: this.#called.get(id) ?? name };
    for (const device of devices) this.#paths.set(device.id, device.path);
  }

  /** The message with paths for ids of devices that were found, and dvm's commands for tm's, to be typed. */
  of(message: string): string {
    return this.#asTyped(this.#vg === undefined ? message : this.#put(message, this.#vg.name));
  }

  #put(message: string, vg: string): string {
    const named = message.replace(NAMED, (all: string, before?: string, id = "", after = "", at = 0) => {
      const path = this.#paths.get(id);
      if (path === undefined) return all;
      if (TYPED.test(message.slice(0, at))) return all.replace(id, () => shellWord(path));
      if (before === path && after !== "") return path;
      return `${before === undefined ? "" : `${before} (`}${path}${after}`;
    });
    return COMMANDS.reduce((text, [of, instead]) => text.replace(of, () => instead(vg)), named);
  }

  /** Options stand before the VG, where every command takes them, and where a second look finds them. */
  #asTyped(message: string): string {
    const doctor = message.replace(/\bdvm doctor\b(?! -)/g, () => `dvm doctor${this.#options}`);
    if (this.#vg === undefined) return doctor;
    const { name, called } = this.#vg;
    if (this.#options === "" && name === called) return doctor;
    const names = `(?:${escaped(name)}|${escaped(called)})`;
    const ofVg = new RegExp(`\\bdvm ((?:discover )?[a-z][a-z-]*) ${names}${NAME_ENDS}`, "g");
    return doctor.replace(ofVg, (_, verb: string) => `dvm ${verb}${this.#options} ${called}`);
  }
}

const escaped = (text: string): string => text.replace(/[^\w]/g, "\\$&");
