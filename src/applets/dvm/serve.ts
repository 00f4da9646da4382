import { DvmError } from "../../core/base/error.ts";
import { sectorsToBytes } from "../../core/base/units.ts";
import type { SocketPlace } from "../../core/port/sockets.ts";
import { verb } from "../applet.ts";
import { where } from "./common.ts";

/** 256 MiB, in sectors. */
const OVERLAY = 2 ** 19;

export const serve = verb({
  name: "serve",
  summary: "Serve LVs as network block devices (NBD), without a kernel's help, until it is told to end",
  description:
    "Each LV is an export of its name. Clients read it as it is on the disks, degraded too, and share one " +
    "view: what one has flushed, all have. The VG's lock is held meanwhile, shared with other readers, so " +
    "that nothing is activated or changed; with --writable it is held for changes. SIGTERM and SIGINT end " +
    "the server: what was begun is answered, what was written is flushed, and the status is 0.",
  examples: [
    "dvm serve vg0/root --socket vg0.sock",
    "dvm serve vg0/root --socket vg0.sock --overlay",
    "dvm serve vg0 --listen 127.0.0.1:10809 --insecure",
  ],
  operands: {
    target: {
      summary: "A VG, for all of its LVs, or LVs of one VG",
      required: true,
      many: true,
      placeholder: "VG[/LV]",
    },
  },
  options: {
    socket: {
      summary: "A path to listen on, in a directory that only you can write to; only you may connect",
      placeholder: "PATH",
    },
    listen: {
      summary: "A port of TCP to listen on instead, for every user of this machine",
      placeholder: "HOST:PORT",
      requires: ["insecure"],
    },
    insecure: {
      summary: "There is no TLS: whoever can connect to the port may read, and write where that is served",
      type: "flag",
      requires: ["listen"],
    },
    writable: { summary: "Clients may write", type: "flag" },
    overlay: {
      summary: "Clients may write to memory, which is gone at the end; the LV stays as it is",
      type: "flag",
    },
    "overlay-size": { summary: "The most that is kept of it", type: "size", requires: ["overlay"] },
    live: {
      summary: "Also what is live, read only: it changes while it is read, and is no point in time",
      type: "flag",
    },
    ...where,
  },
  groups: [
    { give: "one", of: ["socket", "listen"] },
    { give: "at-most-one", of: ["writable", "overlay", "live"] },
  ],
  output: "none",
  run: async (sys, { operands, options: { socket, listen, writable, overlay, live, devices, ...rest } }) => {
    const { serve } = await import("../../core/dvm/serve.ts");
    await serve(sys, {
      devices,
      targets: operands.target,
      place: socket === undefined ? loopback(listen ?? "") : { path: socket },
      writable,
      overlay: overlay ? sectorsToBytes(rest["overlay-size"] ?? OVERLAY) : undefined,
      live,
    });
  },
});

/** @throws DvmError USAGE for what is no address of this machine alone */
function loopback(text: string): SocketPlace {
  const [, v6, v4, port = ""] = /^(?:\[([0-9a-f:]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = v6 ?? v4;
  if (host === undefined || Number(port) < 1 || Number(port) > 65535)
    throw new DvmError(
      "USAGE",
      `--listen "${text}" is no host and port: write it as 127.0.0.1:10809 or [::1]:10809`,
    );
  if (!/^(localhost|::1|127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/.test(host))
    throw new DvmError(
      "USAGE",
      `--listen ${text}: others could connect, and there is no TLS: ` +
        "name 127.0.0.1, or carry a socket over SSH (ssh -L)",
    );
  return { host, port: Number(port) };
}
