// An answer that is translated when all of it is there: a document, an error, or a stream that its client wants as a
// whole. Pure, so that another thread can do it.

import { type ErrorCode, TokenWatchError } from '../../core/errors.ts';
import { ownBytes } from '../../core/own-bytes.ts';
import type { ProtocolName } from '../../core/protocol.ts';
import { parseAnswer } from '../../protocols/json/answer-json.ts';
import { asObject, type JsonObject, parseJson } from '../../protocols/json/json-value.ts';
import { asUtf8, withoutByteOrderMark } from '../../protocols/json/lenient-json.ts';
import { hasManyValues } from '../../protocols/json/outline.ts';
import { untranslatableAnswer } from '../../translation/answers/endings.ts';
import { errorIn, statusIn } from '../../translation/answers/error-bodies.ts';
import { type PortableWish, wishOf } from '../../translation/portable-wish.ts';
import type { AnswerContext, Translator } from '../../translation/translator.ts';
import { translatorFor } from '../../translation/translators.ts';

/** What came, and for whom; as it can be handed from thread to thread. */
export interface WholeQuestion extends PortableWish {
  readonly client: ProtocolName;
  readonly endpoint: string;
  readonly target: ProtocolName;
  readonly status: number;
  /** In what form it came. */
  readonly form: 'document' | 'stream';
  readonly createdAtSeconds: number;
}

export interface WholeAnswer {
  readonly status: number;
  readonly form: 'document' | 'stream';
  /** In a buffer of their own. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface UntranslatedAnswer {
  readonly code: ErrorCode;
  readonly message: string;
}

export type Translated = WholeAnswer | UntranslatedAnswer;

/** Nothing that a client has a form for has as many. */
const MEMBERS_MAX = 500_000;

export function translateWhole(bytes: Buffer, question: WholeQuestion): Translated {
  try {
    const translator = translatorFor(question.client, question.endpoint, question.target);
    if (translator === null) throw untranslatableAnswer('nobody translates it');
    return new WholeTranslation(translator, question).of(bytes);
  } catch (error) {
    const known = error instanceof TokenWatchError ? error : untranslatableAnswer(String(error));
    return { code: known.code as ErrorCode, message: known.message };
  }
}

export function isUntranslated(answer: Translated): answer is UntranslatedAnswer {
  return 'code' in answer;
}

class WholeTranslation {
  readonly #translator: Translator;
  readonly #question: WholeQuestion;
  readonly #context: AnswerContext;

  constructor(translator: Translator, question: WholeQuestion) {
    this.#translator = translator;
    this.#question = question;
    this.#context = { wish: wishOf(question), createdAtSeconds: question.createdAtSeconds };
  }

  of(bytes: Buffer): WholeAnswer {
    const { status, form } = this.#question;
    if (status >= 400) return this.#error(bytes);
    return form === 'stream' ? this.#gathered(bytes) : this.#document(bytes);
  }

  #error(bytes: Buffer): WholeAnswer {
    const text = bytes.toString('utf8');
    const event = ERROR_EVENT.exec(text)?.[1];
    const told = hasManyValues(bytes, MEMBERS_MAX) ? null : parseJson(event ?? text);
    // Gemini's come in a list.
    const body = asObject(Array.isArray(told) ? told[0] : told);
    const error = this.#translator.error(this.#question.status, body, text);
    return document(error.status, error.body);
  }

  #document(bytes: Buffer): WholeAnswer {
    const told = documentOf(bytes);
    const failure = errorIn(told);
    if (failure === null) return this.#told(this.#translator.answer(told, this.#context));
    // An error with a status of 200: the client's SDK would take it for an answer.
    const error = this.#translator.error(statusIn(failure), { error: failure }, '');
    return document(error.status, error.body);
  }

  /** Some servers answer as a whole although a stream was asked for. */
  #told(answer: JsonObject): WholeAnswer {
    const { stream, streamUsage } = this.#question.wish;
    if (!stream) return document(200, answer);
    const told = { form: 'document' as const, body: Buffer.from(JSON.stringify(answer)) };
    const body = this.#translator.replay(told, { stream: true, streamUsage });
    if (body === null) throw untranslatableAnswer('it is whole, and cannot be told as a stream');
    return { status: 200, form: 'stream', bytes: Uint8Array.from(body) };
  }

  /** And some stream although they were not asked to: that is translated as a stream, and put together. */
  #gathered(bytes: Buffer): WholeAnswer {
    const wish = { ...this.#context.wish, streamUsage: true };
    const stream = this.#translator.stream({ ...this.#context, wish });
    const body = Buffer.concat([stream.push(bytes), stream.end()]);
    if (stream.failure !== null) throw stream.failure;
    const failure = errorAtEnd(body);
    if (failure !== null) return document(statusIn(asObject(failure.error) ?? failure), failure);
    const whole = this.#translator.replay({ form: 'stream', body }, { stream: false, streamUsage: true });
    if (whole === null || !stream.isWhole)
      throw untranslatableAnswer('its stream ended before the answer did');
    return { status: 200, form: 'document', bytes: Uint8Array.from(whole) };
  }
}

/** Some servers tell an error as an event of the stream that was asked for. */
const ERROR_EVENT = /^(?:event:[^\r\n]*[\r\n]+)?data: ?(\{[^\r\n]*)/;

function document(status: number, body: JsonObject): WholeAnswer {
  return { status, form: 'document', bytes: ownBytes(JSON.stringify(body)) };
}

function documentOf(bytes: Buffer): JsonObject {
  const text = asUtf8(bytes);
  if (hasManyValues(text, MEMBERS_MAX)) throw untranslatableAnswer(`it has more than ${MEMBERS_MAX} members`);
  const told = parseAnswer(withoutByteOrderMark(text.toString('utf8')));
  // Gemini puts an error into a list.
  const found = asObject(Array.isArray(told) && told.length === 1 ? told[0] : told);
  if (found === null) throw untranslatableAnswer('it is no whole JSON document');
  return found;
}

/** The error in the client's own form with which a translated stream ends; null where it does not. */
function errorAtEnd(told: Buffer): JsonObject | null {
  const last = told.toString('utf8').trimEnd().split('\n').at(-1) ?? '';
  const event = asObject(parseJson(last.replace(/^data: /, '')));
  return event !== null && errorIn(event) !== null ? event : null;
}
