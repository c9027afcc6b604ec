// What of a call is written, and what an incoming call is compared as: without secrets and personal data, and without
// credentials of any kind.

import type { Protocol, ProtocolName } from '../core/protocol.ts';
import { anthropic } from '../protocols/anthropic/protocol.ts';
import { openai } from '../protocols/openai/protocol.ts';
import { streamDocuments } from '../protocols/replay-text.ts';
import type { StandIns } from '../redaction/numbering.ts';
import type { Redactor } from '../redaction/redactor.ts';
import { type Body, bodyOf } from './recording.ts';

export const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = { anthropic, openai };

/** Of an answer's headers; everything else is the connection's, or says who asked. */
const KEPT_HEADERS = ['content-type', 'retry-after', 'x-should-retry', 'request-id', 'x-request-id'];

export function keptHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, String(value)]];
    }),
  );
}

export class Writing {
  readonly #redactor: Redactor;
  readonly #standIns: StandIns;

  constructor(redactor: Redactor, standIns: StandIns) {
    this.#redactor = redactor;
    this.#standIns = standIns;
  }

  text(text: string): string {
    return this.#redactor.redactText(text, this.#standIns);
  }

  body(bytes: Buffer): Body {
    return this.#redacted(bodyOf(bytes));
  }

  /** A secret may be spread over the events of a stream: it is looked for in the answer that they amount to. */
  answer(api: ProtocolName, path: string, contentType: string, bytes: Buffer): Body {
    if (!contentType.startsWith('text/event-stream')) return this.body(bytes);
    const protocol = PROTOCOLS[api];
    const endpoint = protocol.endpoint('POST', path.split('?')[0] ?? path);
    const whole = this.#attempt(() =>
      protocol.replay(endpoint, { form: 'stream', body: bytes }, { stream: false, streamUsage: false }),
    );
    if (whole === null) return this.#events(bytes);
    const document: unknown = JSON.parse(Buffer.from(whole).toString('utf8'));
    const redacted = this.#redactor.redact(document, this.#standIns);
    if (redacted === document) return { text: bytes.toString('utf8') };
    const body = Buffer.from(JSON.stringify(redacted));
    const streamed = (streamUsage: boolean): Uint8Array | null =>
      this.#attempt(() =>
        protocol.replay(endpoint, { form: 'document', body }, { stream: true, streamUsage }),
      );
    // A stream need not end with its usage.
    const again = streamed(true) ?? streamed(false);
    return again === null ? this.#events(bytes) : { text: Buffer.from(again).toString('utf8') };
  }

  #redacted(body: Body): Body {
    if ('json' in body) return { json: this.#redactor.redact(body.json, this.#standIns) };
    return 'text' in body ? { text: this.text(body.text) } : body;
  }

  /** Events that amount to no answer: each by itself. Throws where a secret is spread over several. */
  #events(bytes: Buffer): Body {
    const lines = bytes.toString('utf8').split('\n');
    const text = lines.map((line) => (line.startsWith('data:') ? this.#data(line) : line)).join('\n');
    const said = streamDocuments(Buffer.from(text))
      .map((document) => grownText(document))
      .join('');
    if (this.#redactor.find(said).length > 0)
      throw new Error('a secret is spread over the events of a stream that is not understood');
    return { text };
  }

  #data(line: string): string {
    return `data: ${this.text(line.slice(5).trim())}`;
  }

  #attempt(work: () => Uint8Array | null): Uint8Array | null {
    try {
      return work();
    } catch {
      // Events that no provider sends amount to no answer.
      return null;
    }
  }
}

/** Names under which an event carries the next piece of a text, in any of the APIs. */
const GROWING = new Set([
  'text',
  'content',
  'delta',
  'thinking',
  'partial_json',
  'arguments',
  'refusal',
  'reasoning_content',
]);

function grownText(value: unknown): string {
  if (Array.isArray(value)) return value.map(grownText).join('');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([name, inner]) => (typeof inner === 'string' ? (GROWING.has(name) ? inner : '') : grownText(inner)))
    .join('');
}
