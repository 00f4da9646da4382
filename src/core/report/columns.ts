import type { Column, ReportSubject } from "./column.ts";

const make =
  (usual: boolean) =>
  (name: string, kind: Column["kind"], summary: string): Column => ({ name, kind, usual, summary });
const usual = make(true);
const more = make(false);

/** Every column of every subject, in the order in which they stand. Report documents have them as keys. */
export const columnsOf: Readonly<Record<ReportSubject, readonly Column[]>> = {
  vg: [
    usual("name", "text", "name of the VG"),
    more("id", "text", "its id"),
    usual("size", "sectors", "all extents of all PVs"),
    usual("free", "sectors", "extents that no LV uses"),
    more("extentSize", "sectors", "size of an extent"),
    more("extents", "count", "number of extents"),
    more("freeExtents", "count", "number of free extents"),
    usual("pvs", "count", "number of PVs"),
    usual("lvs", "count", "number of LVs"),
    usual("availability", "text", "the worst of its LVs' availabilities"),
    usual("missing", "count", "number of PVs whose device was not found"),
    more("duplicates", "count", "number of devices found more than once"),
    more("generation", "count", "how often members or name have changed, by the labels"),
    more("version", "count", "version of the metadata"),
    usual("tags", "list", "tags"),
  ],
  lv: [
    usual("name", "text", "name of the LV"),
    more("id", "text", "its id"),
    more("vg", "text", "name of its VG"),
    usual("type", "text", "types of its segments, joined by +"),
    usual("size", "sectors", "size"),
    more("extents", "count", "size in extents"),
    usual("legs", "count", "copies of its data"),
    usual("stripes", "count", "most devices that a segment is striped over"),
    more("segments", "count", "number of its segments"),
    usual(
      "state",
      "text",
      "active, inactive, partly, differs, suspended, or live when tables were not compared; nothing " +
        "when device-mapper was not asked",
    ),
    usual(
      "sync",
      "percent",
      "how much of its copies is in sync, by the kernel's status; nothing while a leg is left out or " +
        "its devices were not found",
    ),
    more("health", "text", "a letter for each leg or stripe, by the kernel's status"),
    more("fill", "percent", "how full its store is, by the kernel's status"),
    usual(
      "availability",
      "text",
      "complete, degraded, unavailable or unknown, by the devices found and the kernel's status; never " +
        "well when device-mapper was not asked",
    ),
    more(
      "mismatches",
      "count",
      "sectors that differed between its copies when the kernel last compared them",
    ),
    more("problems", "list", "codes of what keeps it from being called well, as dvm doctor has them"),
    more("blockBytes", "count", "logical block size in bytes: the largest of the PVs that its data lies on"),
    more(
      "legStates",
      "list",
      "state of each leg: current, rebuild or stale as the metadata has it, or what contradicts that: " +
        "syncing, failed, absent, behind, missing, unknown",
    ),
    usual("devices", "list", "paths of the devices it lies on; ids of missing ones"),
    more("pvs", "list", "ids of the PVs it lies on"),
    more("missing", "list", "ids of its PVs whose device was not found"),
    more("access", "text", "rw or ro"),
    more("activate", "flag", "activated unless it is left out by name"),
    more("open", "count", "how often it is open"),
    more("dm", "text", "name of its live dm device"),
    more("known", "flag", "false when a newer program made it and only it understands all of it"),
    usual("tags", "list", "tags"),
  ],
  pv: [
    more("id", "text", "id of the device"),
    more("vg", "text", "name of its VG"),
    usual("path", "text", "path of the device"),
    more("dev", "text", "major:minor of the device"),
    usual(
      "state",
      "text",
      "present, missing, duplicate, short (of what is recorded), blocks (its logical block size is not " +
        "what is recorded), failed (a live LV goes on without it), read-only (the kernel takes no writes " +
        "to it), or unused for a device that is no PV",
    ),
    usual("size", "sectors", "its extents"),
    usual("free", "sectors", "extents that no LV uses"),
    usual("used", "sectors", "extents that LVs use"),
    more("deviceSize", "sectors", "size of the whole device"),
    more("blockBytes", "count", "logical block size in bytes; of a PV as the metadata has it"),
    more("dataStart", "sectors", "where its first extent begins"),
    more("extents", "count", "number of extents"),
    more("freeExtents", "count", "number of free extents"),
    usual("lvs", "list", "names of the LVs on it"),
    more("regions", "count", "copies of the metadata on it"),
    more("allocatable", "flag", "false when nothing new is placed on it"),
    more("missing", "flag", "true when its device was not found"),
    usual("tags", "list", "tags"),
  ],
  seg: [
    usual("lv", "text", "name of the LV"),
    more("lvId", "text", "its id"),
    more("vg", "text", "name of its VG"),
    usual("component", "text", "part of the LV that has a dm device of its own, as rimage_0"),
    usual("type", "text", "type of the segment"),
    usual("start", "count", "where it begins in the LV or component, in extents"),
    usual("extents", "count", "its length in extents"),
    usual("size", "sectors", "its length"),
    usual("stripe", "count", "number of the stripe, from 0"),
    more("stripeSize", "sectors", "size of a stripe's chunk"),
    usual("device", "text", "path of the device; the id of a missing one"),
    more("pv", "text", "id of the PV"),
    usual("pvStart", "count", "where it begins on the PV, in extents"),
    usual("pvExtents", "count", "its extents on the PV"),
    more("legState", "text", "state of the leg it belongs to, as in the LV's legStates"),
    more("problem", "text", "code of what is wrong with that leg, as in the LV's problems"),
    more("known", "flag", "false for a segment whose type only a newer program understands"),
  ],
  dm: [
    usual("name", "text", "name of the dm device"),
    more("uuid", "text", "its uuid"),
    more("vg", "text", "name of its VG"),
    usual("dev", "text", "its major:minor"),
    usual("lv", "text", "name of its LV; nothing when the metadata has none"),
    usual("component", "text", "part of the LV it stands for"),
    usual("state", "text", "active, suspended, empty (no live table) or inactive (not there)"),
    usual("table", "text", "agrees or differs, against the metadata; extra when it should not be there"),
    usual("health", "text", "a letter for each leg or stripe, by the kernel's status"),
    usual("targets", "list", "target types of its live table"),
    usual("size", "sectors", "size of its live table"),
    usual("open", "count", "how often it is open"),
    more("events", "count", "its event number"),
    more("readOnly", "flag", "true when it is read-only"),
    more("loaded", "flag", "true when a table awaits resume"),
    more("status", "list", "the kernel's status of each target"),
  ],
};
