// The one place that turns TokenWatch's own errors into responses, in the shape of the client's protocol.

import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { FINAL_REFUSALS, type TokenWatchError } from '../core/errors.ts';
import type { Endpoint, Protocol } from '../core/protocol.ts';
import { endOnceRead } from './end-once-read.ts';

export const REQUEST_ID_HEADER = 'x-tokenwatch-request-id';
const ERROR_HEADER = 'x-tokenwatch-error';

/** Which error it is, and whether the same request may succeed later: SDKs and agents go by that. */
export function errorHeaders(error: TokenWatchError): Readonly<Record<string, string>> {
  return { [ERROR_HEADER]: error.code, 'x-should-retry': String(error.retryable), ...error.headers };
}

/** Clients that try every 429 again, whatever it says of itself, and know a 402 to be final. */
const TAKES_402 = /\bopencode\b/i;

/** The status as the client understands it; `headers` are its own. */
export function statusFor(error: TokenWatchError, headers: IncomingHttpHeaders): number {
  const isFinal = FINAL_REFUSALS.has(error.code) && errorHeaders(error)['x-should-retry'] !== 'true';
  return isFinal && TAKES_402.test(headers['user-agent'] ?? '') ? 402 : error.status;
}

/** What decides the form: of an exchange. */
export interface ErrorPlace {
  readonly mount: { readonly protocol: Protocol };
  readonly endpoint: Endpoint;
  readonly id: string;
  /** Each time that an upstream was asked, where it was not once. */
  readonly attempts: readonly unknown[];
}

/** Answers with the error. Returns the body's length in bytes. Must come before any other response byte. */
export function sendError(
  response: ServerResponse,
  { mount, endpoint, id: requestId, attempts }: ErrorPlace,
  error: TokenWatchError,
): number {
  const body = Buffer.from(JSON.stringify(mount.protocol.errorBody(error, requestId, endpoint)));
  response.sendDate = true;
  response.writeHead(statusFor(error, response.req.headers), {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    [REQUEST_ID_HEADER]: requestId,
    ...errorHeaders(error),
    ...(attempts.length > 1 && { 'x-tokenwatch-attempts': attempts.length }),
    // What is left of the request must not be taken for the next one.
    ...(!response.req.complete && { connection: 'close' }),
  });
  response.write(body);
  endOnceRead(response);
  return body.length;
}
