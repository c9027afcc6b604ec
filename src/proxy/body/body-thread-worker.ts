// The thread of `BodyThread`.

import { parentPort } from 'node:worker_threads';
import { readJsonText } from '../../protocols/json/lenient-json.ts';
import { hasManyValues } from '../../protocols/json/outline.ts';
import { repeatedNames } from '../../protocols/json/repeated-names.ts';
import type { Answered, Asked } from '../../runtime/question-thread.ts';
import { DIGEST_BYTES, digestOf } from '../body-digest.ts';
import { NOT_AGAIN, translateBody } from '../body-translation.ts';
import { MEMBERS_MAX } from './body-bounds.ts';
import type { ThreadAnswer, ThreadQuestion, ThreadReading } from './body-thread.ts';

parentPort?.on('message', ({ id, part: { bytes, translation } }: Asked<ThreadQuestion>) => {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (translation === null) answer(id, readingOf(body), { reason: 'too deep' });
  else answer(id, translateBody(body, translation), NOT_AGAIN);
});

/** `otherwise` where it is nested too deeply to be handed over. */
function answer(id: number, found: ThreadAnswer, otherwise: ThreadAnswer): void {
  const own = 'bytes' in found ? [found.bytes.buffer as ArrayBuffer] : [];
  try {
    parentPort?.postMessage({ id, answer: found } satisfies Answered<ThreadAnswer>, own);
  } catch {
    parentPort?.postMessage({ id, answer: otherwise } satisfies Answered<ThreadAnswer>);
  }
}

function readingOf(body: Buffer): ThreadReading {
  if (hasManyValues(body, MEMBERS_MAX)) return { reason: 'too many members' };
  const json = readJsonText(body);
  if (json === null) return { reason: 'no JSON' };
  // Another encoding's blanks and quotes are others: its text is looked at again.
  if (json.text !== body && hasManyValues(json.text, MEMBERS_MAX)) return { reason: 'too many members' };
  const fault = faultOf(json.document);
  if (fault !== null) return { reason: fault };
  const { name, earlierModels } = repeatedNames(json.text, json.document);
  if (name !== null) return { reason: 'a name twice' };
  const text = json.text === body ? null : shared(json.text);
  const whole = { text, earlierModels, reason: null };
  if (json.text.length <= DIGEST_BYTES) return { document: json.document, digest: null, ...whole };
  return { ...digestOf(json.text, json.document), ...whole };
}

/** Objects with so many names of their own are dear to whoever looks at them; no request has one. */
const NAMES_MAX = 10_000;
/** All names together. They cannot be cut as texts are. */
const NAME_CHARACTERS_MAX = 2 * 1024 * 1024;

function faultOf(document: unknown): 'too many members' | 'long names' | null {
  const left: unknown[] = [document];
  let nameCharacters = 0;
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const isList = Array.isArray(value);
    const names = isList ? [] : Object.keys(value);
    if (names.length > NAMES_MAX) return 'too many members';
    for (const name of names) nameCharacters += name.length;
    if (nameCharacters > NAME_CHARACTERS_MAX) return 'long names';
    for (const member of Object.values(value))
      if (typeof member === 'object' && member !== null) left.push(member);
  }
  return null;
}

/** In memory that both threads see. */
function shared(text: Buffer): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(text.length));
  copy.set(text);
  return copy;
}
