/** Names of VGs and LVs: they become file names in /dev and parts of dm names. */
import { DvmError } from "./error.ts";

const NAME = /^[A-Za-z0-9+_.][A-Za-z0-9+_.-]*$/;
/** Tags become no files: they may say role=db, site:berlin/rack4 or owner@host. */
const TAG = /^[A-Za-z0-9+_.=:/@][A-Za-z0-9+_.=:/@-]*$/;
const ID = /^[0-9a-f]{32}$/;

/** Names that /dev uses for something else, so that `/dev/<vg>` would collide. */
const TAKEN_IN_DEV = new Set([
  "block",
  "bsg",
  "bus",
  "char",
  "cpu",
  "disk",
  "dma_heap",
  "dri",
  "fd",
  "full",
  "fuse",
  "hugepages",
  "input",
  "kmem",
  "kmsg",
  "kvm",
  "log",
  "loop-control",
  "mapper",
  "md",
  "mem",
  "mqueue",
  "net",
  "null",
  "port",
  "ppp",
  "pts",
  "ptmx",
  "random",
  "rtc",
  "shm",
  "snd",
  "stderr",
  "stdin",
  "stdout",
  "tty",
  "ubi",
  "urandom",
  "usb",
  "vfio",
  "zero",
]);

/** The longest name alone; mangled together, VG, LV and layer must fit 127 bytes of a dm name. */
const MAX_NAME = 100;

/** True for the 32 lower-case hex digits that name a VG, LV or device for ever. */
export const isId = (text: string): boolean => ID.test(text);

/**
 * Checks a name that a person chose.
 * @throws DvmError BAD_NAME with the reason
 */
export function checkName(kind: "VG" | "LV" | "tag", name: string): string {
  const wrong = wrongWith(kind, name);
  if (wrong !== undefined) throw new DvmError("BAD_NAME", `${kind} name "${name}" ${wrong}`);
  return name;
}

function wrongWith(kind: "VG" | "LV" | "tag", name: string): string | undefined {
  if (name === "" || name === "." || name === "..") return "is not allowed";
  const signs = kind === "tag" ? "+ _ . = : / @ -" : "+ _ . -";
  if (!(kind === "tag" ? TAG : NAME).test(name))
    return `may only have letters, digits and ${signs} and may not begin with -`;
  if (name.length > MAX_NAME) return `is longer than ${MAX_NAME} characters`;
  return kind === "VG" && TAKEN_IN_DEV.has(name) ? "stands in /dev for something else" : undefined;
}
