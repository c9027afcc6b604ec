// An upstream that misbehaves on demand: each request's text names its prompt, its caller and what shall become of it.
// It keeps what it saw and what it would bill.

import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Seen } from './evidence.ts';

export const INPUT_TOKENS = 20;
/** Nano-dollars a token of models that the price list knows. */
const RATES: Readonly<Record<string, readonly [input: number, output: number]>> = {
  'claude-haiku-4-5': [1000, 5000],
  'gpt-4o-mini': [150, 600],
};
const TRICKLE_MS = 15;

export interface Call {
  readonly prompt: string;
  readonly caller: string;
  readonly model: string;
  readonly isStream: boolean;
  readonly isChat: boolean;
  readonly words: number;
}

type Behaviour = (call: Call, response: ServerResponse, seen: Seen) => Promise<void> | void;

/** What an upstream can do to a proxy. `well` and `trickle` are no faults. */
export const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  well: answerWell,
  gzip: (call, response, seen) => {
    const body = gzipSync(wholeBody(call));
    bill(call, seen, call.words, body);
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(body);
  },
  trickle: (call, response, seen) => streamSlowly(call, response, seen, call.words),
  refuse: (_call, response, seen) => fail(response, seen, 429, { 'retry-after': '1' }),
  overload: (_call, response, seen) => fail(response, seen, 529, {}),
  fail: (_call, response, seen) => fail(response, seen, 500, { 'retry-after': '0' }),
  redirect: (_call, response, seen) => fail(response, seen, 307, { location: 'http://127.0.0.1:1/' }),
  silence: () => {},
  reset: (_call, response) => void response.socket?.resetAndDestroy(),
  hangup: (_call, response) => void response.socket?.destroy(),
  nonsense: (_call, response) => raw(response, 'no HTTP at all\r\n\r\n\0\x01\x02'),
  oddStatus: (_call, response) => raw(response, 'HTTP/1.1 099 Odd\r\ncontent-length: 2\r\n\r\n{}'),
  twoLengths: (_call, response) =>
    raw(response, 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}}'),
  splitHead: (_call, response) => raw(response, 'HTTP/1.1 200 OK\r\nx: a\rb\n\r\n\r\n'),
  endlessHead: (_call, response) => raw(response, `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(200_000)}\r\n\r\n`),
  shortBody: (_call, response) => raw(response, 'HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{"id":'),
  badChunk: (_call, response) =>
    raw(response, 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n'),
  noJson: (_call, response, seen) => {
    seen.answerDigest = digest('<html>');
    response.writeHead(200, { 'content-type': 'application/json' }).end('<html>');
  },
  blankLines: (_call, response, seen) => {
    const body = '\n'.repeat(300_000);
    seen.answerDigest = digest(body);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(body);
  },
  bomb: (_call, response, seen) => {
    const body = gzipSync(Buffer.alloc(8 * 1024 * 1024, ' '));
    seen.answerDigest = digest(body);
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(body);
  },
  absurd: (_call, response, seen) => {
    const body = '{"usage":{"input_tokens":1e308,"output_tokens":-5,"prompt_tokens":"x"},"model":{"a":[]}}';
    seen.answerDigest = digest(body);
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  },
  halfStream: async (call, response, seen) => {
    await streamSlowly(call, response, seen, call.words >> 1);
    response.socket?.destroy();
  },
  unfinishedStream: async (call, response, seen) => {
    await streamSlowly(call, response, seen, call.words >> 1);
    response.end();
  },
  silentStream: (call, response, seen) => streamSlowly(call, response, seen, call.words >> 1),
};

export class FaultyUpstream {
  readonly seen = new Map<string, Seen[]>();
  url = '';
  #server: Server;
  #port = 0;
  /** Streams that are kept open until they are released. */
  #held: (() => void)[] = [];
  #isReleased = false;

  constructor() {
    this.#server = this.#create();
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1', 4096);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${this.#port}`;
  }

  /** As a machine that goes down: nobody listens, and what was open is gone. */
  async goDown(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    this.#server = this.#create();
  }

  get held(): number {
    return this.#held.length;
  }

  /** What comes later is not held any more. */
  release(): void {
    this.#isReleased = true;
    for (const go of this.#held.splice(0)) go();
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
    const others = this.seen.get(call.prompt);
    if (others === undefined) this.seen.set(call.prompt, [seen]);
    else others.push(seen);
    if (words[2] !== 'hold') return BEHAVIOURS[words[2] ?? 'well']?.(call, response, seen);
    const [first = '', ...rest] = eventsOf(call);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(first);
    if (!this.#isReleased) await new Promise<void>((resolve) => this.#held.push(resolve));
    bill(call, seen, call.words, first + rest.join(''));
    response.end(rest.join(''));
  }
}

export function digest(body: string | Uint8Array): string {
  return hash('sha1', body, 'base64').slice(0, 12);
}

function bill({ model }: Call, seen: Seen, outputTokens: number, body: string | Uint8Array | null): void {
  const [input, output] = RATES[model] ?? [0, 0];
  seen.costNanoUsd = INPUT_TOKENS * input + outputTokens * output;
  if (body !== null) seen.answerDigest = digest(body);
}

function answerWell(call: Call, response: ServerResponse, seen: Seen): void {
  const body = call.isStream ? eventsOf(call).join('') : wholeBody(call);
  bill(call, seen, call.words, body);
  const type = call.isStream ? 'text/event-stream' : 'application/json';
  response.writeHead(200, { 'content-type': type }).end(body);
}

function fail(
  response: ServerResponse,
  seen: Seen,
  status: number,
  headers: Readonly<Record<string, string>>,
): void {
  const body = '{"type":"error","error":{"type":"api_error","message":"as asked"}}';
  seen.answerDigest = digest(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}

function raw(response: ServerResponse, text: string): void {
  response.socket?.end(text, 'latin1');
}

/** It bills what it has written, also where its reader has left. */
async function streamSlowly(
  call: Call,
  response: ServerResponse,
  seen: Seen,
  wordsMax: number,
): Promise<void> {
  const events = eventsOf(call);
  const isWhole = wordsMax >= call.words;
  const ends = isWhole ? events.length : 1 + wordsMax;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const [index, event] of events.slice(0, ends).entries()) {
    if (response.destroyed) return;
    bill(call, seen, Math.min(call.words, index), index === events.length - 1 ? events.join('') : null);
    response.write(event);
    await sleep(TRICKLE_MS);
  }
  if (isWhole) response.end();
}

const word = ({ caller, prompt }: Call, index: number): string =>
  index === 0 ? `answers ${caller}/${prompt}` : ' word';
const textOf = (call: Call): string =>
  Array.from({ length: call.words }, (_, index) => word(call, index)).join('');

function wholeBody(call: Call): string {
  const { prompt, model, words, isChat } = call;
  if (isChat) {
    return JSON.stringify({
      id: `chat-${prompt}-${words}`,
      object: 'chat.completion',
      model,
      choices: [{ index: 0, message: { role: 'assistant', content: textOf(call) }, finish_reason: 'stop' }],
      usage: { prompt_tokens: INPUT_TOKENS, completion_tokens: words, total_tokens: INPUT_TOKENS + words },
    });
  }
  return JSON.stringify({
    id: `msg-${prompt}-${words}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text: textOf(call) }],
    stop_reason: 'end_turn',
    usage: { input_tokens: INPUT_TOKENS, output_tokens: words },
  });
}

/** One event a word between the first and the last. */
function eventsOf(call: Call): string[] {
  const { prompt, model, words, isChat } = call;
  const texts = Array.from({ length: words }, (_, index) => word(call, index));
  if (isChat) {
    const chunk = (more: object): string =>
      `data: ${JSON.stringify({ id: `chat-${prompt}`, object: 'chat.completion.chunk', model, ...more })}\n\n`;
    const usage = {
      prompt_tokens: INPUT_TOKENS,
      completion_tokens: words,
      total_tokens: INPUT_TOKENS + words,
    };
    return [
      chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }),
      ...texts.map((content) => chunk({ choices: [{ index: 0, delta: { content } }] })),
      `${chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}${chunk({ choices: [], usage })}data: [DONE]\n\n`,
    ];
  }
  const event = (type: string, more: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const message = {
    id: `msg-${prompt}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    usage: { input_tokens: INPUT_TOKENS, output_tokens: 1 },
  };
  return [
    event('message_start', { message }) +
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...texts.map((text) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })),
    event('content_block_stop', { index: 0 }) +
      event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: words } }) +
      event('message_stop', {}),
  ];
}
