// Reads large bodies in a thread of their own: text, JSON and all that is lenient about it take up to a second there,
// and what comes back takes milliseconds here.

import { QuestionThread } from '../../runtime/question-thread.ts';
import type { BodyDigest } from '../body-digest.ts';
import type { RefusedBody, TranslatedBody, TranslationQuestion } from '../body-translation.ts';

/** What a body holds, or why nothing can be read of it. */
export type ThreadReading =
  | {
      /** Of a very large body, with its long texts cut. */
      readonly document: unknown;
      /** Null for a body whose document is whole. */
      readonly digest: BodyDigest | null;
      /** As UTF-8, where the body is not that itself; null where it is. */
      readonly text: Uint8Array | null;
      readonly earlierModels: readonly string[];
      readonly reason: null;
    }
  | { readonly reason: 'no JSON' | 'too many members' | 'too deep' | 'long names' | 'a name twice' };

export interface ThreadQuestion {
  readonly bytes: Uint8Array;
  /** Null where it is to be read. */
  readonly translation: TranslationQuestion | null;
}

export type ThreadAnswer = ThreadReading | TranslatedBody | RefusedBody;

type Done = (answer: ThreadAnswer | null) => void;

export class BodyThread {
  readonly #thread = new QuestionThread<ThreadQuestion, ThreadAnswer>(
    new URL('./body-thread-worker', import.meta.url),
  );

  /** Calls `done` once, later; with null where the thread died over a body. */
  read(body: Buffer, done: (reading: ThreadReading | null) => void): void {
    this.#ask(body, null, done as Done);
  }

  /** The same of a body that was read before. */
  translate(
    text: Buffer,
    question: TranslationQuestion,
    done: (translated: TranslatedBody | RefusedBody | null) => void,
  ): void {
    this.#ask(text, question, done as Done);
  }

  #ask(body: Buffer, translation: TranslationQuestion | null, done: Done): void {
    const isShared = body.buffer instanceof SharedArrayBuffer;
    const bytes = isShared ? body : Uint8Array.from(body);
    this.#thread.ask({ bytes, translation }, done, isShared ? [] : [bytes.buffer as ArrayBuffer]);
  }
}
