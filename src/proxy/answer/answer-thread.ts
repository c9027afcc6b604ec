// Parses the large documents of answers in a thread of their own.

import type { Transferable } from 'node:worker_threads';
import type { LargeDocument, ParsedDocument } from '../../core/protocol.ts';
import { QuestionThread } from '../../core/question-thread.ts';
import type { LargeParser } from './paced-meter.ts';

/** In order: all pieces of a document, and with the last one what is asked of it. */
export interface AnswerPiece {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
  readonly needsOutlineOnly: boolean;
}

type Done = (parsed: ParsedDocument | null) => void;
type Send = (piece: AnswerPiece, given: readonly Transferable[]) => void;
type Question = Pick<LargeDocument, 'pieces' | 'needsOutlineOnly'>;

/** What is copied for the thread in one turn of the loop. */
const TURN_BYTES_MAX = 4 * 1024 * 1024;
/** Of all documents that it has, or will have. */
const WAITING_BYTES_MAX = 256 * 1024 * 1024;

export class AnswerThread implements LargeParser {
  readonly #thread = new QuestionThread<AnswerPiece, ParsedDocument | null>(
    new URL('./answer-thread-worker', import.meta.url),
  );
  #waitingBytes = 0;

  parse(document: Question, done: Done): void {
    const bytes = document.pieces.reduce((sum, { length }) => sum + length, 0);
    if (this.#waitingBytes + bytes > WAITING_BYTES_MAX) {
      setImmediate(done, null);
      return;
    }
    this.#waitingBytes += bytes;
    const send = this.#thread.open((parsed) => {
      this.#waitingBytes -= bytes;
      done(parsed);
    });
    sendPieces(send, document, 0);
  }
}

/** Copies, since others hold on to the pieces; a turn of the loop for every few megabytes. */
function sendPieces(send: Send, document: Question, from: number): void {
  const { pieces, needsOutlineOnly } = document;
  let room = TURN_BYTES_MAX;
  for (let at = from; at < pieces.length; at += 1) {
    if (room <= 0) {
      setImmediate(sendPieces, send, document, at);
      return;
    }
    const bytes = Uint8Array.from(pieces[at]!);
    room -= bytes.length;
    send({ bytes, isLast: at === pieces.length - 1, needsOutlineOnly }, [bytes.buffer]);
  }
}
