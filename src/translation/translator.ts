// What a translation between two APIs is made of: a request one way, its answer the other way.

import type { TokenWatchError } from '../core/errors.ts';
import type { ProtocolName, ReplayForm, StoredAnswer } from '../core/protocol.ts';
import type { JsonObject } from '../protocols/json/json-value.ts';
import type { ToolNames } from './tools/tool-names.ts';

export interface TranslatedRequest {
  /** For the other API's endpoint. */
  readonly body: JsonObject;
  /** How the client wants its answer. */
  readonly wish: AnswerWish;
  /** Fields of the client's of which nothing is left. */
  readonly leftOut: readonly string[];
}

export interface AnswerWish {
  readonly stream: boolean;
  /** Whether its stream ends with the usage, where the client's API leaves that to it. */
  readonly streamUsage: boolean;
  /** Whether it reads the model's thoughts. */
  readonly thoughts: boolean;
  /** By what names it knows its tools. */
  readonly toolNames: ToolNames;
  /** Texts at which its answer is to end, where the model at the other side cannot be told so. */
  readonly stops: readonly string[];
  /** The ids of the calls in its conversation. */
  readonly callIds: ReadonlySet<string>;
}

export interface AnswerContext {
  readonly wish: AnswerWish;
  /** For completions, which tell it. */
  readonly createdAtSeconds: number;
}

/** Translates an event stream as it comes. Any cut of the input gives the same output. */
export interface StreamTranslation {
  push(bytes: Uint8Array): Uint8Array;
  /** The input ended. */
  end(): Uint8Array;
  /**
   * Whether what the client has got is a whole answer, or ends in an error that it can read. Asked after `end`: an
   * answer that is not whole must reach the client as a break.
   */
  readonly isWhole: boolean;
  /** What could not be translated; the output has ended with it, in the client's form. */
  readonly failure: TokenWatchError | null;
  /** Of what was pushed, how much it keeps of an event that has not ended. */
  readonly heldBytes: number;
}

export interface Translator {
  readonly client: ProtocolName;
  readonly target: ProtocolName;
  /** The one endpoint of each API between which there is a translation. */
  readonly clientEndpoint: string;
  readonly targetPath: string;
  /** Throws `not_translatable` with the path of the field. */
  request(body: unknown): TranslatedRequest;
  /** A whole answer. Throws `answer_not_translatable`. */
  answer(document: JsonObject, context: AnswerContext): JsonObject;
  stream(context: AnswerContext): StreamTranslation;
  /** A translated answer in the other form: a stream as a whole, or a whole as a stream. Null where it cannot be told so. */
  replay(answer: StoredAnswer, form: ReplayForm): Uint8Array | null;
  /** An error's status and body; `body` is null where it was no JSON object, and `text` what came instead. */
  error(status: number, body: JsonObject | null, text: string): { status: number; body: JsonObject };
}
