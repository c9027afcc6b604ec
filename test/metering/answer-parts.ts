// What hand-made answers are made of.

import type { Protocol } from '../../src/core/protocol.ts';
import type { ExtraUsage, TokenUsage } from '../../src/core/usage.ts';
import { anthropic } from '../../src/protocols/anthropic/protocol.ts';
import { openai } from '../../src/protocols/openai/protocol.ts';

export interface Answer {
  readonly name: string;
  readonly protocol: Protocol;
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly body: string | Buffer;
  /** Counts that are not named are zero. */
  readonly usage: Partial<TokenUsage>;
  /** Over all runs. */
  readonly extra?: ExtraUsage;
  readonly isFinal?: boolean;
  readonly text?: string;
  readonly model?: string | null;
  readonly reportedNanoUsd?: number;
  readonly isCharge?: boolean;
  readonly hasUnpricedParts?: boolean;
  /** A run of it sums several. */
  readonly isSum?: boolean;
  readonly isCutShort?: boolean;
  readonly isDeferred?: boolean;
  readonly errorCode?: string;
}

export type Made = Omit<Answer, 'name' | 'method'> & { readonly method?: string };
export type Kind = readonly [name: string, make: (seed: number) => Made];

export const JSON_TYPE = 'application/json';
export const STREAM_TYPE = 'text/event-stream';
export const CHAT = { protocol: openai, path: '/v1/chat/completions' };
export const RESPONSES = { protocol: openai, path: '/v1/responses' };
export const MESSAGES = { protocol: anthropic, path: '/v1/messages' };

export const events = (...documents: readonly (object | string)[]): string =>
  documents.map((data) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`).join('');
export const typed = (
  ...documents: readonly (Readonly<Record<string, unknown>> & { readonly type: string })[]
): string => documents.map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`).join('');

/** Pieces of text that are several bytes a character, so that cuts fall inside of one. */
const WORDS = ['Größe ', '漢字 ', '👩‍💻 ', 'plain', ' — naïve'];
export const wordsOf = (seed: number): readonly string[] => WORDS.slice(0, 1 + (seed % WORDS.length));
export const textOf = (seed: number): string => wordsOf(seed).join('');

export const chunk = (delta: object, more: object = {}, finish: string | null = null) => ({
  id: 'chatcmpl-own',
  object: 'chat.completion.chunk',
  model: 'gpt-4o-mini',
  choices: [{ index: 0, delta, finish_reason: finish, ...more }],
});
export const said = (seed: number): readonly object[] => wordsOf(seed).map((content) => chunk({ content }));
export const chat = (seed: number, usage: unknown, more: object = {}) => ({
  id: 'chatcmpl-own',
  object: 'chat.completion',
  model: 'gpt-4o-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: textOf(seed) }, finish_reason: 'stop' }],
  usage,
  ...more,
});
export const alone = (usage: object, more: object = {}) => ({
  id: 'chatcmpl-own',
  object: 'chat.completion.chunk',
  model: 'gpt-4o-mini',
  choices: [],
  usage,
  ...more,
});
/** A whole chat answer with that usage. */
export const whole = (seed: number, usage: unknown, read: Partial<Answer> & Pick<Answer, 'usage'>): Made => ({
  ...CHAT,
  contentType: JSON_TYPE,
  body: JSON.stringify(chat(seed, usage)),
  isFinal: true,
  text: textOf(seed),
  ...read,
});

/** A message of Amazon's framing; its checksums are left empty. */
export function awsMessage(type: string, payload: object): Buffer {
  const name = Buffer.from(':event-type');
  const value = Buffer.from(type);
  const header = Buffer.concat([Buffer.of(name.length), name, Buffer.of(7, 0, value.length), value]);
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(12 + header.length + body.length + 4, 0);
  prelude.writeUInt32BE(header.length, 4);
  return Buffer.concat([prelude, header, body, Buffer.alloc(4)]);
}
