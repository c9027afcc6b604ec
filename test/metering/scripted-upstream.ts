// An upstream that answers as a test's script says, and keeps what it was sent.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export type Script = (asked: Asked, response: ServerResponse) => void;

export class ScriptedUpstream {
  readonly asked: Asked[] = [];
  readonly server: Server;
  /** Changed by each test before it asks. */
  script: Script = (_asked, response) => response.writeHead(500).end();

  constructor() {
    this.server = createServer((request, response) => void this.#answer(request, response));
  }

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(request, 'end');
    const asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      body: Buffer.concat(chunks).toString('utf8'),
    };
    this.asked.push(asked);
    this.script(asked, response);
  }
}

/** Ends the answer with these events. */
export function sendEvents(response: ServerResponse, text: string, type = 'text/event-stream'): void {
  response.writeHead(200, { 'content-type': type }).end(text);
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
