// Asks a Chat Completions stream for its usage where the client did not, and keeps the extra chunk from it.

import type { ByteFilter, StreamUsage } from '../../core/protocol.ts';
import { asObject, parseJson } from '../json/json-value.ts';
import {
  findMember,
  insertMember,
  insertTopLevelMember,
  objectMembers,
  splice,
  topLevelMembers,
} from '../json/top-level-json.ts';

export const streamUsage: StreamUsage = {
  ask(body, { hasStreamOptions }) {
    if (!hasStreamOptions) return insertTopLevelMember(body, 'stream_options', '{"include_usage":true}');
    const spans = topLevelMembers(body);
    const options = spans === null ? null : findMember(spans, 'stream_options');
    if (options === null) return null;
    const inner = objectMembers(body, options.valueStart);
    // `null` and other non-objects: the value as a whole gives way.
    if (inner === null) return splice(body, options.valueStart, options.valueEnd, '{"include_usage":true}');
    const flag = findMember(inner, 'include_usage');
    if (flag === null) return insertMember(body, inner, 'include_usage', 'true');
    return splice(body, flag.valueStart, flag.valueEnd, 'true');
  },
  filter: () => new UsageChunkFilter(),
};

/** A line end followed by a line end. */
const EVENT_END = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))/g;
const NO_CHOICES = /"choices"\s*:\s*\[\s*\]/;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const LIST_BEGIN = 0x5b;
const LIST_END = 0x5d;
const BLANKS: ReadonlySet<number | undefined> = new Set([0x20, 0x09, LINE_FEED, CARRIAGE_RETURN]);
const EMPTY = new Uint8Array(0);
/** A usage chunk is far smaller. A larger event passes before it has ended: memory stays bounded. */
const HELD_BYTES_MAX = 64 * 1024;
/** Its data names choices and usage. */
const USAGE_CHUNK_BYTES_MIN = 20;
const LINE_ENDS_AT_END = /[\r\n]{0,3}$/;

/** A line that holds a whole chunk, with its end: some servers leave the blank lines out, and some the name as well. */
const WHOLE_LINE = /^(?:data:|\{)[^\r\n]*\}[ \t]*(?:\r\n|\n|\r(?=[^\n]))/gm;
const LINE_ENDS = /^[\r\n]+/;

/**
 * Passes whole events at once, and whole lines of data that are not the one that is looked for; holds back only what has
 * not ended.
 */
export class UsageChunkFilter implements ByteFilter {
  #held = Buffer.alloc(0);
  /** The beginning of the event that has not ended has passed already. */
  #inPassedEvent = false;

  push(bytes: Uint8Array): Uint8Array {
    // The usual packet: whole events, none of them the one that is looked for.
    const isBetween = this.#held.length === 0 && !this.#inPassedEvent;
    if (isBetween && endsInBlankLine(bytes) && !hasEmptyList(bytes)) return bytes;
    const buffer =
      this.#held.length === 0
        ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
        : Buffer.concat([this.#held, bytes]);
    const text = buffer.toString('latin1');
    const { passed, end } = NO_CHOICES.test(text)
      ? this.#withoutUsage(buffer, text)
      : this.#wholeEvents(buffer, text);
    let start = this.#inPassedEvent ? end : this.#wholeLines(buffer, text, end, passed);
    if (this.#inPassedEvent || buffer.length - start > HELD_BYTES_MAX) {
      this.#inPassedEvent = true;
      // Line ends stay, so that the end of the event is still recognised where it is cut in two.
      const end = start + text.slice(start).search(LINE_ENDS_AT_END);
      passed.push(buffer.subarray(start, end));
      start = end;
    }
    this.#held = Buffer.from(buffer.subarray(start));
    return passed.length === 1 ? (passed[0] as Uint8Array) : Buffer.concat(passed);
  }

  /** None of them is the one that is looked for: only where the last one ends matters. */
  #wholeEvents(buffer: Buffer, text: string): { readonly passed: Uint8Array[]; readonly end: number } {
    const end = lastEventEnd(text);
    if (end === 0) return { passed: [], end };
    this.#inPassedEvent = false;
    return { passed: [buffer.subarray(0, end)], end };
  }

  #withoutUsage(buffer: Buffer, text: string): { readonly passed: Uint8Array[]; readonly end: number } {
    const passed: Uint8Array[] = [];
    let [start, kept] = [0, 0];
    for (const match of text.matchAll(EVENT_END)) {
      const end = match.index + match[0].length;
      // A carriage return at the very end may be half of a line end.
      if (end === text.length && text.endsWith('\r')) break;
      // What passes together stays together: there may be tens of thousands of events in one packet.
      if (
        !this.#inPassedEvent &&
        end - start > USAGE_CHUNK_BYTES_MIN &&
        isUsageChunk(text.slice(start, end))
      ) {
        // What stands before it ends another, of which the rest has passed.
        const ends = LINE_ENDS.exec(text.slice(start, end))?.[0].length ?? 0;
        if (start + ends > kept) passed.push(buffer.subarray(kept, start + ends));
        kept = end;
      }
      this.#inPassedEvent = false;
      start = end;
    }
    if (start > kept) passed.push(buffer.subarray(kept, start));
    return { passed, end: start };
  }

  /** Returns where what is held begins: behind `start` there is no blank line. */
  #wholeLines(buffer: Buffer, text: string, start: number, passed: Uint8Array[]): number {
    // The usual rest: the beginning of a line.
    if (text.indexOf('\n', start) === -1 && text.indexOf('\r', start) === -1) return start;
    let end = start;
    const take = (to: number): void => {
      if (to > end) passed.push(buffer.subarray(end, to));
      end = to;
    };
    const rest = text.slice(start);
    for (const match of rest.matchAll(WHOLE_LINE)) {
      const lineStart = start + match.index;
      const lineEnd = lineStart + match[0].length;
      if (!isUsageChunk(match[0])) take(lineEnd);
      else {
        // With the blank line that may follow, it goes as an event.
        if (lineEnd === text.length || LINE_ENDS.test(text[lineEnd]!)) break;
        take(lineStart);
        end = lineEnd;
      }
    }
    const blank = LINE_ENDS.exec(text.slice(end))?.[0] ?? '';
    if (blank !== '' && end + blank.length === text.length && !blank.endsWith('\r')) take(text.length);
    return end;
  }

  flush(): Uint8Array {
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    return isUsageChunk(held.toString('latin1')) ? EMPTY : held;
  }
}

const endsInBlankLine = (bytes: Uint8Array): boolean =>
  bytes[bytes.length - 1] === LINE_FEED && bytes[bytes.length - 2] === LINE_FEED;

/** As every usage chunk has one, and hardly anything else. */
function hasEmptyList(bytes: Uint8Array): boolean {
  for (let end = bytes.indexOf(LIST_END); end !== -1; end = bytes.indexOf(LIST_END, end + 1)) {
    let before = end - 1;
    while (BLANKS.has(bytes[before])) before -= 1;
    if (bytes[before] === LIST_BEGIN) return true;
  }
  return false;
}

/** Behind the last line end that follows a line end; 0 where there is none. */
function lastEventEnd(text: string): number {
  // A carriage return at the very end may be half of a line end.
  let end = text.endsWith('\r') ? text.length - 1 : text.length;
  for (; end > 1; end -= 1) {
    const last = text.charCodeAt(end - 1);
    if (last !== LINE_FEED && last !== CARRIAGE_RETURN) continue;
    const lineStart = last === LINE_FEED && text.charCodeAt(end - 2) === CARRIAGE_RETURN ? end - 2 : end - 1;
    const before = lineStart === 0 ? 0 : text.charCodeAt(lineStart - 1);
    if (before === LINE_FEED || before === CARRIAGE_RETURN) return end;
  }
  return 0;
}

/** Azure's first chunk has no choices either, but no usage: it passes. */
function isUsageChunk(event: string): boolean {
  if (!NO_CHOICES.test(event)) return false;
  const data = event
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith('data:') || line.startsWith('{'))
    .map((line) => line.replace(/^data:/, ''))
    .join('\n');
  const chunk = asObject(parseJson(data));
  return Array.isArray(chunk?.choices) && chunk.choices.length === 0 && asObject(chunk.usage) !== null;
}
