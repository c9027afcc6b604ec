// Writes an upstream's head to the client as it came, but for what Node refuses to write.

import type { ServerResponse } from 'node:http';
import { type ResponseHeaders, withoutTrailer } from './headers.ts';

/** `phrase` is the reason phrase as bytes (latin1); `extra` are names and values in turn. */
export function writeUpstreamHead(
  response: ServerResponse,
  status: number,
  phrase: string,
  headers: ResponseHeaders,
  extra: readonly string[],
): void {
  // A body that is not chunked has no trailers, and must not name any.
  const { forClient } =
    headers.hasTrailer && !canBeChunked(response, status) ? withoutTrailer(headers) : headers;
  response.sendDate = false;
  response.writeHead(status, withoutControls(phrase), [...forClient, ...extra]);
}

/** undici reads the phrase as UTF-8. */
export function phraseBytes(text: string | undefined): string {
  if (text === undefined || text === 'OK') return text ?? '';
  if (VISIBLE.test(text)) return text;
  return Buffer.from(text, 'utf8').toString('latin1');
}

const VISIBLE = /^[ -~]*$/;

/** Parsers take any byte in a reason phrase; only some may be written. */
export function withoutControls(phrase: string): string {
  return phrase === 'OK' || VISIBLE.test(phrase) ? phrase : phrase.replace(/[^\t -~\u0080-\u00ff]/g, '');
}

function canBeChunked({ req }: ServerResponse, status: number): boolean {
  return status !== 204 && status !== 304 && req.method !== 'HEAD' && req.httpVersion !== '1.0';
}
