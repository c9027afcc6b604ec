// TokenWatch's errors in the form of Anthropic's API, as its SDKs turn them into their typed errors.

import type { ErrorCode, TokenWatchError } from '../../core/errors.ts';

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

export function messagesErrorBody(error: TokenWatchError, requestId: string): object {
  const type = ERROR_TYPES[error.code] ?? (error.status === 429 ? 'rate_limit_error' : 'api_error');
  return { type: 'error', error: { type, message: error.message }, request_id: requestId };
}

export function messagesErrorEvent(error: TokenWatchError, requestId: string): string {
  return `event: error\ndata: ${JSON.stringify(messagesErrorBody(error, requestId))}\n\n`;
}
