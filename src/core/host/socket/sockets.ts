/** Sockets of the machine. */
import { randomBytes } from "node:crypto";
import { lstatSync, realpathSync, renameSync, statSync, unlinkSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { basename, dirname, join } from "node:path";
import { DvmError, errnoOf } from "../../base/error.ts";
import { reasonOf } from "../../base/system-failure.ts";
import type { Listener, SocketPlace, Sockets } from "../../port/sockets.ts";
import { hostChannel } from "./channel.ts";

/** Bytes of a path of a socket (unix(7)). */
const MOST_PATH = 107;
const WRITABLE_BY_OTHERS = 0o022;

export const hostSockets: Sockets = {
  listen: (place) => ("path" in place ? listenAtPath(place.path) : listenOnTcp(place)),
};

/**
 * It listens under another name before it gets its own, so that who finds it there can connect, and what was
 * there before is replaced in one step.
 */
async function listenAtPath(path: string): Promise<Listener> {
  const directory = ownDirectory(path);
  const target = join(directory, basename(path));
  const temporary = join(directory, `.${randomBytes(4).toString("hex")}`);
  if ([target, temporary].some((each) => Buffer.byteLength(each) > MOST_PATH))
    throw new DvmError(
      "BAD_INPUT",
      `${path}: a socket's path has at most ${MOST_PATH} bytes, its directory with all links followed`,
    );
  await refuseTaken(path, target);
  // Nobody else may ever connect, not even before its mode could be changed.
  const mask = process.umask(0o177);
  const server = createServer({ allowHalfOpen: true });
  let listening: Promise<void>;
  try {
    listening = begun(server, path, { path: temporary });
  } finally {
    process.umask(mask);
  }
  await listening;
  try {
    renameSync(temporary, target);
  } catch (cause) {
    server.close();
    throw failed(path, cause);
  }
  const { ino } = lstatSync(target);
  return listenerOf(server, () => {
    const there = lstatSync(target, { throwIfNoEntry: false });
    if (there?.ino === ino) unlinkSync(target);
  });
}

async function listenOnTcp({ host, port }: Extract<SocketPlace, { port: number }>): Promise<Listener> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  await begun(server, `${host}:${port}`, { host, port });
  return listenerOf(server, () => undefined);
}

function begun(server: Server, name: string, where: object): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(failed(name, cause)));
    server.listen(where, resolve);
  });
}

/** @returns the directory without links. @throws DvmError BAD_INPUT */
function ownDirectory(path: string): string {
  const named = dirname(path);
  try {
    const real = realpathSync(named);
    const { uid, mode } = statSync(real);
    const wrong =
      uid !== process.geteuid?.()
        ? `belongs to another user (uid ${uid})`
        : (mode & WRITABLE_BY_OTHERS) !== 0
          ? "can be written to by other users"
          : undefined;
    if (wrong === undefined) return real;
    throw new DvmError(
      "BAD_INPUT",
      `${path}: its directory ${wrong}, who could put another socket there: ` +
        "name one in a directory that only you can write to, as mkdir -m 700 makes it",
    );
  } catch (cause) {
    if (cause instanceof DvmError) throw cause;
    throw new DvmError("BAD_INPUT", `${named}: ${reasonOf(errnoOf(cause) ?? String(cause))}`, { cause });
  }
}

/** @throws DvmError EXISTS, IN_USE */
async function refuseTaken(path: string, target: string): Promise<void> {
  const there = lstatSync(target, { throwIfNoEntry: false });
  if (!there) return;
  if (!there.isSocket()) throw new DvmError("EXISTS", `${path}: is there already, and is no socket`);
  const isHeard = await new Promise<boolean>((resolve) => {
    const client = connect({ path: target });
    client.once("connect", () => {
      client.destroy();
      resolve(true);
    });
    client.once("error", (cause) => resolve(errnoOf(cause) !== "ECONNREFUSED"));
  });
  if (isHeard) throw new DvmError("IN_USE", `${path}: another process listens there`);
}

function listenerOf(server: Server, tidy: () => void): Listener {
  const arrived: ReturnType<typeof hostChannel>[] = [];
  let waiting: (() => void) | undefined;
  let isClosed = false;
  server.on("connection", (socket) => {
    arrived.push(hostChannel(socket));
    waiting?.();
  });
  // A client that went away before it was let in, or no descriptor left for it: the next one may come.
  server.on("error", () => undefined);
  return {
    async next() {
      while (arrived.length === 0 && !isClosed)
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      return isClosed ? undefined : arrived.shift();
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      tidy();
      server.close();
      for (const channel of arrived) channel.close();
      waiting?.();
    },
  };
}

const failed = (name: string, cause: unknown): DvmError => {
  const errno = errnoOf(cause) ?? String(cause);
  if (errno === "EADDRINUSE")
    return new DvmError("IN_USE", `${name}: another process listens there`, { cause });
  return new DvmError("IO", `${name}: cannot listen there: ${reasonOf(errno)}`, { cause });
};
