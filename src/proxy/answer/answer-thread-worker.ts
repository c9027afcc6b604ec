// The thread of `AnswerThread`.

import { parentPort } from 'node:worker_threads';
import type { ParsedDocument } from '../../core/protocol.ts';
import type { Answered, Asked } from '../../core/question-thread.ts';
import { abridged, parseLarge } from '../../protocols/large-document.ts';
import type { AnswerPiece } from './answer-thread.ts';

const begun = new Map<number, Uint8Array[]>();

parentPort?.on('message', ({ id, part: { bytes, isLast, needsOutlineOnly } }: Asked<AnswerPiece>) => {
  const pieces = begun.get(id) ?? [];
  pieces.push(bytes);
  begun.set(id, pieces);
  if (!isLast) return;
  begun.delete(id);
  answer({ id, answer: parsedOf(pieces, needsOutlineOnly) });
});

/** A fault over one document costs that document, not those that wait behind it. */
function parsedOf(pieces: readonly Uint8Array[], needsOutlineOnly: boolean): ParsedDocument | null {
  try {
    return abridged(parseLarge(Buffer.concat(pieces), needsOutlineOnly));
  } catch {
    return null;
  }
}

function answer(parsed: Answered<ParsedDocument | null>): void {
  try {
    parentPort?.postMessage(parsed);
  } catch {
    // What is nested too deeply cannot be handed over.
    parentPort?.postMessage({ id: parsed.id, answer: null } satisfies typeof parsed);
  }
}
