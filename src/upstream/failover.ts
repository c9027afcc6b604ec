// What counts as a failure of an upstream, and for which of them another one is asked.

import type { TokenWatchError } from '../core/errors.ts';

export interface FailoverRules {
  /** Kinds of failures without an answer, and statuses, for which another upstream is asked. */
  readonly on: FailoverSet;
  /** How many upstreams a request is sent to at most. */
  readonly attemptsMax: number;
  /** How long after its arrival a request may still be sent to another one. */
  readonly timeoutMs: number;
  /** How long a stream's head is waited for while another upstream is left. */
  readonly headTimeoutMs: number;
  /** How often the same upstream is asked again where there is no other. */
  readonly retriesMax: number;
}

export type FailureKind = 'unreachable' | 'timed_out' | 'broken';

export interface FailoverSet {
  readonly kinds: ReadonlySet<FailureKind>;
  /** `429`, `5xx`. */
  readonly statuses: ReadonlySet<string>;
  hasStatus(status: number): boolean;
}

const KIND_BY_WORD: Readonly<Record<string, FailureKind>> = {
  connect: 'unreachable',
  timeout: 'timed_out',
  broken: 'broken',
};

/** `connect,timeout,broken,429,5xx`, or `off`; undefined for anything else. */
export function parseFailoverSet(text: string): FailoverSet | undefined {
  const words =
    text.toLowerCase() === 'off'
      ? []
      : text
          .toLowerCase()
          .split(',')
          .map((word) => word.trim());
  const kinds = new Set<FailureKind>();
  const statuses = new Set<string>();
  for (const word of words) {
    const kind = Object.hasOwn(KIND_BY_WORD, word) ? KIND_BY_WORD[word] : undefined;
    if (kind !== undefined) kinds.add(kind);
    else if (/^(?:[45]\d\d|[45]xx)$/.test(word)) statuses.add(word);
    else return undefined;
  }
  return {
    kinds,
    statuses,
    hasStatus: (status) => statuses.has(String(status)) || statuses.has(`${Math.floor(status / 100)}xx`),
  };
}

/** Null for what says nothing about the upstream: the client's leaving, a request that cannot be sent. */
export function failureKind(error: TokenWatchError): FailureKind | null {
  switch (error.code) {
    case 'upstream_connect_failed':
    case 'upstream_connect_timeout':
      return 'unreachable';
    case 'upstream_timeout':
      return 'timed_out';
    case 'upstream_broken':
      return 'broken';
    default:
      return null;
  }
}

/**
 * What a status says about the upstream's health: null for nothing. A limit that belongs to a client's own key is no
 * fault of the upstream; other errors below 500 are the request's.
 */
export function isHealthy(status: number, takesClientKey: boolean): boolean | null {
  if (status >= 500 || status === 408) return false;
  if (status === 429) return takesClientKey ? null : false;
  return true;
}

/** Types and codes of errors that are the provider's own, as all APIs name them inside a stream. */
const PROVIDERS_FAULT =
  /overloaded|api_error|server_error|network_error|internal|unavailable|timeout|try_again|modelStreamError/i;
/** The same as a whole code: a status, a last word, or the lack of one. */
const PROVIDERS_CODE = /^(?:5\d\d|abort(?:ed)?|failed|truncated)$/i;

export function isProvidersFault(errorCode: string): boolean {
  return PROVIDERS_FAULT.test(errorCode) || PROVIDERS_CODE.test(errorCode);
}

const ERROR_TEXT_MAX = 4096;
/** What may stand before a stream's first event that says anything: a mark, comments, blank lines, other fields, pings. */
const BEFORE_EVENTS =
  /^\ufeff?(?:(?::|id:|retry:)[^\r\n]*(?:\r\n?|\n)|event: ?ping(?:\r\n?|\n)data:[^\r\n]*(?:\r\n?|\n)|\r\n?|\n)*/;
const FIRST_EVENT = /^(?:event: ?(?<event>[^\r\n]*)(?:\r\n?|\n))?data: ?(?<data>[^\r\n]*)/;
/** Where the data of an error is longer than is looked at. */
const ERROR_DATA = /^\{"(?:type":"error"|error":(?! ?null))/;
/** A completion that failed, by its last word, and what it may have said before that. */
const FAILED_FINISH = /"finish_reason": ?"(?:error|network_error|abort(?:ed)?)"/;
const SAID = /"(?:content|reasoning_content|reasoning|arguments)": ?"[^"]/;

/** True where a stream's first text is an error of the provider's own: some say 200, and then that they are full. */
export function beginsWithError(text: string): boolean {
  const found = FIRST_EVENT.exec(text.slice(0, ERROR_TEXT_MAX).replace(BEFORE_EVENTS, ''))?.groups;
  if (found === undefined) return false;
  const { event, data = '' } = found;
  const told = errorIn(data);
  if (told?.isError !== true && FAILED_FINISH.test(data) && !SAID.test(data)) return true;
  const isError = event?.trim() === 'error' || (told === null ? ERROR_DATA.test(data) : told.isError);
  return isError && (isProvidersFault(data) || (told?.status ?? 0) >= 500);
}

/** A limit that was reached, in the words and codes of all APIs. */
const LIMIT_REACHED = /rate_?limit|too_many_requests|resource_exhausted|"429"/i;

/**
 * The status that a 200 should have had, by its first text: of a stream that says it has reached a limit, and of a whole
 * answer that is an error of the provider's. Null where it is none.
 */
export function statusAtOnce(text: string): number | null {
  const isWhole = text.trimStart().startsWith('{');
  const start = text.slice(0, ERROR_TEXT_MAX).replace(BEFORE_EVENTS, '');
  const data = isWhole ? text : (FIRST_EVENT.exec(start)?.groups?.data ?? '');
  const told = errorIn(data);
  if (told?.isError !== true) return null;
  if (told.status === 429 || (told.status < 400 && LIMIT_REACHED.test(data))) return 429;
  if (!isWhole || told.status >= 600) return null;
  return told.status >= 500 ? told.status : told.status < 400 && isProvidersFault(data) ? FAILED : null;
}

const FAILED = 502;

/** Null for what is no JSON, or cut off. */
function errorIn(data: string): { readonly isError: boolean; readonly status: number } | null {
  try {
    const { type, object, error } = JSON.parse(data) as Record<string, unknown>;
    const isError = type === 'error' || object === 'error' || (error !== undefined && error !== null);
    return { isError, status: Number((error as { code?: unknown } | null)?.code) || 0 };
  } catch {
    // Its beginning is all that can be looked at.
    return null;
  }
}

/** When an answer asks not to be asked again before; null where it does not. `headers` is a raw name, value list. */
export function restUntil(headers: readonly Buffer[], nowMs: number): number | null {
  let seconds: string | null = null;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index]?.toString('latin1').toLowerCase();
    const value = headers[index + 1]?.toString('latin1').trim() ?? '';
    if (name === 'retry-after-ms' && /^\d+(?:\.\d+)?$/.test(value)) return nowMs + Number(value);
    if (name === 'retry-after') seconds = value;
  }
  if (seconds === null) return null;
  if (/^\d+(?:\.\d+)?$/.test(seconds)) return nowMs + Number(seconds) * 1000;
  const date = HTTP_DATE.test(seconds) ? Date.parse(seconds) : Number.NaN;
  // A moment that is over asks for no rest, as 0 does.
  return Number.isNaN(date) ? null : Math.max(date, nowMs);
}

/** Whether an answer says that the same request would fare no better, as OpenAI's and Anthropic's do to their own SDKs. */
export function forbidsRetry(headers: readonly Buffer[]): boolean {
  return headers.some(
    (name, index) =>
      index % 2 === 0 &&
      name.toString('latin1').toLowerCase() === 'x-should-retry' &&
      headers[index + 1]?.toString('latin1').trim().toLowerCase() === 'false',
  );
}

/** Of the three forms that HTTP knows; what else a date parser takes is none: `-1` is a year to it. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/i;
