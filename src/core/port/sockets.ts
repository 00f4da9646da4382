/** Connections of clients to a server. */

/** One of them. */
export interface Channel {
  /** What has come; undefined when nothing will come any more, however that ended. */
  read(): Promise<Buffer | undefined>;
  /**
   * Sends these one behind the other, and nothing in between. Resolves when the system has taken them.
   * @throws DvmError IO when the other side is gone
   */
  write(parts: readonly Uint8Array[]): Promise<void>;
  /** At once: whatever is not sent by then is not sent. */
  close(): void;
}

/** A path of a socket, or a host and a port of TCP. */
export type SocketPlace = { readonly path: string } | { readonly host: string; readonly port: number };

export interface Listener {
  /** The next client; undefined after `close`. */
  next(): Promise<Channel | undefined>;
  /** No more are let in, and the path is gone. */
  close(): Promise<void>;
}

export interface Sockets {
  /**
   * Only this user may connect to a path, and its directory may be written by this user alone. A socket that
   * nobody listens on any more gives way.
   * @throws DvmError IN_USE when somebody listens there; EXISTS for what is no socket; BAD_INPUT for a path
   *   that cannot be one, or where others have a hand in; IO
   */
  listen(place: SocketPlace): Promise<Listener>;
}
