// Anthropic's API: Messages, token counts, batches.

import type { ErrorCode, TokenWatchError } from '../../core/errors.ts';
import type { Endpoint, Meter, Protocol, RequestFacts, ResponseHead } from '../../core/protocol.ts';
import { askedTier } from '../asked-tier.ts';
import { asObject, asText, parseJson } from '../json-value.ts';
import { meterOf } from '../meter-of.ts';
import { otherErrorBody, otherErrorEvent } from '../other-errors.ts';
import { outputLimit } from '../output-limit.ts';
import { promptTextOf } from '../prompt-text.ts';
import { refined } from '../refined-endpoint.ts';
import { ANTHROPIC_ENDPOINTS } from './endpoints.ts';
import { MessagesReader } from './messages-reader.ts';
import { replayMessage } from './replay.ts';

/** The error types of Anthropic's API reference. */
const ERROR_TYPES: Partial<Record<ErrorCode, string>> = {
  foreign_key: 'authentication_error',
  key_required: 'authentication_error',
  key_invalid: 'authentication_error',
  key_model_refused: 'permission_error',
  key_without_upstream: 'permission_error',
  forbidden: 'permission_error',
  unknown_route: 'not_found_error',
  body_too_large: 'request_too_large',
  bad_request: 'invalid_request_error',
  not_translatable: 'invalid_request_error',
  upstream_timeout: 'timeout_error',
  upstream_connect_timeout: 'timeout_error',
  shutting_down: 'overloaded_error',
  // What waiting does not change, as the API itself says it of an account that is used up.
  budget_exceeded: 'billing_error',
  budget_unknown_price: 'billing_error',
  budget_killed: 'billing_error',
};

function errorBody(error: TokenWatchError, requestId: string): unknown {
  const type = ERROR_TYPES[error.code] ?? (error.status === 429 ? 'rate_limit_error' : 'api_error');
  return { type: 'error', error: { type, message: error.message }, request_id: requestId };
}

function readRequest(of: Endpoint, body: unknown): RequestFacts {
  const request = asObject(body);
  const userId = asText(asObject(request?.metadata)?.user_id);
  return {
    model: of.model ?? asText(request?.model),
    stream: request?.stream === true,
    maxOutputTokens: outputLimit(of.name, request),
    sessionId: sessionId(userId),
    userId: personIn(userId),
    serviceTier: askedTier(request),
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

/** Of the same forms who it is, without the session; any other text is a user's id by itself. */
function personIn(userId: string | null): string | null {
  if (userId === null) return null;
  if (userId.startsWith('{')) {
    const parts = asObject(parseJson(userId));
    return asText(parts?.account_uuid) || asText(parts?.device_id) || asText(parts?.user_id);
  }
  return userId.replace(/_session_[\w-]+$/, '') || null;
}

function meter(of: Endpoint, head: ResponseHead, path: string): Meter | null {
  return meterOf(of, head, path, () => new MessagesReader());
}

export const anthropic: Protocol = {
  name: 'anthropic',
  streamUsage: null,
  endpoint: (method, path) => ANTHROPIC_ENDPOINTS.find(method, path),
  readRequest,
  refined,
  promptText: (_endpoint, body) => promptTextOf(body),
  meter,
  messageMeter: () => null,
  replay: (of, answer, form) => (of.name === 'messages' ? replayMessage(answer, form) : null),
  errorBody: (error, requestId, of) => otherErrorBody(of, error) ?? errorBody(error, requestId),
  errorEvent(error, requestId, of) {
    const own = (): string => `event: error\ndata: ${JSON.stringify(errorBody(error, requestId))}\n\n`;
    return otherErrorEvent(of, error) ?? own();
  },
};
