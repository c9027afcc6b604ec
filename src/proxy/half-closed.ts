// A client that has said its last word (FIN) may still be listening, or may be gone: TCP does not tell which. One whose
// answer has not begun is asked by an informational response, which a listener ignores and a dead socket refuses; that
// keeps both promises, an answer for whoever waits and no paid work for whoever left.

import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { GuardedResponse } from './guard.ts';

/** An answer that comes within the first makes the question superfluous; a dead socket refuses only the second. */
const QUESTIONS_MS = [200, 100] as const;
/** Whoever listened may leave later. */
const LATER_MS = 5000;

export function serveHalfClosed(server: Server): void {
  // Node would hang up on them. Public in its documentation of net, not in its types of http.
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  const event = server instanceof TlsServer ? 'secureConnection' : 'connection';
  server.on(event, (socket: Socket) => socket.on('end', () => ask(socket)));
}

function ask(socket: Socket): void {
  const response = responseOn(socket);
  // Without one Node closes the connection itself; a half request is Node's to refuse, and a WebSocket its tunnel's.
  if (response === null || !response.req.complete || response.req.headers.upgrade !== undefined) return;
  // Who hangs up in the middle of an answer does not want the rest.
  if (response.headersSent || response.req.httpVersion === '1.0') {
    socket.destroy();
    return;
  }
  let asked = 0;
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    timer = setTimeout(() => {
      if (response.headersSent || response.destroyed) return;
      response.writeProcessing();
      asked += 1;
      wait();
    }, QUESTIONS_MS[asked] ?? LATER_MS);
  };
  wait();
  response.once('close', () => clearTimeout(timer));
}

/** The one that is being answered. */
function responseOn(socket: Socket): GuardedResponse | null {
  return (socket as Socket & { _httpMessage?: GuardedResponse | null })._httpMessage ?? null;
}
