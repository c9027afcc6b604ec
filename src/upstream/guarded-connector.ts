// Connections to upstreams, each with its own faults: what an upstream sends may trip an assertion in the parser that
// reads it, and that breaks this connection instead of the process.

import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

export function guardedConnector(connect: buildConnector.connector): buildConnector.connector {
  return (options, done) =>
    connect(options, (...result: Parameters<buildConnector.Callback>) => {
      const [, socket] = result;
      // A failure is told without a socket, whatever the types say.
      if (socket) guardEvents(socket);
      done(...result);
    });
}

function guardEvents(socket: Socket): void {
  const emit = socket.emit.bind(socket) as (...event: Parameters<Socket['emit']>) => boolean;
  socket.emit = (...event: Parameters<Socket['emit']>): boolean => {
    try {
      return emit(...event);
    } catch (fault) {
      // An assertion means that its reader is in a state that nobody has thought of: nothing more is read there.
      if (!socket.destroyed) socket.destroy(fault instanceof Error ? fault : new Error(String(fault)));
      return true;
    }
  };
}
