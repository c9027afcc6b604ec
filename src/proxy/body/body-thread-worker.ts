// The thread of `BodyThread`.

import { parentPort } from 'node:worker_threads';
import { readJsonText } from '../../protocols/lenient-json.ts';
import { hasManyValues } from '../../protocols/outline.ts';
import { MEMBERS_MAX } from './body-bounds.ts';
import type { ThreadAnswer, ThreadQuestion } from './body-thread.ts';

parentPort?.on('message', ({ id, bytes, isGiven }: ThreadQuestion) => {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const answer = answerTo(id, body, isGiven);
  const own = answer.reason === null && answer.text !== null ? [answer.text.buffer as ArrayBuffer] : [];
  try {
    parentPort?.postMessage(answer, own);
  } catch {
    // What is nested too deeply cannot be handed over.
    parentPort?.postMessage({ id, reason: 'too deep' } satisfies ThreadAnswer);
  }
});

function answerTo(id: number, body: Buffer, isGiven: boolean): ThreadAnswer {
  if (hasManyValues(body, MEMBERS_MAX)) return { id, reason: 'too many members' };
  const json = readJsonText(body);
  if (json === null) return { id, reason: 'no JSON' };
  // Another encoding's blanks and quotes are others: its text is looked at again.
  if (json.text !== body && hasManyValues(json.text, MEMBERS_MAX)) return { id, reason: 'too many members' };
  if (hasWideObject(json.document)) return { id, reason: 'too many members' };
  return {
    id,
    document: json.document,
    text: json.text === body && !isGiven ? null : wholeBuffer(json.text),
    reason: null,
  };
}

/** Objects with so many names of their own are dear to whoever looks at them; no request has one. */
const NAMES_MAX = 10_000;

function hasWideObject(document: unknown): boolean {
  const left: unknown[] = [document];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const members = Object.values(value);
    if (members.length > NAMES_MAX && !Array.isArray(value)) return true;
    for (const member of members) if (typeof member === 'object' && member !== null) left.push(member);
  }
  return false;
}

/** Short texts lie in a buffer that others share, which cannot be given away. */
const wholeBuffer = (text: Buffer): Uint8Array =>
  text.length === text.buffer.byteLength ? text : Uint8Array.from(text);
