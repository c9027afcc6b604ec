// Takes a request body in whole, within a limit.

import type { IncomingMessage } from 'node:http';
import { TokenWatchError } from '../core/errors.ts';

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

/** A larger body is put together while it comes: all of it at its end would hold up others. */
const LARGE_BYTES = 256 * 1024;

/** The same bytes where there is room for so many, in memory that other threads can read as well. */
function withRoom(bytes: Buffer, neededBytes: number, declaredBytes: number): Buffer {
  if (bytes.buffer instanceof SharedArrayBuffer && bytes.length >= neededBytes) return bytes;
  const room = Buffer.from(new SharedArrayBuffer(Math.max(declaredBytes, 2 * neededBytes)));
  bytes.copy(room);
  return room;
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
  const declared = Number(request.headers['content-length'] ?? 0);
  let chunks: Buffer[] = [];
  let large: Buffer | null = null;
  let size = 0;
  let settled = false;
  const settle = (error: TokenWatchError | null) => {
    if (settled) return;
    settled = true;
    const read = chunks;
    chunks = [];
    if (error !== null) done(error, Buffer.alloc(0));
    else if (large !== null) done(null, large.subarray(0, size));
    else done(null, read.length === 1 ? (read[0] as Buffer) : Buffer.concat(read, size));
  };
  const keep = (chunk: Buffer): void => {
    if (large === null && size + chunk.length <= LARGE_BYTES) chunks.push(chunk);
    else {
      large = withRoom(large ?? Buffer.concat(chunks, size), size + chunk.length, declared);
      chunk.copy(large, size);
    }
    size += chunk.length;
  };
  request.on('data', (chunk: Buffer) => {
    if (settled) return;
    if (size + chunk.length > bytesMax) settle(bodyTooLarge(bytesMax));
    else keep(chunk);
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
