// The end of a connection that Node's HTTP server has handed over, as it does for a WebSocket or a tunnel that is then
// refused: nobody else reads from it any more, ends it, or looks whether it takes too long.

import type { Duplex } from 'node:stream';

/** Whoever has heard the last word and does not hang up within this is hung up on. */
const LINGER_MS = 1000;

export function endWith(socket: Duplex, lastWord: string | null): void {
  socket.on('error', () => socket.destroy());
  // Only who reads is told that the other side has closed.
  socket.resume();
  const cut = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(cut));
  if (lastWord === null) socket.end();
  else socket.end(lastWord);
}
