import { DvmError } from "../../base/error.ts";
import { parseDmName } from "../../dm/name.ts";

/** What becomes of an LV that could run without a leg that is missing. */
export type DegradedPolicy = "writable" | "readonly" | "never";

/** An LV as people name it: `VG/LV`, `/dev/VG/LV` or `/dev/mapper/VG-LV`. */
export interface NamedLv {
  readonly vg: string;
  readonly lv: string;
}

/** What the kernel's command line says to dvm. */
export interface BootArguments {
  /** False for rd.dvm=0. */
  readonly on: boolean;
  readonly vgs: readonly string[];
  readonly lvs: readonly NamedLv[];
  /** What rd.lvm.vg= and rd.lvm.lv= name; nothing with rd.lvm=0. */
  readonly lvm2: { readonly vgs: readonly string[]; readonly lvs: readonly NamedLv[] };
  readonly graceMs: number | undefined;
  readonly policy: DegradedPolicy | undefined;
  /** The device of root=, undefined when it is named otherwise (UUID=) or is no LV. */
  readonly root: NamedLv | undefined;
  readonly usr: NamedLv | undefined;
  /** undefined with noresume, too. */
  readonly resume: NamedLv | undefined;
  /** Where the swap area begins on it, in pages of 4096 bytes. */
  readonly resumeOffset: number;
  /** Arguments of ours that nobody can make sense of. */
  readonly wrong: readonly string[];
}

const POLICIES: Readonly<Record<string, DegradedPolicy>> = {
  "1": "writable",
  writable: "writable",
  readonly: "readonly",
  "0": "never",
  never: "never",
};

/** As the kernel reads it: words, of which quotes keep spaces; of what stands once the last one counts. */
export function parseKernelLine(line: string): BootArguments {
  const given = new Map<string, string[]>();
  for (const [, name = "", quoted, plain] of line.matchAll(/([^\s="]+)(?:=(?:"([^"]*)"|(\S*)))?/g))
    given.set(name, [...(given.get(name) ?? []), quoted ?? plain ?? ""]);
  const last = (name: string): string | undefined => given.get(name)?.at(-1);
  const wrong: string[] = [];
  const understood = <T>(name: string, read: (value: string) => T | undefined): T | undefined => {
    const value = last(name);
    const result = value === undefined ? undefined : read(value);
    if (value !== undefined && result === undefined) wrong.push(`${name}=${value}`);
    return result;
  };
  const lvsOf = (name: string) =>
    (given.get(name) ?? []).flatMap((value) => {
      const named = parseNamedLv(value);
      if (!named) wrong.push(`${name}=${value}`);
      return named ?? [];
    });
  const isOn = (name: string) => !["0", "no", "off"].includes(last(name) ?? "");
  const lvs = lvsOf("rd.dvm.lv");
  return {
    on: isOn("rd.dvm"),
    lvm2: isOn("rd.lvm")
      ? { vgs: given.get("rd.lvm.vg") ?? [], lvs: lvsOf("rd.lvm.lv") }
      : { vgs: [], lvs: [] },
    vgs: given.get("rd.dvm.vg") ?? [],
    lvs,
    graceMs: understood("rd.dvm.grace", seconds),
    policy: understood("rd.dvm.degraded", (value) =>
      Object.hasOwn(POLICIES, value) ? POLICIES[value] : undefined,
    ),
    root: parseNamedLv(last("root") ?? ""),
    usr: parseNamedLv(last("mount.usr") ?? ""),
    resume: given.has("noresume") ? undefined : parseNamedLv(last("resume") ?? ""),
    resumeOffset: Number(/^\d{1,12}$/.exec(last("resume_offset") ?? "")?.[0] ?? 0),
    wrong,
  };
}

/** An hour at most. @returns milliseconds */
const seconds = (value: string): number | undefined =>
  /^\d{1,4}$/.test(value) && Number(value) <= 3600 ? Number(value) * 1000 : undefined;

/** @returns undefined for a device of another kind */
export function parseNamedLv(word: string): NamedLv | undefined {
  const mapped = /^\/dev\/mapper\/([^/]+)$/.exec(word)?.[1];
  if (mapped !== undefined) {
    const name = parseDmName(mapped);
    return name && name.layer === undefined ? { vg: name.vg, lv: name.lv } : undefined;
  }
  const [, vg = "", lv = ""] = /^(?:\/dev\/)?([^/=]+)\/([^/]+)$/.exec(word) ?? [];
  return vg === "" ? undefined : { vg, lv };
}

/** @throws DvmError USAGE */
export function graceOf(value: string): number {
  const ms = seconds(value);
  if (ms === undefined) throw new DvmError("USAGE", `grace "${value}" is no number of seconds up to 3600`);
  return ms;
}
