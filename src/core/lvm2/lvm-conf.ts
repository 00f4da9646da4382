/** What of LVM2's own configuration dvm goes by: where its locks are, and this machine's system id. */
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import type { HostIdentity } from "./refused.ts";
import { parseText } from "./text/parse.ts";
import { isSection, type TextSection, type TextValue } from "./text/section.ts";

export interface LvmConf extends HostIdentity {
  readonly lockingDir: string;
  /** The only devices that LVM2 looks at, where that file is there; undefined: it looks at all of them. */
  readonly devicesFile: string | undefined;
}

const DEFAULT_CONF = "/etc/lvm/lvm.conf";
const DEFAULT_LOCKS = "/run/lock/lvm";
/** Of configurations, and of files with an id. */
const MAX_BYTES = 2 ** 20;

/** @throws DvmError BAD_INPUT when it is there and cannot be read */
export async function readLvmConf(sys: Sys): Promise<LvmConf> {
  const { conf = DEFAULT_CONF, systemId } = sys.config.lvm2 ?? {};
  const settings = await readSettings(sys, conf);
  const locks = settings("global", "locking_dir");
  return {
    lockingDir: typeof locks === "string" && locks.startsWith("/") ? locks : DEFAULT_LOCKS,
    devicesFile: devicesFileOf(conf, settings),
    systemIds: systemId === undefined ? await systemIds(sys, conf, settings) : [systemId],
  };
}

function devicesFileOf(conf: string, settings: Settings): string | undefined {
  if (settings("devices", "use_devicesfile") === 0) return undefined;
  const name = settings("devices", "devicesfile") ?? "system.devices";
  return `${conf.replace(/[^/]*$/, "")}devices/${String(name)}`;
}

type Settings = (section: string, key: string) => TextValue | undefined;

async function readSettings(sys: Sys, path: string): Promise<Settings> {
  const bytes = await sys.files.readIfThere(path, MAX_BYTES);
  if (!bytes) return () => undefined;
  const root = parsed(bytes, path);
  return (section, key) => {
    const within = root.items.get(section);
    const value =
      (isSection(within) ? within.items.get(key) : undefined) ?? root.items.get(`${section}/${key}`);
    return isSection(value) ? undefined : value;
  };
}

function parsed(bytes: Buffer, path: string): TextSection {
  try {
    return parseText(bytes.toString("latin1"), path);
  } catch (thrown) {
    if (!(thrown instanceof DvmError)) throw thrown;
    throw new DvmError("BAD_INPUT", `${thrown.message}: dvm has to know where LVM2's locks are`, {
      cause: thrown,
    });
  }
}

async function systemIds(sys: Sys, conf: string, settings: Settings): Promise<string[]> {
  const source = settings("global", "system_id_source");
  const local = await readSettings(sys, conf.replace(/[^/]*$/, "lvmlocal.conf"));
  const extra = local("local", "extra_system_ids") ?? settings("local", "extra_system_ids") ?? [];
  const own =
    source === "lvmlocal"
      ? (local("local", "system_id") ?? settings("local", "system_id"))
      : await firstLineOf(sys, fileWithId(source, settings));
  return [own, ...(typeof extra === "object" ? extra : [extra])].filter(
    (each): each is string => typeof each === "string" && each !== "",
  );
}

/** An id that LVM2 derives from the machine's is not one that dvm makes. */
function fileWithId(source: TextValue | undefined, settings: Settings): string | undefined {
  if (source === "machineid") return "/etc/machine-id";
  if (source === "uname") return "/proc/sys/kernel/hostname";
  const file = source === "file" ? settings("global", "system_id_file") : undefined;
  return typeof file === "string" ? file : undefined;
}

async function firstLineOf(sys: Sys, path: string | undefined): Promise<string | undefined> {
  const bytes = path === undefined ? undefined : await sys.files.readIfThere(path, MAX_BYTES);
  return bytes
    ?.toString()
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line !== "" && !line.startsWith("#"));
}
