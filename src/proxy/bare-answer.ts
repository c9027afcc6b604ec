// Answers to what belongs to no mount, and so to no protocol: nobody knows whose client asks, and each finds its own fields.

import type { TokenWatchError } from '../core/errors.ts';
import { http } from '../runtime/node-http.ts';
import { errorHeaders } from './error-response.ts';

export function bareBody({ code, message, status }: TokenWatchError): string {
  const type = status === 404 ? 'not_found_error' : 'invalid_request_error';
  return `${JSON.stringify({ type: 'error', error: { type, code, message, param: null } })}\n`;
}

/** As it stands on the wire, for a connection that ends with it. */
export function bareAnswer(error: TokenWatchError): string {
  const body = bareBody(error);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
    ...errorHeaders(error),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${error.status} ${http.STATUS_CODES[error.status]}\r\n${lines.join('')}\r\n${body}`;
}
