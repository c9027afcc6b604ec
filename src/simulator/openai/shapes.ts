// What all OpenAI answers share: error bodies, the headers of every response, and prompt figures.

import type { OutgoingHttpHeaders } from 'node:http';
import type { ProviderRequest } from '../answer.ts';
import type { JsonObject } from '../json-value.ts';
import { hexId } from '../random.ts';

const TOKENS_PER_CACHE_STEP = 128;
const CACHED_TOKENS_MIN = 1024;

const TYPES: Readonly<Record<number, readonly [type: string, code: string | null, message: string]>> = {
  400: ['invalid_request_error', null, 'The request is not valid.'],
  401: ['invalid_request_error', 'invalid_api_key', 'Incorrect API key provided.'],
  404: ['invalid_request_error', null, 'Invalid URL'],
  429: ['requests', 'rate_limit_exceeded', 'Rate limit reached for requests.'],
  500: ['server_error', null, 'The server had an error while processing your request.'],
  503: ['server_error', 'overloaded', 'That model is currently overloaded with other requests.'],
};

export function openaiError(status: number, message: string | null, param: string | null = null): JsonObject {
  const fallback = status < 500 ? 'invalid_request_error' : 'server_error';
  const [type, code, text] = TYPES[status] ?? [fallback, null, `The simulated provider answers ${status}.`];
  return { error: { message: message ?? text, type, param, code } };
}

export function openaiErrorEvent(): string {
  return `data: ${JSON.stringify(openaiError(500, null))}\n\n`;
}

export function openaiHeaders({
  identity,
  profile,
}: Pick<ProviderRequest, 'identity' | 'profile'>): OutgoingHttpHeaders {
  return {
    'x-request-id': hexId('req_', 32, identity),
    'openai-organization': 'simulated',
    'openai-processing-ms': String(profile.firstTokenMs),
    'openai-version': '2020-10-01',
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-limit-tokens': '2000000',
    'x-ratelimit-remaining-requests': String(9000 + identity.between(0, 999)),
    'x-ratelimit-remaining-tokens': String(1000 * identity.between(1500, 1999)),
    'x-ratelimit-reset-requests': '6ms',
    'x-ratelimit-reset-tokens': '12ms',
  };
}

/** OpenAI caches by itself: long prompts of a conversation that goes on, in whole steps. */
export function cachedTokens(promptTokens: number, continues: boolean): number {
  if (!continues || promptTokens < CACHED_TOKENS_MIN) return 0;
  return Math.floor((promptTokens * 0.9) / TOKENS_PER_CACHE_STEP) * TOKENS_PER_CACHE_STEP;
}
