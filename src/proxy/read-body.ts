// Takes a request body in whole, within a limit.

import type { IncomingMessage } from 'node:http';
import { TokenWatchError } from '../core/errors.ts';
import { GatheredBytes } from './gathered-bytes.ts';

export function bodyTooLarge(bytesMax: number): TokenWatchError {
  return new TokenWatchError(
    'body_too_large',
    `The request body is larger than ${bytesMax} bytes. Raise TOKENWATCH_MAX_BODY_BYTES to let it through.`,
  );
}

export function clientGone(): TokenWatchError {
  return new TokenWatchError('client_gone', 'The client went away while sending its request.');
}

/** True when the request has a body, by RFC 9112, section 6. */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/**
 * Collects the body and hands it over once. Over the limit: `body_too_large`, at once where the length is
 * declared, and the rest of the body is thrown away. The client gone: `client_gone`.
 */
export function readBody(
  request: IncomingMessage,
  bytesMax: number,
  done: (error: TokenWatchError | null, body: Buffer) => void,
): void {
  const gathered = new GatheredBytes(Number(request.headers['content-length'] ?? 0));
  let settled = false;
  const settle = (error: TokenWatchError | null) => {
    if (settled) return;
    settled = true;
    if (error !== null) done(error, Buffer.alloc(0));
    else done(null, gathered.take());
  };
  request.on('data', (chunk: Buffer) => {
    if (settled) return;
    if (gathered.size + chunk.length > bytesMax) settle(bodyTooLarge(bytesMax));
    else gathered.push(chunk);
  });
  request.on('end', () => settle(null));
  const gone = () => {
    // Every request closes in the end: no error, with its stack, is made for one that has ended well.
    if (settled) return;
    settle(clientGone());
  };
  request.on('error', gone);
  request.on('close', gone);
}
