// What is large in answers, in a thread of its own: documents are parsed for their meters there, and whole answers
// brought into their client's form.

import type { Transferable } from 'node:worker_threads';
import type { LargeDocument, ParsedDocument } from '../../core/protocol.ts';
import { QuestionThread } from '../../runtime/question-thread.ts';
import { untranslatableAnswer } from '../../translation/answers/endings.ts';
import type { LargeParser } from './paced-meter.ts';
import type { LargeTranslator } from './translated-answer.ts';
import type { Translated, UntranslatedAnswer, WholeQuestion } from './whole-translation.ts';

/** In order: all pieces of a document, and with the last one what is asked of it. */
export interface AnswerPiece {
  readonly bytes: Uint8Array;
  /** Null before the last. */
  readonly asked: Asked | null;
}

type Asked =
  | { readonly needsOutlineOnly: boolean; readonly translation: null }
  | { readonly translation: WholeQuestion };

export type AnswerOfThread = ParsedDocument | Translated | null;

type Done = (answer: AnswerOfThread) => void;
type Send = (piece: AnswerPiece, given: readonly Transferable[]) => void;
type Pieces = readonly Uint8Array[];

/** So much is copied for the thread before others have their turn. */
const TURN_BYTES = 4 * 1024 * 1024;
/** Of all documents that it has, or will have. */
const WAITING_BYTES_MAX = 256 * 1024 * 1024;
const LOST: UntranslatedAnswer = {
  code: 'answer_not_translatable',
  message: untranslatableAnswer('the thread that reads large answers is lost, or has too many to read')
    .message,
};

export class AnswerThread implements LargeParser, LargeTranslator {
  readonly #thread = new QuestionThread<AnswerPiece, AnswerOfThread>(
    new URL('./answer-thread-worker', import.meta.url),
  );
  #waitingBytes = 0;

  parse(
    { pieces, needsOutlineOnly }: Pick<LargeDocument, 'pieces' | 'needsOutlineOnly'>,
    done: (parsed: ParsedDocument | null) => void,
  ): void {
    this.#ask(pieces, { needsOutlineOnly, translation: null }, done as Done);
  }

  translate(pieces: Pieces, question: WholeQuestion, done: (translated: Translated) => void): void {
    this.#ask(pieces, { translation: question }, (answer) => done((answer as Translated | null) ?? LOST));
  }

  #ask(pieces: Pieces, asked: Asked, done: Done): void {
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    if (this.#waitingBytes + bytes > WAITING_BYTES_MAX) {
      setImmediate(done, null);
      return;
    }
    this.#waitingBytes += bytes;
    const send = this.#thread.open((answer) => {
      this.#waitingBytes -= bytes;
      done(answer);
    });
    sendPieces(send, pieces, asked, 0);
  }
}

/**
 * Copies, since others hold on to the pieces: of those of one turn of the loop in one message, since there may be
 * thousands of small ones, and a message takes about 25 µs, however small it is.
 */
function sendPieces(send: Send, pieces: Pieces, asked: Asked, from: number): void {
  let [to, size] = [from, 0];
  for (; to < pieces.length && size < TURN_BYTES; to += 1) size += pieces[to]!.length;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces.slice(from, to)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  const isLast = to === pieces.length;
  send({ bytes, asked: isLast ? asked : null }, [bytes.buffer]);
  if (!isLast) setImmediate(sendPieces, send, pieces, asked, to);
}
