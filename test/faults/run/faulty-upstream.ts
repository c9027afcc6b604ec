// An upstream that misbehaves on demand: each request's text names its prompt, its caller and what shall become of it.
// It keeps what it saw and what it would bill.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ownPort } from '../../own-port.ts';
import { type Call, eventsOf } from './answers.ts';
import { BEHAVIOURS, bill, digest } from './behaviours.ts';
import type { Seen } from './evidence.ts';

export class FaultyUpstream {
  url = '';
  #seen = new Map<string, Seen[]>();
  #server: Server;
  #port = 0;
  /** Streams that are kept open until they are released. */
  #held: (() => void)[] = [];
  #isReleased = false;

  constructor() {
    this.#server = this.#create();
  }

  async listen(): Promise<string> {
    this.#port ||= await ownPort();
    this.#server.listen(this.#port, '127.0.0.1', 4096);
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${this.#port}`;
    return this.url;
  }

  /** As a machine that goes down: nobody listens, and what was open is gone. */
  async goDown(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    this.#server = this.#create();
  }

  held(): number {
    return this.#held.length;
  }

  /** What comes later is not held any more. */
  release(): void {
    this.#isReleased = true;
    for (const go of this.#held.splice(0)) go();
  }

  /** What has arrived since it was asked last, by prompt. */
  takeSeen(): ReadonlyMap<string, readonly Seen[]> {
    const seen = this.#seen;
    this.#seen = new Map();
    return seen;
  }

  #create(): Server {
    const server = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
      response.on('error', () => response.destroy());
      this.#answer(request, response).catch(() => response.destroy());
    });
    server.keepAliveTimeout = 60_000;
    return server;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const text = body.toString();
    const words = /\[fault (\S+) (\S+) (\d+)\]/.exec(text);
    if (words === null) return void response.writeHead(404).end();
    const call: Call = {
      prompt: words[1] ?? '',
      caller: String(request.headers['x-api-key'] ?? request.headers.authorization ?? '').replace(
        'Bearer ',
        '',
      ),
      model: /"model":"([^"]*)"/.exec(text)?.[1] ?? '',
      isStream: text.includes('"stream":true'),
      isChat: request.url?.includes('/chat/') ?? false,
      words: Number(words[3]),
    };
    const seen: Seen = { bodyDigest: digest(body), answerDigest: null, costNanoUsd: 0 };
    const others = this.#seen.get(call.prompt);
    if (others === undefined) this.#seen.set(call.prompt, [seen]);
    else others.push(seen);
    if (words[2] !== 'hold') return BEHAVIOURS[words[2] ?? 'well']?.(call, response, seen);
    const [first = '', ...rest] = eventsOf(call);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(first);
    if (!this.#isReleased) await new Promise<void>((resolve) => this.#held.push(resolve));
    bill(call, seen, call.words, first + rest.join(''));
    response.end(rest.join(''));
  }
}
