// Ends an answer that came before its request had ended, without losing it on the way.

import type { ServerResponse } from 'node:http';

/** How long a client may go on sending a body that nobody wants, before the connection is cut. */
const LINGER_MS = 10_000;

/**
 * Closing while the client still sends would reset the connection, and the client might never see the answer:
 * what is written goes out at once, and the rest of the request is read and dropped, for a while.
 */
export function endOnceRead(response: ServerResponse): void {
  const request = response.req;
  if (request.complete || request.destroyed) {
    response.end();
    return;
  }
  const end = (): void => {
    clearTimeout(linger);
    response.end();
  };
  const linger = setTimeout(end, LINGER_MS);
  request.once('end', end);
  response.once('close', end);
  request.resume();
}
