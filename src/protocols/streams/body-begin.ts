// What a body is by its first bytes, whatever its content type calls it: some servers stream as text/plain, some answer a
// whole document as an event stream, and gateways pass Amazon's framing on under any name.

import type { Framing } from '../../core/protocol.ts';
import { beginsMessage, PRELUDE_BYTES } from '../others/amazon-messages.ts';

/**
 * - `events`: a field of server-sent events, or a comment
 * - `document`, `list`: JSON
 * - `messages`: Amazon's framing
 * - `blank`: nothing but blanks, which keep a connection alive and are no part of what comes
 * - `unclear`: too few bytes to tell
 */
export type BodyBegin = 'events' | 'document' | 'list' | 'messages' | 'blank' | 'unclear' | 'other';

const FIELDS = ['data', 'event', 'id', 'retry'];
/** As an event stream may begin: a field, or a comment. */
const EVENTS_BEGIN = /^(?::|(?:data|event|id|retry)\s*:)/;
/** Enough to tell a field's name, with a few blanks behind it. */
const FIELD_BYTES = 16;
const BRACE = 0x7b;
const BRACKET = 0x5b;
const BLANKS = new Set([...Buffer.from(' \t\n\v\f\r')]);
const MARK = Buffer.from('\ufeff');

export function beginOf(first: Uint8Array): BodyBegin {
  if (first[0] === BRACE) return 'document';
  const start = behindBlanks(first);
  if (start === first.length) return 'blank';
  const byte = first[start];
  if (byte === BRACE) return 'document';
  if (byte === BRACKET) return 'list';
  if (byte === 0 && start === 0) {
    if (first.length < PRELUDE_BYTES) return 'unclear';
    return beginsMessage(first) ? 'messages' : 'other';
  }
  const text = Buffer.from(first.subarray(start, start + FIELD_BYTES)).toString('latin1');
  if (EVENTS_BEGIN.test(text)) return 'events';
  const mayBeMark = text.length < MARK.length && MARK.toString('latin1').startsWith(text);
  const mayBeField = text.length < FIELD_BYTES && FIELDS.some((field) => field.startsWith(text.trimEnd()));
  return mayBeMark || mayBeField ? 'unclear' : 'other';
}

/** Whether these first bytes of a body are those of an event stream, whatever it is called. */
export function beginsStream(first: Uint8Array): boolean {
  return beginOf(first) === 'events';
}

/** What is kept of bytes that are unclear: what stands before them is blank. */
export const UNCLEAR_BYTES = FIELD_BYTES;

/**
 * How the events of a stream are told apart that is called `declared` and begins with these bytes; null for what is none,
 * or cannot be parted.
 */
export function framingByBytes(declared: Framing | null, first: Uint8Array): Framing | null | 'unclear' {
  const isMisnamed = declared === 'events' || declared === 'messages';
  const begin = beginOf(first);
  if (begin === 'events' || begin === 'messages') return begin;
  if (begin === 'blank' || begin === 'unclear') return 'unclear';
  if (begin === 'document' && isMisnamed) return 'lines';
  if (begin === 'list' && isMisnamed) return 'list';
  return declared === 'events' ? null : declared;
}

function behindBlanks(bytes: Uint8Array): number {
  let at = 0;
  for (; at < bytes.length; at += 1) {
    if (BLANKS.has(bytes[at]!)) continue;
    if (!MARK.equals(bytes.subarray(at, at + MARK.length))) break;
    at += MARK.length - 1;
  }
  return at;
}
