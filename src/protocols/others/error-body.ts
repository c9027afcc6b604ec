// TokenWatch's errors for clients of the other makers' operations, which look for them in their own makers' forms: Google's,
// Amazon's, Cohere's, Ollama's. An OpenAI body is an unknown error to each of them, and its message is lost.

import type { TokenWatchError } from '../../core/errors.ts';
import type { Endpoint } from '../../core/protocol.ts';
import { exceptionMessage } from './amazon-messages.ts';

/** Google's word for a status; of a quota that is used up and of a rate it is the same. */
const GOOGLE_WORDS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  402: 'RESOURCE_EXHAUSTED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** What Amazon's SDKs raise. Only some of them are tried again, so a 429 that is final has another name. */
const AMAZON_WORDS: Readonly<Record<number, string>> = {
  401: 'AccessDeniedException',
  402: 'ServiceQuotaExceededException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  429: 'ThrottlingException',
  500: 'InternalServerException',
  502: 'ModelErrorException',
  503: 'ServiceUnavailableException',
  504: 'ModelTimeoutException',
};

type Form = (error: TokenWatchError) => object;

const google: Form = ({ code, status, message, retryable }) => {
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: code.toUpperCase(),
    domain: 'tokenwatch',
    metadata: { retryable: String(retryable) },
  };
  const word = GOOGLE_WORDS[status] ?? (status < 500 ? 'FAILED_PRECONDITION' : 'UNAVAILABLE');
  return { error: { code: status, message, status: word, details: [info] } };
};

const amazon: Form = ({ status, message, retryable }) => {
  const isFinal = status === 429 && !retryable;
  const word = AMAZON_WORDS[isFinal ? 402 : status] ?? 'ValidationException';
  return { message, __type: word };
};

const FORMS: readonly (readonly [beginning: string, form: Form])[] = [
  ['gemini/', google],
  ['bedrock/', amazon],
  ['cohere/', ({ code, message }) => ({ message, code })],
  ['ollama/', ({ message }) => ({ error: message })],
];

/** Null where the operation is of the mount's own protocol. */
export function otherErrorBody({ name }: Pick<Endpoint, 'name'>, error: TokenWatchError): object | null {
  return FORMS.find(([beginning]) => name.startsWith(beginning))?.[1](error) ?? null;
}

/** Of the names that Bedrock's streams may end with. */
const AMAZON_STREAM_WORDS: Readonly<Record<number, string>> = {
  402: 'throttlingException',
  429: 'throttlingException',
  500: 'internalServerException',
  503: 'serviceUnavailableException',
};

/** The last event of a stream of theirs; null as above. */
export function otherErrorEvent({ name }: Pick<Endpoint, 'name'>, error: TokenWatchError): string | null {
  if (name === 'gemini/interactions') {
    const told = { event_type: 'error', error: { code: error.code, message: error.message } };
    return `event: error\ndata: ${JSON.stringify(told)}\n\n`;
  }
  if (name.startsWith('cohere/')) {
    const end = { type: 'message-end', delta: { finish_reason: 'ERROR', error: error.message } };
    return `event: message-end\ndata: ${JSON.stringify(end)}\n\n`;
  }
  const body = otherErrorBody({ name }, error);
  return body === null ? null : `data: ${JSON.stringify(body)}\n\n`;
}

/** The last message of a stream in Amazon's framing. */
export function amazonErrorMessage({ status, message }: TokenWatchError): Uint8Array {
  return exceptionMessage(AMAZON_STREAM_WORDS[status] ?? 'modelStreamErrorException', message);
}

/** The last line of a stream of Cohere's first version. */
export const cohereEnd = ({ message }: TokenWatchError): object => ({
  is_finished: true,
  event_type: 'stream-end',
  finish_reason: 'ERROR',
  response: { text: '', finish_reason: 'ERROR', error: message },
});
