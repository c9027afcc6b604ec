// What replaying stored answers takes in every protocol: stream bytes as documents, and text in pieces.

import { eventsIn, parseAnswer } from './json/answer-json.ts';
import { asObject, type JsonObject } from './json/json-value.ts';
import { SseDecoder } from './streams/sse-decoder.ts';

/** About as much text as providers put into an event. */
const PIECE_CHARACTERS = 24;

/** The JSON objects of a stored stream, in order. Other data (`[DONE]`) is left out. */
export function streamDocuments(body: Uint8Array): readonly JsonObject[] {
  const documents: JsonObject[] = [];
  const decoder = new SseDecoder((data) => {
    for (const event of eventsIn(data)) {
      const document = asObject(parseAnswer(event));
      if (document !== null) documents.push(document);
    }
  });
  decoder.push(body);
  decoder.flush();
  return documents;
}

/** Text cut into pieces that end at word ends where there are any, never inside a character. Joined, it is the text. */
export function pieces(text: string): readonly string[] {
  const result: string[] = [];
  let start = 0;
  while (start < text.length) {
    let end = Math.min(text.length, start + PIECE_CHARACTERS);
    // Within the piece alone: a page of Chinese has no blank that a search from here would come to.
    const space = text.slice(start, end + 1).lastIndexOf(' ');
    if (end < text.length && space > 0) end = start + space;
    // A surrogate pair is one character.
    if (/[\uD800-\uDBFF]/.test(text[end - 1] ?? '') && end < text.length) end += 1;
    result.push(text.slice(start, end));
    start = end;
  }
  return result;
}

export function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}
