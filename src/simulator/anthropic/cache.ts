// Anthropic's prompt caching, without a memory: what stands before the last assistant turn was sent by the
// turn before and is read from the cache; what is marked after it is written.

import { contentText, type JsonObject, listOf, objectOf, textOf } from '../json-value.ts';
import { tokensOf } from '../prose.ts';

export interface CacheFigures {
  readonly inputTokens: number;
  readonly writes5m: number;
  readonly writes1h: number;
  readonly reads: number;
}

interface Segment {
  readonly tokens: number;
  readonly mark: '5m' | '1h' | null;
  readonly message: number;
}

const TOKENS_PER_MESSAGE = 4;
const BEFORE_MESSAGES = -1;

export function cacheFigures(body: JsonObject): CacheFigures {
  const segments = promptSegments(body);
  const lastMark = segments.findLastIndex((segment) => segment.mark !== null);
  const messages = listOf(body.messages);
  const lastAssistant = messages.findLastIndex((message) => objectOf(message).role === 'assistant');
  const isKnown = (segment: Segment) => lastAssistant !== -1 && segment.message < lastAssistant;
  const lastKnownMark = segments.findLastIndex((segment) => segment.mark !== null && isKnown(segment));
  const figures = { inputTokens: 0, writes5m: 0, writes1h: 0, reads: 0 };
  segments.forEach((segment, index) => {
    if (index > lastMark) figures.inputTokens += segment.tokens;
    else if (index <= lastKnownMark) figures.reads += segment.tokens;
    else if (nextMark(segments, index) === '1h') figures.writes1h += segment.tokens;
    else figures.writes5m += segment.tokens;
  });
  return figures;
}

function nextMark(segments: readonly Segment[], index: number): '5m' | '1h' | null {
  return segments.slice(index).find((segment) => segment.mark !== null)?.mark ?? null;
}

/** The prompt in the order in which the model reads it: tools, system, messages. */
function promptSegments(body: JsonObject): readonly Segment[] {
  const segments: Segment[] = [];
  const add = (block: unknown, text: string, message: number, extra = 0) => {
    segments.push({ tokens: tokensOf(text) + extra, mark: markOf(block), message });
  };
  for (const tool of listOf(body.tools)) add(tool, JSON.stringify(tool), BEFORE_MESSAGES);
  if (typeof body.system === 'string') add(null, body.system, BEFORE_MESSAGES);
  for (const block of listOf(body.system)) add(block, contentText(block), BEFORE_MESSAGES);
  listOf(body.messages).forEach((message, index) => {
    const { content } = objectOf(message);
    const blocks = Array.isArray(content) ? content : [content];
    blocks.forEach((block: unknown, position) => {
      add(block, contentText(block), index, position === 0 ? TOKENS_PER_MESSAGE : 0);
    });
  });
  const automatic = markOf(body);
  const last = segments.pop();
  if (last !== undefined) segments.push({ ...last, mark: last.mark ?? automatic });
  return segments;
}

function markOf(block: unknown): '5m' | '1h' | null {
  const control = objectOf(objectOf(block).cache_control);
  if (control.type !== 'ephemeral') return null;
  return textOf(control.ttl) === '1h' ? '1h' : '5m';
}
