// What is in an item: the request and the answer as JSON. A stream is kept as the answer that the call without
// streaming would have given; one that amounts to none (it broke off, or holds events that are not known) as its
// events.

import type { Protocol, ProtocolName } from '../core/protocol.ts';
import { anthropic } from '../protocols/anthropic/protocol.ts';
import { openai } from '../protocols/openai/protocol.ts';
import { streamDocuments } from '../protocols/replay-text.ts';
import { parseExactly } from '../redaction/exact-json.ts';
import type { ItemFacts } from './ports.ts';

/** A request with its answer, as the proxy saw them. */
export interface Captured {
  readonly facts: CapturedFacts;
  readonly request: Uint8Array;
  /** Null where none came. */
  readonly answer: CapturedAnswer | null;
}

/** What the proxy knows of an item; the archive adds where it stands in its conversation. */
export type CapturedFacts = Omit<
  ItemFacts,
  'answerProtocol' | 'redacted' | 'parentId' | 'turnsBefore' | 'turns' | 'turnsDigest'
>;

export interface CapturedAnswer {
  readonly protocol: ProtocolName;
  /** What its endpoint is read from. */
  readonly path: string;
  readonly form: 'document' | 'stream';
  readonly body: Uint8Array;
}

export interface ItemContent {
  readonly request: unknown;
  readonly answer: unknown;
  /** `events`: the documents of a stream in order. `text`: an answer that is no JSON. `none`: there was none. */
  readonly form: 'document' | 'events' | 'text' | 'none';
}

export const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = { anthropic, openai };

/** Null for a request that is no JSON: it cannot be read, so it cannot be redacted. */
export function contentOf(captured: Captured): ItemContent | null {
  const request = parse(captured.request);
  if (request === undefined) return null;
  if (captured.answer === null) return { request, answer: null, form: 'none' };
  return { request, ...answerOf(captured.answer) };
}

function answerOf({ protocol: name, path, form, body }: CapturedAnswer): Omit<ItemContent, 'request'> {
  if (form === 'stream') {
    const protocol = PROTOCOLS[name];
    const endpoint = protocol.endpoint('POST', path);
    const whole = assembled(protocol, endpoint, body);
    const document = whole === null ? undefined : parse(whole);
    if (document !== undefined) return { answer: document, form: 'document' };
    const events = streamDocuments(body);
    return events.length > 0 ? { answer: events, form: 'events' } : { answer: text(body), form: 'text' };
  }
  const document = parse(body);
  return document === undefined
    ? { answer: text(body), form: 'text' }
    : { answer: document, form: 'document' };
}

function assembled(
  protocol: Protocol,
  endpoint: ReturnType<Protocol['endpoint']>,
  body: Uint8Array,
): Uint8Array | null {
  try {
    return protocol.replay(endpoint, { form: 'stream', body }, { stream: false, streamUsage: false });
  } catch {
    // Events that a provider never sends amount to no answer.
    return null;
  }
}

export function serialise(content: ItemContent): Buffer {
  return Buffer.from(JSON.stringify(content));
}

export function deserialise(bytes: Buffer): ItemContent {
  return parseExactly(bytes.toString('utf8')) as ItemContent;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return parseExactly(text(bytes));
  } catch {
    // The caller says what is kept of a body that is no JSON.
    return undefined;
  }
}

const text = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
