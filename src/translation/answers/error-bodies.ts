// Errors of one API in the shape of the other, so that a client's SDK raises its own typed error.

import { asObject, asText, type JsonObject } from '../../protocols/json/json-value.ts';
import { errorInside } from '../../protocols/meters/error-inside.ts';
import { toldError } from './told-error.ts';

/** What is shown of an answer that is no JSON. */
const TEXT_CHARACTERS_MAX = 500;

/** The error types of Anthropic's API by status. */
const MESSAGES_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  422: 'invalid_request_error',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** Anthropic's word for an overloaded server is its status 529, OpenAI's is 503. */
const OVERLOADED = { messages: 529, chat: 503 };
const FAILED = 502;

export function errorToMessages(
  status: number,
  body: JsonObject | null,
  text: string,
): { status: number; body: JsonObject } {
  const theirs = messagesStatus(status, codeOf(body));
  const type = MESSAGES_TYPES[theirs] ?? (theirs >= 500 ? 'api_error' : 'invalid_request_error');
  const message = messageOf(body, status, text);
  const isTooLong = codeOf(body) === TOO_LONG.code || (theirs === 400 && TOO_LONG.words.test(message));
  return {
    status: theirs,
    body: messagesError(type, isTooLong ? saidTooLong(message) : message),
  };
}

/** A quota that is used up is no rate to wait for: an SDK would ask again and again. */
function messagesStatus(status: number, code: string | null): number {
  if (status === 429 && code === 'insufficient_quota') return 402;
  return status === OVERLOADED.chat ? OVERLOADED.messages : status;
}

const codeOf = (body: JsonObject | null): string | null => asText(asObject(body?.error)?.code);

const saidTooLong = (message: string): string =>
  message.startsWith(TOO_LONG.message) ? message : `${TOO_LONG.message}: ${message}`;

/** What agents act upon, by making their conversation shorter. */
const TOO_LONG = {
  code: 'context_length_exceeded',
  message: 'prompt is too long',
  words:
    /maximum context length|context window|context length|prompt is too long|exceed(?:s|ed)? (?:the )?context/i,
};

export function errorToChat(
  status: number,
  body: JsonObject | null,
  text: string,
): { status: number; body: JsonObject } {
  const theirs = status === OVERLOADED.messages ? OVERLOADED.chat : status;
  const message = messageOf(body, status, text);
  const code = chatCode(status, asText(asObject(body?.error)?.type), message);
  return { status: theirs, body: chatError(theirs, code, message) };
}

/** Anthropic's own type, but where OpenAI has a code that clients act upon. */
function chatCode(status: number, type: string | null, message: string): string | null {
  if (status === 400 && TOO_LONG.words.test(message)) return TOO_LONG.code;
  if (type === 'billing_error' || /credit balance is too low/i.test(message)) return 'insufficient_quota';
  return type;
}

/**
 * The error that a document or an event is, although its status says 200; null where it is none. Servers write
 * `{error: {…}}`, `{error: "…"}`, vLLM `{object: "error", message}`, and others as they like.
 */
export function errorIn(document: JsonObject): JsonObject | null {
  const { error } = document;
  if (typeof error === 'string' && error !== '') return { ...document, message: error };
  const told = asObject(error);
  if (told !== null && Object.keys(told).length > 0) return told;
  if (document.object === 'error' || document.type === 'error') return document;
  return document.type === undefined && errorInside(document) !== null ? document : null;
}

/** The status that such an error would have had: its own, that of its type, or that of a server which failed. */
export function statusIn(error: JsonObject): number {
  for (const told of [error.status, error.code, error.status_code]) {
    const status = Number(told);
    if (Number.isInteger(status) && status >= 400 && status <= 599) return status;
  }
  const told = `${asText(error.type) ?? ''} ${asText(error.code) ?? ''}`;
  return STATUS_OF_WORD.find(([word]) => word.test(told))?.[1] ?? FAILED;
}

/** In the types and codes of either API, and of servers like them. */
const STATUS_OF_WORD: readonly (readonly [RegExp, number])[] = [
  [/rate_?limit|quota/i, 429],
  [/overloaded/i, 529],
  [/invalid_request|context_length_exceeded/, 400],
  ...Object.entries(MESSAGES_TYPES).map(([status, type]) => [new RegExp(type), Number(status)] as const),
];

/** The error in a completion's stream, as an event of a message's. */
export function chunkErrorToEvent(error: JsonObject): JsonObject {
  return errorToMessages(statusIn(error), { error: worded(error) }, '').body;
}

/** The error event in a message's stream, as a chunk of a completion's. */
export function eventErrorToChunk(event: JsonObject): JsonObject {
  const error = errorIn(event) ?? {};
  return errorToChat(statusIn(error), { error: worded(error) }, '').body;
}

const worded = (error: JsonObject): JsonObject =>
  toldError(error) === null ? { ...error, message: 'The upstream reported an error.' } : error;

function messagesError(type: string, message: string): JsonObject {
  return { type: 'error', error: { type, message } };
}

function chatError(status: number, code: string | null, message: string): JsonObject {
  const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error';
  return { error: { message, type, param: null, code } };
}

function messageOf(body: JsonObject | null, status: number, text: string): string {
  return toldError(body) ?? `The upstream answered ${status}: ${text.slice(0, TEXT_CHARACTERS_MAX)}`;
}
