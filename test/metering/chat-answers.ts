// Whole Chat Completions answers.

import { CHAT, chat, JSON_TYPE, type Kind, STREAM_TYPE, textOf, whole } from './answer-parts.ts';

export const CHATS: readonly Kind[] = [
  [
    'chat, cached tokens',
    (n) =>
      whole(
        n,
        { prompt_tokens: 1000 + n, completion_tokens: n + 1, prompt_tokens_details: { cached_tokens: 600 } },
        { usage: { inputTokens: 400 + n, cacheReadTokens: 600, outputTokens: n + 1 } },
      ),
  ],
  [
    'chat, figures as strings',
    (n) =>
      whole(
        n,
        { prompt_tokens: `${100 + n}`, completion_tokens: `${n + 1}` },
        { usage: { inputTokens: 100 + n, outputTokens: n + 1 } },
      ),
  ],
  [
    'chat, fractions',
    (n) =>
      whole(
        n,
        { prompt_tokens: 100.2 + n, completion_tokens: n + 0.5 },
        { usage: { inputTokens: 101 + n, outputTokens: n + 1 } },
      ),
  ],
  [
    'chat, a negative figure',
    (n) => whole(n, { prompt_tokens: -1, completion_tokens: n + 1 }, { usage: { outputTokens: n + 1 } }),
  ],
  [
    'chat, a figure that ran over',
    (n) => whole(n, { prompt_tokens: 2 ** 64, completion_tokens: n + 1 }, { usage: { outputTokens: n + 1 } }),
  ],
  ['chat, an empty usage', (n) => whole(n, {}, { usage: {} })],
  ['chat, usage of another type', (n) => whole(n, [1, 2], { usage: {}, isFinal: false })],
  [
    'OpenAI, cache writes of half an hour and of twelve',
    (n) =>
      whole(
        n,
        {
          prompt_tokens: 9000 + n,
          completion_tokens: 100,
          prompt_tokens_details: {
            cached_tokens: 3000,
            cache_write_tokens: 5000,
            cache_write_tokens_details: { ttl_30m_tokens: 1000, ttl_12h_tokens: 4000 },
          },
        },
        {
          usage: {
            inputTokens: 1000 + n,
            cacheReadTokens: 3000,
            cacheWrite5mTokens: 1000,
            cacheWrite1hTokens: 4000,
            outputTokens: 100,
          },
        },
      ),
  ],
  [
    'new-api, cache writes among the details',
    (n) =>
      whole(
        n,
        {
          prompt_tokens: 9000 + n,
          completion_tokens: 100,
          prompt_tokens_details: { cached_tokens: 1000, cached_creation_tokens: 4000 },
        },
        {
          usage: {
            inputTokens: 4000 + n,
            cacheReadTokens: 1000,
            cacheWrite5mTokens: 4000,
            outputTokens: 100,
          },
        },
      ),
  ],
  [
    'LiteLLM, cache writes',
    (n) =>
      whole(
        n,
        {
          prompt_tokens: 9000 + n,
          completion_tokens: 100,
          total_tokens: 9100 + n,
          prompt_tokens_details: { cached_tokens: 3000, cache_creation_tokens: 5000 },
          cache_creation_input_tokens: 5000,
          cache_read_input_tokens: 3000,
        },
        {
          usage: {
            inputTokens: 1000 + n,
            cacheReadTokens: 3000,
            cacheWrite5mTokens: 5000,
            outputTokens: 100,
          },
        },
      ),
  ],
  [
    'a gateway that leaves the cache out of the prompt',
    (n) =>
      whole(
        n,
        {
          prompt_tokens: 100 + n,
          completion_tokens: 10,
          total_tokens: 8110 + n,
          cache_creation_input_tokens: 5000,
          cache_read_input_tokens: 3000,
        },
        {
          usage: { inputTokens: 100 + n, cacheReadTokens: 3000, cacheWrite5mTokens: 5000, outputTokens: 10 },
        },
      ),
  ],
  [
    'a gateway with one-hour writes',
    (n) =>
      whole(
        n,
        {
          prompt_tokens: 9000 + n,
          completion_tokens: 10,
          cache_creation_input_tokens: 5000,
          cache_creation: { ephemeral_1h_input_tokens: 2000, ephemeral_5m_input_tokens: 3000 },
        },
        {
          usage: {
            inputTokens: 4000 + n,
            cacheWrite5mTokens: 3000,
            cacheWrite1hTokens: 2000,
            outputTokens: 10,
          },
        },
      ),
  ],
  [
    'OpenRouter, cache writes and its charge',
    (n) =>
      whole(
        n,
        {
          prompt_tokens: 100 + n,
          completion_tokens: 10,
          prompt_tokens_details: { cache_write_tokens: 50 },
          cost: 0.002,
          is_byok: false,
          cost_details: { upstream_inference_cost: null },
        },
        {
          usage: { inputTokens: 50 + n, cacheWrite5mTokens: 50, outputTokens: 10 },
          reportedNanoUsd: 2_000_000,
          isCharge: true,
        },
      ),
  ],
  [
    'OpenRouter, a key of the client’s own',
    (n) =>
      whole(
        n,
        {
          prompt_tokens: 100 + n,
          completion_tokens: 10,
          cost: 0.0001,
          is_byok: true,
          cost_details: { upstream_inference_cost: 0.002 },
        },
        { usage: { inputTokens: 100 + n, outputTokens: 10 }, reportedNanoUsd: 2_100_000, isCharge: true },
      ),
  ],
  [
    'Mistral, num_cached_tokens',
    (n) =>
      whole(
        n,
        { prompt_tokens: 500 + n, completion_tokens: 7, total_tokens: 507 + n, num_cached_tokens: 256 },
        { usage: { inputTokens: 244 + n, cacheReadTokens: 256, outputTokens: 7 } },
      ),
  ],
  [
    'Mistral, audio outside of the prompt',
    (n) =>
      whole(
        n,
        { prompt_audio_seconds: 200, prompt_tokens: 6, completion_tokens: 600, total_tokens: 3106 + n },
        { usage: { inputTokens: 2506 + n, inputAudioTokens: 2500 + n, outputTokens: 600 } },
      ),
  ],
  [
    'DeepSeek, hits and misses',
    (n) =>
      whole(
        n,
        {
          prompt_tokens: 300 + n,
          completion_tokens: 5,
          prompt_cache_hit_tokens: 200,
          prompt_cache_miss_tokens: 100 + n,
        },
        { usage: { inputTokens: 100 + n, cacheReadTokens: 200, outputTokens: 5 } },
      ),
  ],
  [
    'xAI, reasoning outside of the completion',
    (n) =>
      whole(
        n,
        {
          prompt_tokens: 12,
          completion_tokens: 1,
          total_tokens: 303 + n,
          completion_tokens_details: { reasoning_tokens: 290 + n },
          cost_in_usd_ticks: 505_000_000,
        },
        {
          usage: { inputTokens: 12, outputTokens: 291 + n, reasoningTokens: 290 + n },
          reportedNanoUsd: 50_500_000,
        },
      ),
  ],
  [
    'xAI, searches on its servers',
    (n) =>
      whole(
        n,
        {
          prompt_tokens: 100,
          completion_tokens: 5,
          server_side_tool_usage_details: { web_search_calls: 1 + n, x_search_calls: 0 },
        },
        { usage: { inputTokens: 100, outputTokens: 5, webSearches: 1 + n }, isSum: true },
      ),
  ],
  [
    'xAI, tools without a known price',
    (n) =>
      whole(
        n,
        {
          prompt_tokens: 100,
          completion_tokens: 5 + n,
          server_side_tool_usage_details: { web_search_calls: 0, x_search_calls: 2 },
        },
        { usage: { inputTokens: 100, outputTokens: 5 + n }, hasUnpricedParts: true, isSum: true },
      ),
  ],
  [
    'Perplexity, its cost in parts',
    (n) =>
      whole(
        n,
        {
          prompt_tokens: 9,
          completion_tokens: 140 + n,
          cost: { input_tokens_cost: 0.00002, request_cost: 0.006, total_cost: 0.008127 },
        },
        { usage: { inputTokens: 9, outputTokens: 140 + n }, reportedNanoUsd: 8_127_000, isCharge: true },
      ),
  ],
  [
    'Perplexity, research by searches',
    (n) =>
      whole(
        n,
        { prompt_tokens: 9, completion_tokens: 140, citation_tokens: 100 + n, num_search_queries: 5 },
        { usage: { inputTokens: 9, outputTokens: 140 }, hasUnpricedParts: true },
      ),
  ],
  [
    'a model that always searches',
    (n) => ({
      ...CHAT,
      contentType: JSON_TYPE,
      body: JSON.stringify(
        chat(n, { prompt_tokens: 9, completion_tokens: 5 }, { model: 'gpt-4o-search-preview-2025-03-11' }),
      ),
      usage: { inputTokens: 9, outputTokens: 5, webSearches: 1 },
      extra: { previewSearches: 1 },
      isFinal: true,
      text: textOf(n),
      model: 'gpt-4o-search-preview-2025-03-11',
    }),
  ],
  [
    'chat, nothing but an error',
    (n) => ({
      ...CHAT,
      contentType: JSON_TYPE,
      body: JSON.stringify({ error: { message: 'x'.repeat(n), code: 'server_error' } }),
      usage: {},
      errorCode: 'server_error',
      model: null,
    }),
  ],
  [
    'chat, an error by its status',
    () => ({
      ...CHAT,
      contentType: JSON_TYPE,
      body: JSON.stringify({ error: { message: 'full', code: 502 } }),
      usage: {},
      errorCode: '502',
      model: null,
    }),
  ],
  [
    'chat behind blank lines',
    (n) => ({
      ...whole(n, { prompt_tokens: 9, completion_tokens: 5 }, { usage: { inputTokens: 9, outputTokens: 5 } }),
      body: `${'\n '.repeat(n + 3)}${JSON.stringify(chat(n, { prompt_tokens: 9, completion_tokens: 5 }))}`,
    }),
  ],
  [
    'a document that calls itself a stream',
    (n) =>
      whole(
        n,
        { prompt_tokens: 9 + n, completion_tokens: 5 },
        { usage: { inputTokens: 9 + n, outputTokens: 5 }, contentType: STREAM_TYPE },
      ),
  ],
];

const claudeCache = { cacheReadTokens: 3000, cacheWrite5mTokens: 5000, outputTokens: 100 };
const anError = (name: string, body: object, errorCode: string): Kind => [
  `an error in a 200: ${name}`,
  () => ({ ...CHAT, contentType: JSON_TYPE, body: JSON.stringify(body), usage: {}, errorCode, model: null }),
];

/** What gateways and servers make of the same. */
export const CHAT_SIBLINGS: readonly Kind[] = [
  [
    'a gateway that fills the names which it does not use with zeros',
    (n) =>
      whole(
        n,
        {
          prompt_tokens: 0,
          completion_tokens: 0,
          input_tokens: 100 + n,
          output_tokens: 20,
          prompt_tokens_details: { cached_tokens: 0 },
          input_tokens_details: { cached_tokens: 40 },
        },
        { usage: { inputTokens: 60 + n, cacheReadTokens: 40, outputTokens: 20 } },
      ),
  ],
  [
    'more cached than the prompt has: it stands beside it, whatever the total says',
    (n) =>
      whole(
        n,
        {
          prompt_tokens: 10 + n,
          completion_tokens: 100,
          total_tokens: 110 + n,
          cache_read_input_tokens: 3000,
          cache_creation_input_tokens: 5000,
        },
        { usage: { inputTokens: 10 + n, ...claudeCache } },
      ),
  ],
  ...[
    { cache_read_input_tokens: 3000, cache_write_input_tokens: 5000 },
    { cached_input_tokens: 3000, cache_creation_tokens: 5000 },
    { cache_read_tokens: 3000, cache_write_tokens: 5000 },
    { prompt_tokens_details: { cached_tokens: 3000, cache_write_input_tokens: 5000 } },
    { prompt_tokens_details: { cached_tokens: 3000, caching_tokens: 5000 } },
  ].map(
    (cache): Kind => [
      `cache figures as ${JSON.stringify(cache)}`,
      (n) =>
        whole(
          n,
          { prompt_tokens: 9000 + n, completion_tokens: 100, total_tokens: 9100 + n, ...cache },
          { usage: { inputTokens: 1000 + n, ...claudeCache } },
        ),
    ],
  ),
  [
    'a body with Python’s words for no number',
    (n) => ({
      ...whole(n, null, { usage: { inputTokens: 9, outputTokens: 5 } }),
      body: JSON.stringify(chat(n, { prompt_tokens: 9, completion_tokens: 5 }, { logprob: 1 })).replace(
        '"logprob":1',
        '"logprobs":[NaN, -Infinity],"said":"not NaN, \\"Infinity"',
      ),
    }),
  ],
  [
    'pages that are cited, and no search that is told',
    (n) => ({
      ...whole(n, { prompt_tokens: 9, completion_tokens: 5 }, { usage: { inputTokens: 9, outputTokens: 5 } }),
      body: JSON.stringify({
        ...chat(n, { prompt_tokens: 9, completion_tokens: 5 }),
        choices: [
          {
            message: { content: textOf(n), annotations: [{ type: 'url_citation', url_citation: {} }] },
            finish_reason: 'stop',
          },
        ],
      }),
      hasUnpricedParts: true,
    }),
  ],
  ...Object.entries({
    'Perplexity’s and Baidu’s': { search_results: [{ url: 'https://example.com' }] },
    'Hunyuan’s': { search_info: { search_results: [{ url: 'https://example.com' }] } },
    'Venice’s': { venice_parameters: { web_search_citations: [{ url: 'https://example.com' }] } },
    'xAI’s': { citations: ['https://example.com'] },
  }).map(
    ([whose, found]): Kind => [
      `pages that were found, ${whose}, and no search that is told`,
      (n) => ({
        ...whole(n, null, { usage: { inputTokens: 9, outputTokens: 5 } }),
        body: JSON.stringify(chat(n, { prompt_tokens: 9, completion_tokens: 5 }, found)),
        hasUnpricedParts: true,
      }),
    ],
  ),
  [
    'documents of the client’s that are cited, and lists of nothing',
    (n) => ({
      ...whole(n, null, { usage: { inputTokens: 9, outputTokens: 5 } }),
      body: JSON.stringify(
        chat(
          n,
          { prompt_tokens: 9, completion_tokens: 5 },
          {
            citations: ['document 1', { id: 'doc_2' }],
            search_results: [],
            venice_parameters: { enable_web_search: 'off', web_search_citations: [] },
          },
        ),
      ),
    }),
  ],
  [
    'a chat answered in the form of a message',
    (n) => ({
      ...CHAT,
      contentType: JSON_TYPE,
      body: JSON.stringify({
        type: 'message',
        role: 'assistant',
        model: 'gpt-4o-mini',
        content: [{ type: 'text', text: textOf(n) }],
        stop_reason: 'end_turn',
        usage: { input_tokens: 9 + n, output_tokens: 5 },
      }),
      usage: { inputTokens: 9 + n, outputTokens: 5 },
      isFinal: true,
      text: textOf(n),
    }),
  ],
  [
    'an answer in a form that nobody knows: its words count as generated',
    (n) => ({
      ...CHAT,
      contentType: JSON_TYPE,
      body: JSON.stringify({ result: { reply: textOf(n) } }),
      usage: {},
      text: textOf(n),
      model: null,
    }),
  ],
  anError('a text', { error: 'no such model' }, 'error'),
  anError('an object that is one', { object: 'error', message: 'x', type: 'Bad', code: 400 }, '400'),
  anError('a detail', { detail: 'Not authenticated' }, 'error'),
  anError('Z.ai', { code: 500, msg: '404 NOT_FOUND', success: false }, '500'),
  anError('Cloudflare', { result: null, success: false, errors: [{ code: 7009, message: 'x' }] }, '7009'),
  anError('a gateway in the cloud', { message: 'Internal server error' }, 'error'),
  anError('Baidu', { error_code: 336003, error_msg: 'x', id: 'as-1' }, '336003'),
  [
    'an error in a 200: MiniMax',
    () => ({
      ...CHAT,
      contentType: JSON_TYPE,
      body: JSON.stringify({
        id: 'x',
        choices: null,
        model: 'gpt-4o-mini',
        base_resp: { status_code: 1004, status_msg: 'login fail' },
      }),
      usage: {},
      errorCode: '1004',
    }),
  ],
  [
    'no error: what was taken on and says so',
    () => ({
      ...CHAT,
      contentType: JSON_TYPE,
      body: JSON.stringify({ id: 'job', status: 'queued', message: 'later' }),
      usage: {},
      isFinal: true,
      hasUnpricedParts: true,
      text: 'queued\nlater',
      model: null,
    }),
  ],
];
