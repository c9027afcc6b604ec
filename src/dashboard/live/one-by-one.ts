// Requests that one connection sends behind each other, without waiting for answers: Node hands out all that came in one
// piece, which may be a thousand, and keeps each answer until those before it are gone. Here the next is looked at once
// the one before it has been taken, so that a client which reads nothing is made one answer.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Take = (request: IncomingMessage, response: ServerResponse) => void;

export function oneByOne(take: Take): Take {
  const last = new WeakMap<Socket, ServerResponse>();
  return (request, response) => {
    const before = last.get(request.socket);
    last.set(request.socket, response);
    if (before === undefined || before.closed) take(request, response);
    else
      before.once('close', () => {
        if (!request.socket.destroyed) take(request, response);
      });
  };
}
