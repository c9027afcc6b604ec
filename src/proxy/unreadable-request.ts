// Answers what cannot be read as a request of HTTP/1.1, and says why. Node's own answer to it has a status and no word.

import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TokenWatchError } from '../core/errors.ts';
import { RepeatedFault } from '../core/repeated-fault.ts';
import { bareAnswer } from './bare-answer.ts';

export interface RequestBounds {
  /** Of its target and its headers together. */
  readonly headBytesMax: number;
  readonly headMs: number;
  readonly requestMs: number;
}

interface ParserFault extends Error {
  readonly code?: string;
  /** The parser's own words. */
  readonly reason?: string;
}

/** The parser has met the first line of HTTP/2. */
const HTTP2 = 'HPE_PAUSED_H2_UPGRADE';

const HTTP2_WORDS =
  'TokenWatch speaks HTTP/1.1, and this client HTTP/2. Have it use HTTP/1.1 (the AWS SDK for JavaScript: requestHandler: new NodeHttpHandler())';

/** `warn` is told of clients that cannot read what they are answered. */
export function answerUnreadable(
  server: Server,
  bounds: RequestBounds,
  warn: (message: string) => void,
): void {
  const http2 = new RepeatedFault(warn, { first: (reason) => `${reason}.`, over: '' });
  server.on('clientError', (fault: ParserFault, socket: Socket & { _httpMessage?: ServerResponse }) => {
    // An answer that has begun is not followed by another.
    const isOpen = socket.writable && socket._httpMessage?.headersSent !== true;
    if (isOpen) socket.write(bareAnswer(errorOf(fault, bounds)));
    socket.destroySoon();
    if (fault.code === HTTP2) http2.met(`A client of the proxy's port was hung up on: ${HTTP2_WORDS}`);
  });
}

function errorOf({ code, reason }: ParserFault, bounds: RequestBounds): TokenWatchError {
  switch (code) {
    case HTTP2:
      return new TokenWatchError('bad_request', `${HTTP2_WORDS}.`);
    case 'HPE_HEADER_OVERFLOW':
      return new TokenWatchError(
        'head_too_large',
        `This request's address and headers have more than ${bounds.headBytesMax} bytes, or are more than 1000: the most that TokenWatch reads.`,
      );
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new TokenWatchError(
        'body_too_large',
        "The extensions of this body's chunks have more than 16384 bytes, the most that TokenWatch reads.",
      );
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new TokenWatchError(
        'request_timeout',
        `This request's head did not come within ${bounds.headMs / 1000} s, or all of it not within ${bounds.requestMs / 60_000} minutes.`,
      );
    default: {
      const why = reason ?? code ?? 'it cannot be read';
      return new TokenWatchError('bad_request', `This is no request of HTTP/1.1: ${why}.`);
    }
  }
}
