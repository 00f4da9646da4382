import type { Socket } from "node:net";
import { DvmError } from "../../base/error.ts";
import type { Channel } from "../../port/sockets.ts";

/** A connected socket. No more is read from it than somebody asks for, and one piece beyond. */
export function hostChannel(socket: Socket): Channel {
  const arrived: Buffer[] = [];
  let waiting: ((next: Buffer | undefined) => void) | undefined;
  let isEnded = false;
  const ended = () => {
    isEnded = true;
    waiting?.(undefined);
    waiting = undefined;
  };
  socket.on("data", (bytes: Buffer) => {
    if (waiting) {
      waiting(bytes);
      waiting = undefined;
    } else {
      arrived.push(bytes);
      socket.pause();
    }
  });
  socket.on("end", ended);
  socket.on("close", ended);
  socket.on("error", ended);
  return {
    read() {
      const next = arrived.shift();
      if (next !== undefined || isEnded) return Promise.resolve(next);
      return new Promise((resolve) => {
        waiting = resolve;
        socket.resume();
      });
    },
    write(parts) {
      return new Promise((resolve, reject) => {
        const done = (cause?: Error | null) =>
          cause ? reject(new DvmError("IO", "the client is gone", { cause })) : resolve();
        if (socket.destroyed) return done(new Error("destroyed"));
        socket.cork();
        for (const [index, part] of parts.entries()) {
          if (index === parts.length - 1) socket.write(part, done);
          else socket.write(part);
        }
        socket.uncork();
      });
    },
    close: () => void socket.destroy(),
  };
}
