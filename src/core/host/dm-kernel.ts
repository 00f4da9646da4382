import { closeSync, openSync, readFileSync } from "node:fs";
import { DvmError, errnoOf } from "../base/error.ts";
import {
  DM_COMMAND,
  DM_FLAG,
  type DmAnswer,
  type DmRequest,
  decodeDeps,
  decodeList,
  decodePacket,
  decodeTable,
  decodeText,
  decodeVersions,
  dmRequest,
  encodeMessage,
  encodePacket,
  encodeRename,
  encodeTable,
  MAX_PACKET_BYTES,
} from "../dm/ioctl.ts";
import { type Dm, DmRefused } from "../port/dm.ts";
import { makeControlNode, type Nodes, openNodes } from "./dm-nodes.ts";
import { errnoName } from "./errno.ts";
import { openKernelLog } from "./kernel-log.ts";
import { libc } from "./native.ts";
import { shielded } from "./shielded.ts";

/** The first room for an answer, in bytes; doubled until it is enough. */
const ROOM = 16384;
const POLLIN = 1;
const EINTR = 4;

/**
 * The kernel's device-mapper, through /dev/mapper/control.
 * @throws DvmError KERNEL when there is none or this process may not use it
 */
export function openKernelDm(): Dm {
  const fd = openControl();
  const { ioctl, errno } = libc();
  const log = openKernelLog();
  const nodes: Nodes = openNodes();
  const poll = libc().declare("int poll(void *, unsigned long, int)");

  /** One ioctl; the answer is in the packet. @throws DmRefused */
  const perform = (operation: string, device: string, command: number, packet: Buffer): DmAnswer => {
    log.mark();
    for (;;) {
      if (ioctl(fd, dmRequest(command), packet) >= 0) return decodePacket(packet);
      const number = errno();
      if (number === EINTR) continue;
      const reason = log.sinceMark();
      throw new DmRefused(operation, device, {
        errno: errnoName(number),
        ...(reason !== undefined && { reason }),
      });
    }
  };
  const call = (operation: string, command: number, request: DmRequest): DmAnswer =>
    perform(operation, request.name ?? "", command, encodePacket(request));
  /** For answers of unknown length. */
  const ask = (operation: string, command: number, request: DmRequest): DmAnswer => {
    for (let room = ROOM; ; room *= 2) {
      const answer = call(operation, command, { ...request, room });
      if ((answer.flags & DM_FLAG.bufferFull) === 0) return answer;
      if (room > MAX_PACKET_BYTES) throw new DvmError("KERNEL", `${operation}: the answer has no end`);
    }
  };
  const tableOf = (operation: string, name: string, flags: number) => {
    const { data, targetCount } = ask(operation, DM_COMMAND.tableStatus, { name, flags });
    return decodeTable(data, targetCount);
  };
  const uuidOf = (name: string): string => call("info", DM_COMMAND.status, { name }).info.uuid;

  return {
    version: () => call("version", DM_COMMAND.version, {}).version,
    targets: () => decodeVersions(ask("targets", DM_COMMAND.versions, {}).data),
    list: () => decodeList(ask("list", DM_COMMAND.list, {}).data),
    info: (name) => call("info", DM_COMMAND.status, { name }).info,
    create: (name, uuid) => call("create", DM_COMMAND.create, { name, uuid }).info,
    remove(name) {
      const eventNr = nodes.cookie(nodes.needUuid ? uuidOf(name) : "");
      call("remove", DM_COMMAND.remove, { name, eventNr });
      nodes.removed(name);
    },
    rename(name, newName) {
      const eventNr = nodes.cookie(nodes.needUuid ? uuidOf(name) : "");
      const { info } = call("rename", DM_COMMAND.rename, { name, eventNr, data: encodeRename(newName) });
      nodes.renamed(name, newName, info.dev);
    },
    load(name, table, { readOnly }) {
      const flags = readOnly ? DM_FLAG.readOnly : 0;
      call("load", DM_COMMAND.load, {
        name,
        flags,
        targetCount: table.length,
        data: encodeTable(table),
      });
    },
    clear: (name) => void call("clear", DM_COMMAND.clear, { name }),
    suspend(name, { noflush, skipLockfs }) {
      const flags = DM_FLAG.suspend | (noflush ? DM_FLAG.noflush : 0) | (skipLockfs ? DM_FLAG.skipLockfs : 0);
      call("suspend", DM_COMMAND.suspend, { name, flags });
    },
    resume(name) {
      const eventNr = nodes.cookie(nodes.needUuid ? uuidOf(name) : "");
      const { info } = call("resume", DM_COMMAND.suspend, { name, eventNr });
      nodes.resumed(name, info);
    },
    message(name, sector, message) {
      const data = encodeMessage(sector, message);
      const answer = call("message", DM_COMMAND.message, { name, data, room: ROOM });
      return (answer.flags & DM_FLAG.dataOut) === 0 ? "" : decodeText(answer.data);
    },
    waitEvent(name, eventNr, deadlineMs) {
      // The kernel's own wait has no deadline, so the control device is polled: it is readable after an event.
      const end = performance.now() + deadlineMs;
      const ready = Buffer.alloc(8);
      for (;;) {
        if (call("wait-event", DM_COMMAND.armPoll, {}).version[1] < 37)
          throw new DmRefused("wait-event", name, { errno: "ENOTTY" });
        if (call("wait-event", DM_COMMAND.status, { name }).info.eventNr > eventNr) return;
        const left = Math.ceil(end - performance.now());
        if (left <= 0) throw new DmRefused("wait-event", name, { errno: "ETIMEDOUT" });
        ready.writeInt32LE(fd, 0);
        ready.writeInt32LE(POLLIN, 4);
        poll(ready, 1, left);
      }
    },
    table: (name, which) =>
      tableOf(
        "table",
        name,
        DM_FLAG.statusTable | (which === "inactive" ? DM_FLAG.queryInactive : 0) | DM_FLAG.noflush,
      ).map(({ status, ...line }) => ({ ...line, params: status })),
    status: (name, { noflush }) => tableOf("status", name, noflush ? DM_FLAG.noflush : 0),
    deps: (name, which) =>
      decodeDeps(
        ask("deps", DM_COMMAND.deps, { name, flags: which === "inactive" ? DM_FLAG.queryInactive : 0 }).data,
      ),
    shielded,
    close() {
      log.close();
      closeSync(fd);
    },
  };
}

function openControl(): number {
  const path = "/dev/mapper/control";
  try {
    makeControlNode(path, misc());
    return openSync(path, "r+");
  } catch (cause) {
    const errno = errnoOf(cause);
    const hint = errno === "EACCES" || errno === "EPERM" ? "; it takes root" : "";
    throw new DvmError("KERNEL", `${path}: cannot be opened: ${errno ?? cause}${hint}`, { cause });
  }
}

/** The minor number of device-mapper among the misc devices, undefined when the kernel has none. */
function misc(): number | undefined {
  const minor = /^\s*(\d+) device-mapper$/m.exec(readFileSync("/proc/misc", "utf8"))?.[1];
  return minor === undefined ? undefined : Number(minor);
}
