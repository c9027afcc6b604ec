// What all Anthropic answers share: error bodies, and the headers of every response.

import type { OutgoingHttpHeaders } from 'node:http';
import type { ProviderRequest } from '../answer.ts';
import type { JsonObject } from '../json-value.ts';
import { anthropicId } from '../random.ts';

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};
const MESSAGES: Readonly<Record<number, string>> = {
  401: 'invalid x-api-key',
  429: 'This request would exceed the rate limit for your organization.',
  500: 'Internal server error',
  529: 'Overloaded',
};

export function anthropicError(
  status: number,
  message: string | null,
  { identity }: Pick<ProviderRequest, 'identity'>,
): JsonObject {
  const type = ERROR_TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
  const text = message ?? MESSAGES[status] ?? `The simulated provider answers ${status}.`;
  return { type: 'error', error: { type, message: text }, request_id: anthropicId('req', identity) };
}

export function anthropicErrorEvent(request: Pick<ProviderRequest, 'identity'>): string {
  return `event: error\ndata: ${JSON.stringify(anthropicError(529, null, request))}\n\n`;
}

export function anthropicHeaders({
  identity,
  nowMs,
}: Pick<ProviderRequest, 'identity' | 'nowMs'>): OutgoingHttpHeaders {
  const reset = new Date(nowMs + 1000).toISOString();
  return {
    'request-id': anthropicId('req', identity),
    'anthropic-organization-id': '00000000-0000-4000-8000-000000000000',
    'anthropic-ratelimit-requests-limit': '4000',
    'anthropic-ratelimit-requests-remaining': String(3000 + identity.between(0, 999)),
    'anthropic-ratelimit-requests-reset': reset,
    'anthropic-ratelimit-input-tokens-limit': '2000000',
    'anthropic-ratelimit-input-tokens-remaining': String(1000 * identity.between(1500, 1999)),
    'anthropic-ratelimit-input-tokens-reset': reset,
    'anthropic-ratelimit-output-tokens-limit': '400000',
    'anthropic-ratelimit-output-tokens-remaining': String(1000 * identity.between(300, 399)),
    'anthropic-ratelimit-output-tokens-reset': reset,
  };
}
