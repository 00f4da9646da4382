/** What doctor can find of an LV: each code with what people are told of it, and what to type. */
import { shellWord } from "../base/shell-word.ts";

/** A leg of an LV, for people. */
export interface FoundLeg {
  readonly number: number;
  /** Paths of its devices; ids of missing ones. */
  readonly devices: readonly string[];
}

/** What the text of a finding is made of. */
export interface OfLv {
  readonly vg: string;
  readonly lv: string;
  readonly availability: string;
  /** Ids of PVs that were not found. */
  readonly missing: readonly string[];
  /** The VG has gone on without all of these. */
  readonly gone: boolean;
  readonly state: string;
  readonly legs: readonly FoundLeg[];
  /** Paths of the devices that it lies on and that were cut short. */
  readonly short: readonly string[];
  /** The LVs that are lost so: what is live of one keeps the others from being changed. */
  readonly lost: readonly string[];
  /** Of those that it lies on and that take no writes. */
  readonly readOnly: readonly string[];
  /** The data of all of its devices that are read-only can be had from its other legs. */
  readonly othersTakeWrites: boolean;
  /** How many legs it has. */
  readonly copies: number;
  /** Each of them has all of the content. */
  readonly alike: boolean;
  readonly sync: number | null;
  readonly health: string | null;
  readonly mismatches: number | null;
  /** move or convert, while its data are copied. */
  readonly work: string | null;
  /** Percent. */
  readonly fill: number | null;
  /** Percent of its cache that its origin lacks. */
  readonly dirty: number | null;
}

const legs = ({ legs }: OfLv): string =>
  legs.map(({ number, devices }) => `leg ${number} on ${devices.join(", ")}`).join(" and ");
const onDevices = ({ legs }: OfLv, option: "--resync" | "--without"): string =>
  [...new Set(legs.flatMap(({ devices }) => devices))]
    .map((device) => `${option} ${shellWord(device)}`)
    .join(" ");
const has = ({ legs }: OfLv): string => (legs.length > 1 ? "have" : "has");
const is = ({ legs }: OfLv): string => (legs.length > 1 ? "are" : "is");
const mirror = ({ vg, lv }: OfLv, mirrors: number): string =>
  `dvm run ${vg} -- mirror --name ${lv} --mirrors ${mirrors}`;
/**
 * How a leg that has the wrong data gets the right ones: where all legs have all of it, from a leg made anew.
 */
const another = (of: OfLv): string => {
  if (of.alike)
    return (
      `dvm scrub ${of.vg}/${of.lv} tells where; take out the leg that you distrust and make another: run ` +
      `${mirror(of, of.copies - 2)} --pv ` +
      `DEVICE, then ${mirror(of, of.copies - 1)}`
    );
  const leg = `dvm run ${of.vg} -- leg-state --leg ${of.lv}/LEG --state`;
  return (
    `dvm scrub ${of.vg}/${of.lv} tells where; have the leg that you distrust rebuilt from the others: run ` +
    `${leg} stale, then ${leg} rebuild`
  );
};
/** What to do about PVs that the VG has gone on without; so long as they are members, that is for the VG. */
function withoutPvs(of: OfLv): string {
  const { vg, lv, missing, availability, alike, copies } = of;
  const them = missing.length > 1 ? "them" : "it";
  const again = missing.map((id) => `--resync ${id}`).join(" ");
  const back = `: bring ${them} back, then run dvm recover ${vg} ${again}`;
  if (availability === "unavailable")
    return (
      `${back}, or, where ${them === "it" ? "it is" : "they are"} lost for good, run dvm deactivate ` +
      `${vg} ${lv}, then dvm run ${vg} -- remove-lv --name ${lv}, which gives up what it holds`
    );
  return alike && copies > 1
    ? `${back}, or run ${mirror(of, copies - 2)}, then ${mirror(of, copies - 1)}`
    : back;
}
/** What to do where a device that it lies on ends before that. */
function withoutEnds({ vg, lv, short, lost, availability }: OfLv): string {
  const them = short.length > 1 ? "them" : "it";
  const cut = `${short.join(", ")} ${them === "it" ? "was" : "were"} cut short`;
  const back = `: ${cut}: give ${them} back all of its length`;
  if (availability === "unavailable")
    return (
      `${back}, or, where that is lost for good, run dvm deactivate ${vg} ${lost.join(" ")}, then dvm run ` +
      `${vg} -- remove-lv --name ${lv}, which gives up what it holds`
    );
  return `${back}, or run dvm recover ${vg} ${without(short)}, then dvm repair ${vg}/${lv}`;
}
const without = (paths: readonly string[]): string =>
  paths.map((path) => `--without ${shellWord(path)}`).join(" ");
const inWork = ({ lv, work }: OfLv): string =>
  `LV ${lv} is ${work === "convert" ? "becoming another type" : "being moved"}`;
const lvIs = ({ lv, availability }: OfLv): string => `LV ${lv} is ${availability}`;

/** The codes of report's column `problems`. */
export const ofLvs = {
  "lv-incomplete": (of: OfLv) =>
    of.missing.length > 0
      ? `${lvIs(of)}, without PV ${of.missing.join(", ")}${of.gone ? withoutPvs(of) : ""}`
      : `${lvIs(of)}: not all that it lies on is there${
          of.short.length > 0 ? withoutEnds(of) : ", as is said of its PVs"
        }`,
  "lv-writes-refused": (of: OfLv) =>
    `${lvIs(of)}: it may be written to, and ${of.readOnly.join(", ")}, which it lies on, ` +
    `${of.readOnly.length > 1 ? "are" : "is"} read-only: make that writable (blockdev --setrw, outside of ` +
    `dvm)${of.othersTakeWrites ? `, or run dvm recover ${of.vg} ${without(of.readOnly)}` : ""}`,
  "lv-type-unknown": ({ lv }: OfLv) =>
    `LV ${lv} has segments that a newer dvm made: whether it is well is not known: look with that dvm`,
  "lv-state-unknown": ({ lv }: OfLv) =>
    `LV ${lv}: device-mapper could not be asked: whether it is live and well is not known`,
  "lv-suspended": (of: OfLv) => `${lvIs(of)}: it is suspended: run dvm recover ${of.vg}`,
  "lv-without-table": (of: OfLv) => `${lvIs(of)}: its dm device has no table: run dvm recover ${of.vg}`,
  "lv-tables-differ": ({ lv, state, vg }: OfLv) =>
    `LV ${lv} is live, but not as the metadata has it (${state}): run dvm recover ${vg}`,
  "lv-tables-unknown": ({ lv }: OfLv) =>
    `LV ${lv} is live, and its tables could not be compared with the metadata, which is of a ` +
    "newer version: look with that one, for this one can do nothing about it",
  "lv-errors-mapped": (of: OfLv) =>
    `${lvIs(of)}: error targets stand for some of it: once all that it lies on is there, and by the ` +
    `version that made it, run dvm recover ${of.vg}`,
  "lv-status-unreadable": ({ vg, lv }: OfLv) =>
    `LV ${lv}: the kernel's status of it is in no form that is known: whether it is well is not ` +
    `known: dvm report ${vg} dm --select lv=${lv} --columns name,targets,status shows it: the ` +
    "documentation of the kernel, or a newer version, may tell what it means",
  "lv-stripe-failed": ({ vg, lv }: OfLv) =>
    `LV ${lv}: I/O on a stripe has failed since it was activated (dvm report ${vg} dm --select lv=${lv} ` +
    "--columns name,targets,health shows which): whether all of it can be read is not known: once its " +
    "device is sound, " +
    `run dvm deactivate ${vg} ${lv}, then dvm activate ${vg} ${lv}`,
  "leg-failed": (of: OfLv) =>
    `${lvIs(of)}: the kernel leaves out ${legs(of)}, which ${has(of)} failed: run dvm recover ${of.vg}`,
  "leg-absent": (of: OfLv) => `${lvIs(of)}: the kernel runs without ${legs(of)}: run dvm recover ${of.vg}`,
  "leg-stale": (of: OfLv) =>
    `${lvIs(of)}: ${legs(of)} ${has(of)} missed writes: run dvm recover ${of.vg} ` +
    onDevices(of, "--resync"),
  "leg-behind": (of: OfLv) =>
    `${lvIs(of)}: ${legs(of)} ${has(of)} missed writes, by the superblocks of dm-raid: run dvm ` +
    `activate ${of.vg} ${of.lv}, then dvm recover ${of.vg}`,
  "leg-unread": (of: OfLv) =>
    `${lvIs(of)}: the superblock of ${legs(of)} cannot be read${
      of.availability === "unavailable"
        ? ""
        : ", so that the kernel takes none of it: have it made anew from the others: run dvm recover " +
          `${of.vg} ${onDevices(of, "--without")}, then dvm recover ${of.vg} ` +
          `${onDevices(of, "--resync")}, then dvm activate ${of.vg} ${of.lv}`
    }`,
  "lv-unsynced": (of: OfLv) =>
    `${lvIs(of)}: its copies had not been made equal when it was last live: run dvm activate ${of.vg} ` +
    `${of.lv}, which does that`,
  "leg-syncing": (of: OfLv) =>
    `${lvIs(of)}: ${legs(of)} ${is(of)} being made equal to the ` +
    `others${of.sync === null ? "" : ` (${of.sync.toFixed(1)} %)`}`,
  "leg-copying": (of: OfLv) =>
    `${inWork(of)}${of.sync === null ? "" : `: ${of.sync.toFixed(1)} % of its copy is made`}; once all ` +
    `of it is, run dvm run ${of.vg} -- ${of.work ?? "move"} --name ${of.lv} --finish`,
  "leg-to-copy": (of: OfLv) =>
    `${inWork(of)}, and nothing is copied, since it is not live: run dvm activate ${of.vg} ${of.lv}`,
  "leg-to-rebuild": (of: OfLv) =>
    `${lvIs(of)}: ${legs(of)} ${is(of)} to be rebuilt, which takes a live LV: run dvm activate ` +
    `${of.vg} ${of.lv}`,
  "leg-unmarked": (of: OfLv) =>
    `LV ${of.lv}: ${legs(of)} ${has(of)} been rebuilt, and would be rebuilt again, since the metadata ` +
    `does not say so: run dvm recover ${of.vg}`,
  "lv-sync-stopped": (of: OfLv) =>
    `${lvIs(of)}: its copies are not in sync, and nothing is being done about it: ` +
    `${
      of.health?.includes("A")
        ? `run dvm recover ${of.vg}`
        : `run dvm deactivate ${of.vg} ${of.lv}, then ` + `dvm activate ${of.vg} ${of.lv}`
    }`,
  "lv-snapshot-lost": ({ vg, lv }: OfLv) =>
    `LV ${lv} is lost: its store was full, or failed; its origin goes on: run dvm remove-lv ${vg}/${lv}`,
  "lv-merge-failed": ({ vg, lv }: OfLv) =>
    `LV ${lv}: a snapshot could not be put back whole: look for what the kernel says of its disks; once ` +
    `they are sound, run dvm deactivate ${vg} ${lv}, then dvm activate ${vg} ${lv}, which goes on with it`,
  "lv-filling": ({ vg, lv, fill }: OfLv) =>
    `LV ${lv} has little room left (${fill?.toFixed(1)} % are taken): run dvm extend-lv ${vg}/${lv} ` +
    "--size +SIZE",
  "pool-failed": ({ vg, lv }: OfLv) =>
    `LV ${lv} gives errors: the kernel cannot read the metadata of its pool: once its disks are sound, run ` +
    `dvm deactivate ${vg}, then dvm activate ${vg}`,
  "pool-read-only": ({ vg, lv }: OfLv) =>
    `LV ${lv} takes no writes: its metadata are full, or could not be written: run dvm extend-lv ` +
    `${vg}/${lv} --meta +SIZE, then dvm deactivate ${vg}, then dvm activate ${vg}`,
  "pool-needs-check": ({ vg, lv }: OfLv) =>
    `LV ${lv} takes no writes before its metadata are checked: run dvm deactivate ${vg}, which takes it ` +
    "down for thin_check --clear-needs-check-flag",
  "pool-full": ({ vg, lv }: OfLv) =>
    `LV ${lv} has no chunk left, and writes wait, or fail: run dvm extend-lv ${vg}/${lv} --size +SIZE`,
  "pool-metadata-filling": ({ vg, lv }: OfLv) =>
    `LV ${lv} has little room left for its metadata: run dvm extend-lv ${vg}/${lv} --meta +SIZE`,
  "pool-behind": ({ vg, lv }: OfLv) =>
    `LV ${lv} has not been told all of the last change of its thin LVs: run dvm recover ${vg}`,
  "pool-differs": ({ lv }: OfLv) =>
    `LV ${lv} was changed without this VG, or the metadata is of another past: its thin LVs are not changed`,
  "cache-failed": ({ vg, lv }: OfLv) =>
    `LV ${lv} gives errors: the kernel cannot read its cache: once its disks are sound, run ` +
    `dvm deactivate ${vg} ${lv}, then dvm activate ${vg} ${lv}`,
  "cache-read-only": ({ vg, lv }: OfLv) =>
    `LV ${lv}: the metadata of its cache could not be written: nothing new is cached: once its disks are ` +
    `sound, run dvm deactivate ${vg} ${lv}, then dvm activate ${vg} ${lv}`,
  "cache-flushing": ({ vg, lv, dirty }: OfLv) =>
    `LV ${lv}: its cache is being flushed${dirty === null ? "" : `, ${dirty.toFixed(1)} % are left`}: once ` +
    `nothing is, run dvm uncache ${vg}/${lv} --finish`,
  "cache-lost": ({ vg, lv }: OfLv) =>
    `LV ${lv}: its cache has been given up: run dvm uncache ${vg}/${lv} --drop`,
  "lv-copies-differ": (of: OfLv) =>
    `${lvIs(of)}: ${of.mismatches ?? "some"} sectors differed between its copies when they were last ` +
    `compared: ${another(of)}`,
};
