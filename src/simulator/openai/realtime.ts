// The Realtime API over a WebSocket: a session that answers each `response.create` with a few words and its usage.

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { endWith } from '../../runtime/last-word.ts';
import { openaiError } from './shapes.ts';

const WORDS = ['Well', ', ', 'that ', 'depends', '.'];
/** What each response says it used. */
export const REALTIME_USAGE = {
  total_tokens: 150,
  input_tokens: 100,
  output_tokens: 50,
  input_token_details: {
    cached_tokens: 20,
    text_tokens: 70,
    audio_tokens: 30,
    cached_tokens_details: { text_tokens: 20, audio_tokens: 0 },
  },
  output_token_details: { text_tokens: 10, audio_tokens: 40 },
};

/** Serves `/realtime` on the provider's server; `x-simulate: status=401` refuses the handshake. */
export function serveRealtime(server: Server): { close(): void } {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: true });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const status = /status=(\d+)/.exec(String(request.headers['x-simulate'] ?? ''))?.[1];
    if (status !== undefined) return refuse(socket, Number(status));
    sockets.handleUpgrade(request, socket, head, (client) => {
      const model = new URL(request.url ?? '/', 'http://provider').searchParams.get('model');
      converse(client, model ?? 'gpt-realtime');
    });
  });
  return {
    close() {
      for (const client of sockets.clients) client.terminate();
    },
  };
}

function refuse(socket: Duplex, status: number): void {
  const body = JSON.stringify(openaiError(status, null));
  endWith(
    socket,
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\nx-request-id: req_realtime\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function converse(client: WebSocket, model: string): void {
  const say = (event: unknown): void => client.send(JSON.stringify(event));
  let responses = 0;
  say({ type: 'session.created', session: { id: 'sess_1', object: 'realtime.session', model } });
  client.on('message', (data, isBinary) => {
    if (isBinary) {
      client.send(data, { binary: true });
      return;
    }
    const event = JSON.parse(String(data)) as { type?: unknown };
    if (event.type === 'echo') client.send(String(data));
    if (event.type !== 'response.create') return;
    responses += 1;
    const id = `resp_${responses}`;
    say({ type: 'response.created', response: { id, status: 'in_progress' } });
    for (const delta of WORDS) say({ type: 'response.output_text.delta', response_id: id, delta });
    say({ type: 'response.done', response: { id, status: 'completed', usage: REALTIME_USAGE } });
  });
}
