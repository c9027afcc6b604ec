// Answers of the Responses API.

import {
  type Answer,
  JSON_TYPE,
  type Kind,
  type Made,
  RESPONSES,
  STREAM_TYPE,
  textOf,
  typed,
  wordsOf,
} from './answer-parts.ts';

const response = (more: object) => ({
  id: 'resp_own',
  object: 'response',
  status: 'completed',
  model: 'gpt-5-2025-08-07',
  error: null,
  output: [],
  usage: null,
  service_tier: 'default',
  ...more,
});
const responseUsage = (input: number, output: number, cached = 0) => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: cached },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: input + output,
});
const finalResponse = (n: number, more: object, read: Partial<Answer> = {}): Made => ({
  ...RESPONSES,
  contentType: JSON_TYPE,
  body: JSON.stringify(response({ usage: responseUsage(420 + n, 30), ...more })),
  usage: { inputTokens: 420 + n, outputTokens: 30 },
  isFinal: true,
  model: 'gpt-5-2025-08-07',
  ...read,
});

export const RESPONSE_KINDS: readonly Kind[] = [
  ['a response', (n) => finalResponse(n, {})],
  [
    'a compaction',
    (n) =>
      finalResponse(
        n,
        { object: 'response.compaction', status: undefined, model: undefined },
        { model: null },
      ),
  ],
  [
    'a queued background response',
    (n) =>
      finalResponse(
        n,
        { status: 'queued', background: true, usage: null },
        { usage: {}, isFinal: false, isDeferred: true },
      ),
  ],
  ['a finished background response', (n) => finalResponse(n, { background: true })],
  [
    'a failed response',
    (n) =>
      finalResponse(
        n,
        { status: 'failed', usage: null, error: { code: 'server_error' } },
        { usage: {}, isFinal: false, errorCode: 'server_error' },
      ),
  ],
  [
    'searches, and opening what was found',
    (n) =>
      finalResponse(
        n,
        {
          output: [
            { type: 'web_search_call', action: { type: 'search' } },
            { type: 'web_search_call', action: { type: 'open_page' } },
          ],
        },
        {
          usage: { inputTokens: 420 + n, outputTokens: 30, webSearches: 1 },
          extra: { pageFetches: 1 },
          isSum: true,
        },
      ),
  ],
  [
    'a search and a file search that failed beside others',
    (n) =>
      finalResponse(
        n,
        {
          output: [
            { type: 'web_search_call', status: 'failed', action: { type: 'search' } },
            { type: 'web_search_call', status: 'completed', action: { type: 'search' } },
            { type: 'file_search_call', status: 'failed' },
            { type: 'file_search_call', status: 'completed' },
          ],
        },
        {
          usage: { inputTokens: 420 + n, outputTokens: 30, webSearches: 1 },
          extra: { fileSearches: 1 },
          isSum: true,
        },
      ),
  ],
  [
    'a search that failed and is counted',
    (n) =>
      finalResponse(
        n,
        {
          output: [{ type: 'web_search_call', status: 'failed' }],
          tool_usage: { web_search: { num_requests: 1 } },
        },
        { usage: { inputTokens: 420 + n, outputTokens: 30, webSearches: 1 }, isSum: true },
      ),
  ],
  [
    'a search that failed in a stream whose items are told by events only',
    (n) => ({
      ...RESPONSES,
      contentType: STREAM_TYPE,
      body: typed(
        {
          type: 'response.output_item.done',
          item: { type: 'web_search_call', status: 'failed', action: { type: 'search' } },
        },
        { type: 'response.completed', response: response({ usage: responseUsage(1500 + n, 30) }) },
      ),
      usage: { inputTokens: 1500 + n, outputTokens: 30 },
      isSum: true,
      isFinal: true,
      model: 'gpt-5-2025-08-07',
    }),
  ],
  ...['/v1/responses', '/v1/agent'].map(
    (path): Kind => [
      `an agent of Perplexity’s that searched, at ${path}`,
      (n) => ({
        ...finalResponse(n, {
          usage: {
            ...responseUsage(420 + n, 30),
            tool_calls_details: { search_web: { invocation: 1 } },
            cost: { currency: 'USD', input_cost: 0.0005, tool_calls_cost: 0.0025, total_cost: 0.003 },
          },
        }),
        path,
        reportedNanoUsd: 3_000_000,
        isCharge: true,
        hasUnpricedParts: true,
      }),
    ],
  ),
  [
    'a preview search with a model that does not reason',
    (n) =>
      finalResponse(
        n,
        { model: 'gpt-4.1', tools: [{ type: 'web_search_preview' }], output: [{ type: 'web_search_call' }] },
        {
          usage: { inputTokens: 420 + n, outputTokens: 30, webSearches: 1 },
          extra: { previewSearches: 1 },
          isSum: true,
          model: 'gpt-4.1',
        },
      ),
  ],
  [
    'a picture drawn by a tool',
    (n) =>
      finalResponse(
        n,
        { output: [{ type: 'image_generation_call', result: 'AAAA' }] },
        { hasUnpricedParts: true, isSum: true },
      ),
  ],
  [
    'a picture told beside the answer',
    (n) =>
      finalResponse(n, { tool_usage: { image_gen: { output_tokens: 7024 } } }, { hasUnpricedParts: true }),
  ],
  [
    'code that ran at the provider',
    (n) =>
      finalResponse(
        n,
        { output: [{ type: 'code_interpreter_call' }] },
        { hasUnpricedParts: true, isSum: true },
      ),
  ],
  [
    'a response stream',
    (n) => ({
      ...RESPONSES,
      contentType: STREAM_TYPE,
      body: typed(
        { type: 'response.created', response: response({ status: 'in_progress' }) },
        ...wordsOf(n).map((delta) => ({ type: 'response.output_text.delta', delta })),
        { type: 'response.completed', response: response({ usage: responseUsage(1500 + n, 30, 1000) }) },
      ),
      usage: { inputTokens: 500 + n, cacheReadTokens: 1000, outputTokens: 30 },
      isFinal: true,
      text: textOf(n),
      model: 'gpt-5-2025-08-07',
    }),
  ],
  [
    'a response stream whose items are told by events only',
    (n) => ({
      ...RESPONSES,
      contentType: STREAM_TYPE,
      body: typed(
        { type: 'response.output_item.done', item: { type: 'web_search_call', action: { type: 'search' } } },
        { type: 'response.completed', response: response({ usage: responseUsage(1500 + n, 30) }) },
      ),
      usage: { inputTokens: 1500 + n, outputTokens: 30, webSearches: 1 },
      isSum: true,
      isFinal: true,
      model: 'gpt-5-2025-08-07',
    }),
  ],
  [
    'a response stream that breaks off',
    (n) => ({
      ...RESPONSES,
      contentType: STREAM_TYPE,
      body: typed(
        { type: 'response.created', response: response({ status: 'in_progress' }) },
        ...wordsOf(n).map((delta) => ({ type: 'response.output_text.delta', delta })),
      ),
      usage: {},
      isCutShort: true,
      text: textOf(n),
      model: 'gpt-5-2025-08-07',
    }),
  ],
];
