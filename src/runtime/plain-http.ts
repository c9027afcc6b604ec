// Tells of clients that speak plain HTTP to a port of TLS: they are hung up on without a word, and nobody knows why.

import type { EventEmitter } from 'node:events';
import { RepeatedFault } from '../core/repeated-fault.ts';

/** OpenSSL's, for a first line as `GET / HTTP/1.1`. */
const PLAIN = 'ERR_SSL_HTTP_REQUEST';

export function tellPlainHttp(server: EventEmitter, port: string, warn: (message: string) => void): void {
  const fault = new RepeatedFault(warn, { first: (reason) => `${reason}.`, over: '' });
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => {
    if (error.code !== PLAIN) return;
    fault.met(
      `Plain HTTP came to ${port}, which speaks TLS, and was hung up on: the address that its client was given must begin with https://`,
    );
  });
}
