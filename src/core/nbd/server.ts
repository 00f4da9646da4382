import type { Channel, Listener } from "../port/sockets.ts";
import { Connection } from "./connection.ts";
import type { NbdExports } from "./export.ts";

export interface ServerOptions {
  readonly listener: Listener;
  readonly exports: NbdExports;
  /** Resolves when the server shall end. */
  readonly asked: Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
  /** Told of requests that have failed. */
  readonly tell: (message: string) => void;
}

const MOST_CLIENTS = 64;
/** For a client to choose what it wants. */
const HANDSHAKE_MS = 30_000;
/** For clients to take the answers to what is under way when the server ends. */
const GRACE_MS = 5_000;

/** Lets clients in until it is asked to end. When it resolves, no request is under way any more. */
export async function serveClients({ listener, exports, asked, sleep, tell }: ServerOptions): Promise<void> {
  const clients = new Map<Connection, { readonly channel: Channel; readonly ended: Promise<void> }>();
  asked.then(() => listener.close());
  for (let channel = await listener.next(); channel; channel = await listener.next()) {
    if (clients.size >= MOST_CLIENTS) {
      channel.close();
      continue;
    }
    const connection = new Connection(channel, exports, tell);
    const ended = connection.run().finally(() => clients.delete(connection));
    clients.set(connection, { channel, ended });
    endIfIdle(connection, channel, sleep(HANDSHAKE_MS));
  }
  const left = [...clients];
  for (const [connection] of left) connection.stop();
  const ended = Promise.all(left.map(([, client]) => client.ended));
  const closeAll = () => {
    for (const [, { channel }] of left) channel.close();
  };
  await Promise.race([ended, sleep(GRACE_MS).then(closeAll)]);
  await ended;
}

/** One who never says what he wants keeps nobody else out for long. */
function endIfIdle(connection: Connection, channel: Channel, late: Promise<void>): void {
  late.then(() => {
    if (!connection.hasChosen) channel.close();
  });
}
