// A provider whose every byte a test sends by hand: what is seen before the next byte has come while the answer ran.

import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HeldProvider {
  readonly url: string;
  /** How many requests have come. */
  readonly calls: number;
  /** The request of that number, from 0, once it is here. */
  call(index: number): Promise<HeldCall>;
  close(): Promise<void>;
}

export class HeldCall {
  readonly body: Record<string, unknown>;
  readonly #response: ServerResponse;
  /** Resolves when the other side has closed the connection, or all was sent. */
  readonly closed: Promise<void>;

  constructor(body: Record<string, unknown>, response: ServerResponse) {
    this.body = body;
    this.#response = response;
    this.closed = new Promise((resolve) => response.once('close', () => resolve()));
  }

  get isAborted(): boolean {
    return this.#response.destroyed && !this.#response.writableFinished;
  }

  head(type = 'text/event-stream; charset=utf-8', status = 200): void {
    this.#response.writeHead(status, { 'content-type': type });
    this.#response.flushHeaders();
  }

  /** Resolves when the connection takes more. */
  async write(text: string): Promise<void> {
    if (!this.#response.headersSent) this.head();
    if (this.#response.write(text) || this.#response.destroyed) return;
    const drained = new Promise<void>((resolve) => this.#response.once('drain', resolve));
    await Promise.race([drained, this.closed]);
  }

  end(text = ''): void {
    if (!this.#response.headersSent) this.head();
    this.#response.end(text);
  }

  breakOff(): void {
    this.#response.socket?.destroySoon();
  }
}

export async function startHeldProvider(): Promise<HeldProvider> {
  const calls: HeldCall[] = [];
  const waiting = new Map<number, (call: HeldCall) => void>();
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      const call = new HeldCall(JSON.parse(text) as Record<string, unknown>, response);
      calls.push(call);
      waiting.get(calls.length - 1)?.(call);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get calls() {
      return calls.length;
    },
    call(index) {
      const call = calls[index];
      if (call !== undefined) return Promise.resolve(call);
      return new Promise((resolve) => waiting.set(index, resolve));
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const event = (name: string, data: object): string =>
  `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;

/** A message's events, up to its first text. */
export function messageStart(model: string, text: string, inputTokens = 1000): string {
  return (
    event('message_start', {
      message: {
        id: 'msg_held',
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: inputTokens, output_tokens: 1 },
      },
    }) +
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
    messageText(text)
  );
}

export function messageText(text: string): string {
  return event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
}

export function messageEnd(outputTokens = 500): string {
  return (
    event('content_block_stop', { index: 0 }) +
    event('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: outputTokens },
    }) +
    event('message_stop', {})
  );
}

export function messageDocument(model: string, text: string): string {
  return JSON.stringify({
    id: 'msg_held',
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 1000, output_tokens: 500 },
  });
}

/** Reads an SDK's stream in the background; `until` resolves as soon as a text has come. */
export class Listener<T> {
  readonly items: T[] = [];
  readonly done: Promise<void>;
  readonly #textOf: (item: T) => string;
  #text = '';
  #failure: unknown = null;
  #isDone = false;
  #changed: (() => void) | null = null;

  constructor(stream: Promise<AsyncIterable<T>>, textOf: (item: T) => string) {
    this.#textOf = textOf;
    this.done = this.#read(stream).catch((error: unknown) => {
      this.#failure = error;
      this.#isDone = true;
      this.#changed?.();
    });
  }

  get text(): string {
    return this.#text;
  }

  /** Null where it came to a clean end. */
  get failure(): unknown {
    return this.#failure;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  async until(text: string): Promise<void> {
    while (!this.#text.includes(text)) {
      assert.ok(!this.#isDone, `it ended without "${text}": ${String(this.#failure)}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  async #read(stream: Promise<AsyncIterable<T>>): Promise<void> {
    for await (const item of await stream) {
      this.items.push(item);
      this.#text += this.#textOf(item);
      this.#changed?.();
    }
    this.#isDone = true;
    this.#changed?.();
  }
}
