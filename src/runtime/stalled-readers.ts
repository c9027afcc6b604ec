// Cuts clients that take nothing of what waits for them: a paused stream holds its upstream, its place and what its
// budget has set aside for as long as it lasts, and nothing else would ever end it. What is silent because there is
// nothing to say is left alone.

import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Longer than anybody waits who will still read on. */
const STALLED_MS_MAX = 10 * 60_000;
const LOOK_MS = 15_000;

interface Seen {
  /** Changes with each byte that the client takes, or is given. */
  stand: number;
  /** How often it was seen at that; not by the clock, which goes on while the machine sleeps or is too busy to look. */
  looks: number;
}

export interface StalledTimes {
  readonly stalledMs?: number;
  readonly lookMs?: number;
}

export function cutStalledReaders(
  server: Server,
  { stalledMs = STALLED_MS_MAX, lookMs = LOOK_MS }: StalledTimes = {},
): void {
  const sockets = new Map<Socket, Seen>();
  // On TLS these are the encrypted ones: what a client takes shows there, what waits only in the piece on its way.
  server.on('connection', (socket: Socket) => {
    sockets.set(socket, { stand: 0, looks: 0 });
    socket.once('close', () => sockets.delete(socket));
  });
  const look = (): void => {
    for (const [socket, seen] of sockets) {
      const waiting = socket.writableLength + inFlight(socket);
      const stand = socket.bytesWritten - waiting;
      if (waiting === 0 || stand !== seen.stand) {
        seen.stand = stand;
        seen.looks = 0;
      } else if (seen.looks * lookMs >= stalledMs) socket.destroy();
      else seen.looks += 1;
    }
  };
  const timer = setInterval(look, lookMs).unref();
  server.once('close', () => clearInterval(timer));
}

/** What is left of a piece that is being written: Node counts it as a whole until it is gone. Not in its types. */
function inFlight(socket: Socket): number {
  const { _handle: handle } = socket as Socket & {
    readonly _handle?: { readonly writeQueueSize?: number } | null;
  };
  return handle?.writeQueueSize ?? 0;
}
