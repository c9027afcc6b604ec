// A large body in the other API's form, made in the thread that reads such bodies.

import { type ErrorCode, TokenWatchError } from '../core/errors.ts';
import { ownBytes } from '../core/own-bytes.ts';
import type { ProtocolName, RequestFacts } from '../core/protocol.ts';
import { type InputReading, inputReading } from '../ledger/bounds/input-reading.ts';
import { asObject, type JsonObject } from '../protocols/json/json-value.ts';
import { readJsonText } from '../protocols/json/lenient-json.ts';
import { type PortableWish, portableWish } from '../translation/portable-wish.ts';
import { translatorFor } from '../translation/translators.ts';
import { shortenedBody } from './body-digest.ts';

export interface TranslationQuestion {
  readonly client: ProtocolName;
  readonly endpoint: string;
  readonly target: ProtocolName;
  /** The planned one, in place of the body's own. */
  readonly model: RequestFacts['model'];
}

/** As it can be handed from thread to thread. */
export interface TranslatedBody extends PortableWish {
  /** Its JSON. */
  readonly bytes: Uint8Array;
  /** With long texts cut. */
  readonly document: JsonObject;
  readonly reading: InputReading;
  readonly leftOut: readonly string[];
}

export interface RefusedBody {
  readonly code: ErrorCode;
  readonly message: string;
}

/** `text` was read already. Returns why it cannot be translated where that is so. */
export function translateBody(text: Buffer, question: TranslationQuestion): TranslatedBody | RefusedBody {
  const { client, endpoint, target, model } = question;
  const document = asObject(readJsonText(text)?.document);
  const translator = translatorFor(client, endpoint, target);
  if (document === null || translator === null) return NOT_AGAIN;
  try {
    const { body, wish, leftOut } = translator.request(model === null ? document : { ...document, model });
    return {
      bytes: ownBytes(JSON.stringify(body)),
      reading: inputReading(body),
      document: shortenedBody(body),
      leftOut,
      ...portableWish(wish),
    };
  } catch (error) {
    if (!(error instanceof TokenWatchError)) throw error;
    return { code: error.code as ErrorCode, message: error.message };
  }
}

export function isRefused(translated: TranslatedBody | RefusedBody): translated is RefusedBody {
  return 'code' in translated;
}

/** What was read once can be read again, but for a thread that died. */
export const NOT_AGAIN: RefusedBody = {
  code: 'not_translatable',
  message: 'The request cannot be translated to the other API: it is too large to be read for that.',
};
