// The two directions of translation, named by the client's API. Pure: no I/O, no clock.

import type { TokenWatchError } from '../core/errors.ts';
import type { ProtocolName } from '../core/protocol.ts';
import type { JsonObject } from '../protocols/json-value.ts';
import { messageToCompletion } from './answer-to-chat.ts';
import { completionToMessage } from './answer-to-messages.ts';
import { errorToChat, errorToMessages } from './error-bodies.ts';
import { messagesToChat } from './request-to-chat.ts';
import { chatToMessages } from './request-to-messages.ts';
import { StreamToChat } from './stream-to-chat.ts';
import { StreamToMessages } from './stream-to-messages.ts';

export interface TranslatedRequest {
  /** For the other API's endpoint. */
  readonly body: JsonObject;
  /** How the client wants its answer. */
  readonly wish: AnswerWish;
}

export interface AnswerWish {
  readonly stream: boolean;
  /** Whether its stream ends with the usage, where the client's API leaves that to it. */
  readonly streamUsage: boolean;
  /** Whether it reads the model's thoughts. */
  readonly thoughts: boolean;
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
  /** An error's status and body; `body` is null where it was no JSON object, and `text` what came instead. */
  error(status: number, body: JsonObject | null, text: string): { status: number; body: JsonObject };
}

export const TRANSLATORS: readonly Translator[] = [
  {
    client: 'anthropic',
    target: 'openai',
    clientEndpoint: 'messages',
    targetPath: '/v1/chat/completions',
    request: messagesToChat,
    answer: completionToMessage,
    stream: (context) => new StreamToMessages(context),
    error: errorToMessages,
  },
  {
    client: 'openai',
    target: 'anthropic',
    clientEndpoint: 'chat/completions',
    targetPath: '/v1/messages',
    request: chatToMessages,
    answer: messageToCompletion,
    stream: (context) => new StreamToChat(context),
    error: errorToChat,
  },
];

/** Null where there is no translation for this endpoint of the client's API. */
export function translatorFor(
  client: ProtocolName,
  endpoint: string,
  target: ProtocolName,
): Translator | null {
  return (
    TRANSLATORS.find(
      (one) => one.client === client && one.target === target && one.clientEndpoint === endpoint,
    ) ?? null
  );
}
