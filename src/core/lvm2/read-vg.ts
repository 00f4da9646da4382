/**
 * Makes a VG of a text. What LVM2 itself refuses is refused here: a text like that is as good as none. What
 * it takes in spite of not understanding it is taken, too.
 */
import { sha256 } from "../base/bytes.ts";
import { DvmError } from "../base/error.ts";
import { plainId } from "./ids.ts";
import type { TextLv, TextPv, TextVg } from "./model.ts";
import { readSegments } from "./read-segments.ts";
import { refuseOverlaps } from "./refuse-overlaps.ts";
import { Fields } from "./text/fields.ts";
import { parseText } from "./text/parse.ts";
import { isSection } from "./text/section.ts";

const CONTENTS = "Text Format Volume Group";
const VERSION = 1;
const FORMAT = "lvm2";

/** Names become parts of paths and of dm names. */
const NAME = /^[A-Za-z0-9+_.][A-Za-z0-9+_.-]*$/;
/** NAME_LEN of LVM2, less the NUL. */
const LONGEST_NAME = 127;

/** Words of `status`. One that is not known makes LVM2 refuse the VG, since it may mean anything. */
const WORDS: Readonly<Record<"VG" | "PV" | "LV", readonly string[]>> = {
  VG: ["EXPORTED", "RESIZEABLE", "READ", "WRITE", "PARTIAL", "PVMOVE", "SHARED", "CLUSTERED"],
  PV: ["ALLOCATABLE", "EXPORTED"],
  LV: [
    "READ",
    "WRITE",
    "VISIBLE",
    "FIXED_MINOR",
    "LOCKED",
    "PVMOVE",
    "NOTSYNCED",
    "REBUILD",
    "RESHAPE",
    "RESHAPE_DATA_OFFSET",
    "RESHAPE_DELTA_DISKS_PLUS",
    "RESHAPE_DELTA_DISKS_MINUS",
    "RESHAPE_REMOVED",
    "WRITEMOSTLY",
  ],
};

/**
 * @param text as the area has it, with its NUL
 * @param what where it is from, for messages
 * @throws DvmError CORRUPT; UNSUPPORTED for a version that is not known
 */
export function readVg(text: Buffer, what: string): TextVg {
  const bare = text.toString("latin1").replace(/\0+$/, "");
  const root = parseText(bare, what);
  const file = new Fields(root, what);
  if (file.text("contents") !== CONTENTS) throw file.corrupt(`contents is not "${CONTENTS}"`);
  const version = file.count("version");
  if (version !== VERSION)
    throw new DvmError("UNSUPPORTED", `${what}: the text has version ${version}, this dvm knows ${VERSION}`);
  const [vg, ...more] = [...root.items].flatMap(([name, value]) =>
    isSection(value) ? [{ name, fields: new Fields(value, `${what}: VG ${name}`) }] : [],
  );
  if (!vg || more.length > 0) throw file.corrupt("there is not one VG in it");
  const hash = sha256(Buffer.from(bare, "latin1")).toString("hex");
  return { ...vgOf(checkedName(vg.name, vg.fields), vg.fields), file: root, sha256: hash };
}

function vgOf(name: string, fields: Fields): Omit<TextVg, "file" | "sha256"> {
  if ((fields.maybeText("format") ?? FORMAT) !== FORMAT)
    throw fields.corrupt(`its format is ${fields.text("format")}`);
  const extentSize = fields.count("extent_size");
  if (extentSize === 0 || extentSize > 2 ** 32) throw fields.corrupt(`has extents of ${extentSize} sectors`);
  const pvs = fields.sections("physical_volumes").map(([key, each]) => ({ key, pv: pvOf(each) }));
  if (pvs.length === 0) throw fields.corrupt("has no PVs");
  const pvNumbers = new Map(pvs.map(({ key }, index) => [key, index]));
  const sections = fields.sections("logical_volumes");
  const names = new Set(sections.map(([key]) => key));
  const lvs = new Map<string, TextLv>();
  for (const [key, each] of sections) lvs.set(key, lvOf(key, each, { pvNumbers, names }));
  const vg = {
    id: idOf(fields),
    name,
    seqno: fields.count("seqno"),
    status: words("VG", fields),
    extentSize,
    systemId: fields.maybeText("system_id") || undefined,
    lockType: lockTypeOf(fields),
    tags: fields.texts("tags"),
    pvs: pvs.map(({ pv }) => pv),
    lvs,
  };
  refuseTwice(vg, fields);
  refuseOverlaps(vg);
  return vg;
}

/** Locks on this host alone are asked of nobody. */
function lockTypeOf(fields: Fields): string | undefined {
  const type = fields.maybeText("lock_type");
  return type === undefined || type === "none" || type === "" ? undefined : type;
}

function pvOf(fields: Fields): TextPv {
  const status = words("PV", fields);
  const peStart = fields.count("pe_start");
  const peCount = fields.count("pe_count");
  return {
    id: idOf(fields),
    device: fields.maybeText("device"),
    allocatable: status.has("ALLOCATABLE"),
    missing: fields.texts("flags").includes("MISSING"),
    tags: fields.texts("tags"),
    devSize: fields.maybeCount("dev_size"),
    peStart,
    peCount,
  };
}

function lvOf(
  name: string,
  fields: Fields,
  known: { readonly pvNumbers: ReadonlyMap<string, number>; readonly names: ReadonlySet<string> },
): TextLv {
  const status = words("LV", fields);
  if (fields.maybeCount("creation_time") !== undefined) fields.text("creation_host");
  return {
    id: idOf(fields),
    name: checkedName(name, fields),
    status,
    flags: new Set(fields.texts("flags")),
    tags: fields.texts("tags"),
    minor: status.has("FIXED_MINOR") ? fields.maybeCount("minor") : undefined,
    segments: readSegments(fields, known),
  };
}

function checkedName(name: string, fields: Fields): string {
  if (!NAME.test(name) || name === "." || name === ".." || name.length > LONGEST_NAME)
    throw fields.corrupt("its name can be none");
  return name;
}

function idOf(fields: Fields): string {
  const text = fields.text("id");
  const id = plainId(text);
  if (id === undefined) throw fields.corrupt(`"${text.slice(0, 64)}" is no id`);
  return id;
}

function words(kind: keyof typeof WORDS, fields: Fields): ReadonlySet<string> {
  const status = fields.texts("status");
  const unknown = status.find((word) => !WORDS[kind].includes(word));
  if (unknown !== undefined) throw fields.corrupt(`has the unknown status "${unknown.slice(0, 64)}"`);
  return new Set(status);
}

function refuseTwice({ pvs, lvs }: Pick<TextVg, "pvs" | "lvs">, fields: Fields): void {
  for (const [kind, all] of [["PV", pvs] as const, ["LV", [...lvs.values()]] as const]) {
    const seen = new Set<string>();
    for (const { id } of all) {
      if (seen.has(id)) throw fields.corrupt(`has ${kind} ${id} twice`);
      seen.add(id);
    }
  }
}
