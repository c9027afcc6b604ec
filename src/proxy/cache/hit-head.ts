// The head of an answer that comes from the cache, or from another request's upstream call.

import { REQUEST_ID_HEADER } from '../error-response.ts';
import type { Exchange } from '../exchange.ts';

/** `length` is the body's; null for a stream. `headers` are names and values in turn. */
export function writeHitHead(
  { response, id }: Exchange,
  length: number | null,
  headers: readonly string[],
): void {
  response.sendDate = true;
  response.writeHead(200, [
    'content-type',
    length === null ? 'text/event-stream; charset=utf-8' : 'application/json',
    ...(length === null ? ['cache-control', 'no-cache'] : ['content-length', String(length)]),
    REQUEST_ID_HEADER,
    id,
    ...headers,
  ]);
}
