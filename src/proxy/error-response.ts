// The one place that turns TokenWatch's own errors into responses, in the shape of the client's protocol.

import type { ServerResponse } from 'node:http';
import type { TokenWatchError } from '../core/errors.ts';
import type { Protocol } from '../core/protocol.ts';

export const REQUEST_ID_HEADER = 'x-tokenwatch-request-id';
export const ERROR_HEADER = 'x-tokenwatch-error';

/** How long a client may go on sending a body that nobody wants, before the connection is cut. */
const LINGER_MS = 10_000;

/** Answers with the error. Returns the body's length in bytes. Must come before any other response byte. */
export function sendError(
  response: ServerResponse,
  protocol: Protocol,
  error: TokenWatchError,
  requestId: string,
): number {
  const body = Buffer.from(JSON.stringify(protocol.errorBody(error, requestId)));
  response.sendDate = true;
  response.writeHead(error.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    [ERROR_HEADER]: error.code,
    [REQUEST_ID_HEADER]: requestId,
    ...error.headers,
    // What is left of the request must not be taken for the next one.
    ...(!response.req.complete && { connection: 'close' }),
  });
  response.write(body);
  endOnceRead(response);
  return body.length;
}

/**
 * Closing while the client still sends would reset the connection, and the client might never see the answer:
 * the answer goes out at once, and the rest of the request is read and dropped, for a while.
 */
function endOnceRead(response: ServerResponse): void {
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
