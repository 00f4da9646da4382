/** A VG on a machine in memory, and what is asked of it. */
import type { ToolCall } from "../../src/core/port/toolbox.ts";
import type {
  Discovery,
  Metadata,
  TmHistory,
  TmRecovered,
  TmResult,
  TmVerify,
} from "../../src/schema/index.ts";
import { Machine } from "./machine.ts";

const MIB = 2 ** 20;

type Options = Readonly<Record<string, unknown>>;
type Way = Partial<Pick<ToolCall, "operands" | "options" | "command">> & { readonly discovery?: Discovery };

/** How many disks of 6 MiB, each with so many regions of 1 MiB; extents of 512 KiB. */
export interface VgOptions {
  readonly disks?: number;
  readonly regions?: number;
  /** How many disks carry regions. */
  readonly regionsOn?: number;
  /** The logical block size of each disk: 512 when left out. */
  readonly blocks?: readonly number[];
  /** Its ids are others than those of a VG made alike. */
  readonly diverging?: boolean;
}

export const diskPath = (n: number): string => `/dev/${"abcdefghijklmnopqrstuvwxyz"[n]}`;

/** A machine with a VG "vg" and no LV. */
export async function machineWithVg({
  disks = 3,
  regions = 1,
  regionsOn = disks,
  blocks = [],
  diverging = false,
}: VgOptions = {}) {
  const machine = new Machine();
  if (diverging) machine.diverge();
  machine.commands["cat"] = (_args, input) => input;
  const paths = Array.from({ length: disks }, (_, n) => diskPath(n));
  for (const [n, path] of paths.entries())
    machine.disk(path, 6 * MIB, { logicalBlockSize: blocks[n] ?? 512 });
  const [device, ...others] = paths;
  await machine.call({
    applet: "discover",
    verb: "add",
    operands: { vg: "vg", device },
    options: { with: others, new: true, regions, "regions-on": regionsOn, "region-size": "1M" },
  });
  const command = ["manip", "create-vg", "--discovery", "{discovery}", "--extent-size", "512k"];
  await machine.call({ applet: "tm", verb: "init", stdin: await find(machine), command });
  machine.restart();
  return machine;
}

export const find = async (machine: Machine, options: Options = {}, vg = "vg"): Promise<Discovery> =>
  (await machine.call({ applet: "discover", verb: "find", operands: { vg }, options })) as Discovery;

async function tm(machine: Machine, verb: string, { discovery, ...way }: Way): Promise<unknown> {
  const options = { "lock-timeout": 0, ...way.options };
  return machine.call({ applet: "tm", verb, stdin: discovery ?? (await find(machine)), ...way, options });
}

/** tm update -- manip COMMAND */
export const change = async (
  machine: Machine,
  command: readonly string[],
  way: Way = {},
): Promise<TmResult> => (await tm(machine, "update", { ...way, command: ["manip", ...command] })) as TmResult;

export const createLv = (machine: Machine, name: string, size = "1M", ...more: string[]) =>
  change(machine, ["create-lv", "--name", name, "--size", size, ...more]);

export const expand = async (machine: Machine, device: readonly string[], way: Way = {}): Promise<TmResult> =>
  (await tm(machine, "expand", {
    command: ["manip", "add-pv", "--discovery", "{discovery}"],
    ...way,
    operands: { device },
  })) as TmResult;

/** @param ids of the devices */
export const reduce = async (machine: Machine, ids: readonly string[], way: Way = {}): Promise<TmResult> =>
  (await tm(machine, "reduce", {
    command: ["manip", "remove-pv", ...ids.flatMap((id) => ["--pv", id])],
    ...way,
    operands: { device: ids },
  })) as TmResult;

export const restore = async (machine: Machine, from: number | string, way: Way = {}): Promise<TmResult> =>
  (await tm(machine, "restore", { ...way, operands: { from: String(from) } })) as TmResult;

export const recover = async (machine: Machine, options: Options = {}, way: Way = {}): Promise<TmRecovered> =>
  (await tm(machine, "recover", { ...way, options })) as TmRecovered;

/** tm recover --without IDS, whose PVs the metadata does not use. */
export const goWithout = (machine: Machine, ids: readonly string[], command?: readonly string[]) =>
  recover(
    machine,
    { without: ids },
    { command: command ?? ["manip", "remove-pv", ...ids.flatMap((id) => ["--pv", id])] },
  );

export const verify = async (machine: Machine, way: Way = {}): Promise<TmVerify> =>
  (await tm(machine, "verify", way)) as TmVerify;

export const history = async (machine: Machine): Promise<TmHistory> =>
  (await tm(machine, "history", {})) as TmHistory;

/** The metadata, byte for byte. */
export const readText = async (machine: Machine, way: Way = {}): Promise<string> =>
  String(await tm(machine, "read", way));

export const readMetadata = async (machine: Machine, way: Way = {}): Promise<Metadata> =>
  JSON.parse(await readText(machine, way)) as Metadata;

export const lvNames = async (machine: Machine): Promise<string[]> =>
  (await readMetadata(machine)).lvs.map(({ name }) => name).sort();

/** The id of the device at a path, as its label says. */
export async function idAt(machine: Machine, path: string): Promise<string> {
  const found = (await find(machine, { devices: [path] })).devices[0];
  if (!found) throw new Error(`${path} has no label`);
  return found.id;
}
