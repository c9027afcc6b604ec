// Anthropic's API: Messages, token counts, batches.

import type { ErrorCode, TokenWatchError } from '../../core/errors.ts';
import type { Endpoint, Meter, Protocol, RequestFacts, ResponseHead } from '../../core/protocol.ts';
import { asCount, asObject, asText, parseJson } from '../json-value.ts';
import { DocumentMeter, EventStreamMeter, LinesMeter } from '../metering.ts';
import { collectText } from '../prompt-text.ts';
import { BatchResultsReader } from './batch-results-reader.ts';
import { MessagesReader } from './messages-reader.ts';
import { replayMessage } from './replay.ts';

const endpoint = (name: string, hasModel: boolean, metered: boolean): Endpoint => ({
  name,
  hasModel,
  metered,
  asksForStreamUsage: false,
});

const OTHER = endpoint('other', false, false);
const MESSAGES = endpoint('messages', true, true);
const BATCH_RESULTS = endpoint('messages/batches/results', false, true);
const BATCH_RESULTS_PATH = /\/messages\/batches\/([^/]+)\/results\/?$/;

/** The first pattern that fits decides. A version or another prefix may stand before each. */
const ENDPOINTS: readonly (readonly [method: string, path: RegExp, endpoint: Endpoint])[] = [
  ['POST', /(?:^|\/)messages\/?$/, MESSAGES],
  ['POST', /(?:^|\/)messages\/count_tokens\/?$/, endpoint('messages/count_tokens', true, false)],
  ['GET', BATCH_RESULTS_PATH, BATCH_RESULTS],
  ['', /(?:^|\/)messages\/batches(?:\/|$)/, endpoint('messages/batches', false, false)],
  ['', /(?:^|\/)models(?:\/|$)/, endpoint('models', false, false)],
  ['', /(?:^|\/)files(?:\/|$)/, endpoint('files', false, false)],
];

/** The error types of Anthropic's API reference. */
const ERROR_TYPES: Partial<Record<ErrorCode, string>> = {
  unknown_route: 'not_found_error',
  body_too_large: 'request_too_large',
  bad_request: 'invalid_request_error',
  not_translatable: 'invalid_request_error',
  upstream_timeout: 'timeout_error',
  upstream_connect_timeout: 'timeout_error',
  shutting_down: 'overloaded_error',
};

function errorBody(error: TokenWatchError, requestId: string): unknown {
  const type = ERROR_TYPES[error.code] ?? (error.status === 429 ? 'rate_limit_error' : 'api_error');
  return { type: 'error', error: { type, message: error.message }, request_id: requestId };
}

function readRequest(_endpoint: Endpoint, body: unknown): RequestFacts {
  const request = asObject(body);
  return {
    model: asText(request?.model),
    stream: request?.stream === true,
    maxOutputTokens: asCount(request?.max_tokens),
    sessionId: sessionId(asText(asObject(request?.metadata)?.user_id)),
    serviceTier: asText(request?.service_tier),
    speed: asText(request?.speed),
    lacksStreamUsage: false,
    hasStreamOptions: false,
  };
}

/** Claude Code: `user_…_account_…_session_<uuid>`, in newer versions JSON with `session_id`. */
function sessionId(userId: string | null): string | null {
  if (userId === null) return null;
  if (userId.startsWith('{')) return asText(asObject(parseJson(userId))?.session_id);
  return /_session_([\w-]+)$/.exec(userId)?.[1] ?? null;
}

function meter(of: Endpoint, head: ResponseHead, path: string): Meter | null {
  if (!of.metered || head.status >= 400)
    return head.status >= 400 ? new DocumentMeter(new MessagesReader()) : null;
  if (of === BATCH_RESULTS)
    return new LinesMeter(new BatchResultsReader(BATCH_RESULTS_PATH.exec(path)?.[1] ?? ''));
  const isStream = head.contentType === 'text/event-stream';
  return isStream ? new EventStreamMeter(new MessagesReader()) : new DocumentMeter(new MessagesReader());
}

export const anthropic: Protocol = {
  name: 'anthropic',
  streamUsage: null,
  endpoint(method, path) {
    return (
      ENDPOINTS.find(([verb, pattern]) => (verb === '' || verb === method) && pattern.test(path))?.[2] ??
      OTHER
    );
  },
  readRequest,
  promptText(_endpoint, body) {
    const request = asObject(body);
    return collectText([request?.system, request?.messages, request?.tools]);
  },
  meter,
  messageMeter: () => null,
  replay: (of, answer, form) => (of === MESSAGES ? replayMessage(answer, form) : null),
  errorBody,
  errorEvent(error, requestId) {
    return `event: error\ndata: ${JSON.stringify(errorBody(error, requestId))}\n\n`;
  },
};
