// The thread of `AnswerThread`.

import { parentPort } from 'node:worker_threads';
import { abridged, parseLarge } from '../../protocols/json/large-document.ts';
import type { Answered, Asked } from '../../runtime/question-thread.ts';
import type { AnswerOfThread, AnswerPiece } from './answer-thread.ts';
import { translateWhole } from './whole-translation.ts';

const begun = new Map<number, Uint8Array[]>();

parentPort?.on('message', ({ id, part: { bytes, asked } }: Asked<AnswerPiece>) => {
  const pieces = begun.get(id) ?? [];
  pieces.push(bytes);
  begun.set(id, pieces);
  if (asked === null) return;
  begun.delete(id);
  answer(id, answerTo(asked, pieces));
});

/** A fault over one document costs that document, not those that wait behind it. */
function answerTo(asked: Exclude<AnswerPiece['asked'], null>, pieces: readonly Uint8Array[]): AnswerOfThread {
  try {
    const bytes = Buffer.concat(pieces);
    if (asked.translation !== null) return translateWhole(bytes, asked.translation);
    return abridged(parseLarge(bytes, asked.needsOutlineOnly));
  } catch {
    return null;
  }
}

function answer(id: number, found: AnswerOfThread): void {
  const own = found !== null && 'bytes' in found ? [found.bytes.buffer] : [];
  try {
    parentPort?.postMessage({ id, answer: found } satisfies Answered<AnswerOfThread>, own);
  } catch {
    // What is nested too deeply cannot be handed over.
    parentPort?.postMessage({ id, answer: null } satisfies Answered<AnswerOfThread>);
  }
}
