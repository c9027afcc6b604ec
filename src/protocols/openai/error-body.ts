// TokenWatch's errors in the form of OpenAI's API.

import { type ErrorCode, FINAL_REFUSALS, type TokenWatchError } from '../../core/errors.ts';

const ERROR_TYPES: Partial<Record<ErrorCode, string>> = {
  foreign_key: 'invalid_request_error',
  key_required: 'invalid_request_error',
  key_invalid: 'invalid_request_error',
  key_model_refused: 'invalid_request_error',
  key_without_upstream: 'invalid_request_error',
  forbidden: 'invalid_request_error',
  unknown_route: 'invalid_request_error',
  body_too_large: 'invalid_request_error',
  bad_request: 'invalid_request_error',
  not_translatable: 'invalid_request_error',
};

export function chatErrorBody(error: TokenWatchError): {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: null;
    readonly code: string;
  };
} {
  const { code, message } = error;
  // The one code that clients take as final: others of a 429 they try again, some without an end.
  if (FINAL_REFUSALS.has(code))
    return { error: { message, type: 'insufficient_quota', param: null, code: 'insufficient_quota' } };
  const type = ERROR_TYPES[code] ?? (error.status === 429 ? 'rate_limit_error' : 'server_error');
  return { error: { message, type, param: null, code } };
}

/** A Responses stream ends with the response that failed: its clients look at nothing else. */
export function failedResponse(error: TokenWatchError, requestId: string): string {
  const { code, message } = chatErrorBody(error).error;
  const response = {
    id: `resp_${requestId}`,
    object: 'response',
    status: 'failed',
    error: { code, message },
  };
  return `event: response.failed\ndata: ${JSON.stringify({ type: 'response.failed', response })}\n\n`;
}
