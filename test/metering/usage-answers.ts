// One usage by the many names that servers and gateways have for its figures, in whole chat answers and messages.

import {
  type Answer,
  alone,
  CHAT,
  chat,
  chunk,
  events,
  JSON_TYPE,
  type Kind,
  MESSAGES,
  RESPONSES,
  STREAM_TYPE,
  said,
  textOf,
  whole,
} from './answer-parts.ts';

type Named = readonly [name: string, told: (n: number) => object, usage: (n: number) => Answer['usage']];

const IN_CHATS: readonly Named[] = [
  [
    'reasoning beside the completion, without a total',
    (n) => ({
      prompt_tokens: 100 + n,
      completion_tokens: 1,
      completion_tokens_details: { reasoning_tokens: 290 },
    }),
    (n) => ({ inputTokens: 100 + n, outputTokens: 291, reasoningTokens: 290 }),
  ],
  [
    'reasoning beside the completion, and a total that leaves it out',
    (n) => ({
      prompt_tokens: 100 + n,
      completion_tokens: 1,
      total_tokens: 101 + n,
      completion_tokens_details: { reasoning_tokens: 290 },
    }),
    (n) => ({ inputTokens: 100 + n, outputTokens: 291, reasoningTokens: 290 }),
  ],
  [
    'DeepSeek’s parts of the prompt, without the whole',
    (n) => ({ prompt_cache_hit_tokens: 40, prompt_cache_miss_tokens: 60 + n, completion_tokens: 20 }),
    (n) => ({ inputTokens: 60 + n, cacheReadTokens: 40, outputTokens: 20 }),
  ],
  [
    'names in camel case',
    (n) => ({ promptTokens: 100 + n, completionTokens: 20, totalTokens: 120 + n }),
    (n) => ({ inputTokens: 100 + n, outputTokens: 20 }),
  ],
  [
    'names of the AI SDK',
    (n) => ({
      inputTokens: 100 + n,
      outputTokens: 20,
      totalTokens: 120 + n,
      cachedInputTokens: 40,
      reasoningTokens: 7,
    }),
    (n) => ({ inputTokens: 60 + n, cacheReadTokens: 40, outputTokens: 20, reasoningTokens: 7 }),
  ],
  [
    'Claude’s own usage, which counts its cache apart',
    (n) => ({
      input_tokens: 60 + n,
      output_tokens: 20,
      cache_read_input_tokens: 40,
      cache_creation_input_tokens: 30,
    }),
    (n) => ({ inputTokens: 60 + n, cacheReadTokens: 40, cacheWrite5mTokens: 30, outputTokens: 20 }),
  ],
  [
    'Claude’s names beside a total that has the cache in its input',
    (n) => ({
      input_tokens: 100 + n,
      output_tokens: 20,
      total_tokens: 120 + n,
      cache_read_input_tokens: 40,
    }),
    (n) => ({ inputTokens: 60 + n, cacheReadTokens: 40, outputTokens: 20 }),
  ],
  [
    'details in the singular',
    (n) => ({
      prompt_tokens: 100 + n,
      completion_tokens: 20,
      prompt_token_details: { cached_tokens: 64 },
      completion_token_details: { reasoning_tokens: 12 },
    }),
    (n) => ({ inputTokens: 36 + n, cacheReadTokens: 64, outputTokens: 20, reasoningTokens: 12 }),
  ],
  ['a total alone, which is no figure of either', (n) => ({ total_tokens: 120 + n }), () => ({})],
];

const IN_MESSAGES: readonly Named[] = [
  [
    'OpenAI’s names',
    (n) => ({
      prompt_tokens: 100 + n,
      completion_tokens: 20,
      total_tokens: 120 + n,
      prompt_tokens_details: { cached_tokens: 64 },
    }),
    (n) => ({ inputTokens: 36 + n, cacheReadTokens: 64, outputTokens: 20 }),
  ],
  [
    'new-api’s names of the two lives of a cache',
    (n) => ({
      input_tokens: 10 + n,
      output_tokens: 20,
      cache_creation_input_tokens: 70,
      claude_cache_creation_5_m_tokens: 30,
      claude_cache_creation_1_h_tokens: 40,
    }),
    (n) => ({ inputTokens: 10 + n, cacheWrite5mTokens: 30, cacheWrite1hTokens: 40, outputTokens: 20 }),
  ],
];

const message = (n: number, usage: object) => ({
  id: 'msg_own',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [{ type: 'text', text: textOf(n) }],
  stop_reason: 'end_turn',
  usage,
});

export const USAGES: readonly Kind[] = [
  ...IN_CHATS.map<Kind>(([name, told, usage]) => [
    `chat, ${name}`,
    (n) => whole(n, told(n), { usage: usage(n) }),
  ]),
  ...IN_MESSAGES.map<Kind>(([name, told, usage]) => [
    `a message, ${name}`,
    (n) => ({
      ...MESSAGES,
      contentType: JSON_TYPE,
      body: JSON.stringify(message(n, told(n))),
      usage: usage(n),
      isFinal: true,
      text: textOf(n),
      model: 'claude-sonnet-4-5',
    }),
  ]),
  [
    'chat, usage in the message of the answer',
    (n) => ({
      ...CHAT,
      contentType: JSON_TYPE,
      body: JSON.stringify({
        ...chat(n, undefined),
        choices: [
          {
            message: { content: textOf(n), usage: { prompt_tokens: 100 + n, completion_tokens: 20 } },
            finish_reason: 'stop',
          },
        ],
      }),
      usage: { inputTokens: 100 + n, outputTokens: 20 },
      isFinal: true,
      text: textOf(n),
    }),
  ],
  ...['data', 'result', 'body'].map<Kind>((name) => [
    `chat, wrapped in ${name}`,
    (n) => ({
      ...whole(n, null, { usage: { inputTokens: 100 + n, outputTokens: 20 } }),
      body: JSON.stringify({
        code: 0,
        success: true,
        [name]: chat(n, { prompt_tokens: 100 + n, completion_tokens: 20 }),
      }),
    }),
  ]),
  [
    'Cloudflare’s answer, which has no choices',
    (n) => ({
      ...whole(n, null, { usage: { inputTokens: 100 + n, outputTokens: 20 } }),
      body: JSON.stringify({
        success: true,
        errors: [],
        result: { response: textOf(n), usage: { prompt_tokens: 100 + n, completion_tokens: 20 } },
      }),
      model: null,
    }),
  ],
  [
    'thinking that is told in details alone, and what was spoken',
    (n) => ({
      ...CHAT,
      contentType: STREAM_TYPE,
      body: events(
        chunk({ reasoning_details: [{ type: 'reasoning.text', text: 'hm ' }] }),
        chunk({ reasoning: 'so ', reasoning_details: [{ type: 'reasoning.text', text: 'so ' }] }),
        chunk({ audio: { id: 'a', transcript: textOf(n), data: 'AAAA' } }),
        chunk({}, {}, 'stop'),
      ),
      usage: {},
      // Sound, of unknown length.
      hasUnpricedParts: true,
      text: `hm so ${textOf(n)}`,
    }),
  ],
  [
    'a response whole, with thinking in words',
    (n) => ({
      ...RESPONSES,
      contentType: JSON_TYPE,
      body: JSON.stringify({
        id: 'resp_own',
        object: 'response',
        status: 'completed',
        model: 'gpt-5',
        output: [
          { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm ' }] },
          { type: 'message', content: [{ type: 'output_text', text: textOf(n) }] },
        ],
      }),
      usage: {},
      text: `hm ${textOf(n)}`,
      model: 'gpt-5',
    }),
  ],
  [
    'chat, each chunk wrapped',
    (n) => ({
      ...CHAT,
      contentType: STREAM_TYPE,
      body: events(
        ...said(n).map((data) => ({ code: 0, data })),
        { code: 0, data: alone({ prompt_tokens: 100 + n, completion_tokens: 20 }) },
        '[DONE]',
      ),
      usage: { inputTokens: 100 + n, outputTokens: 20 },
      isFinal: true,
      text: textOf(n),
    }),
  ],
  [
    'chat, LLM Gateway’s cost',
    (n) =>
      whole(
        n,
        { prompt_tokens: 100 + n, completion_tokens: 20, cost_usd_total: 0.000125, cost_usd_input: 0.00002 },
        { usage: { inputTokens: 100 + n, outputTokens: 20 }, reportedNanoUsd: 125_000 },
      ),
  ],
  ...[{ cost: 0.0005, currency: 'XNO' }, { cost: { total_cost: 0.5, currency: 'EUR' } }].map<Kind>(
    (stated, index) => [
      `chat, a cost that is in no dollars (${index + 1})`,
      (n) =>
        whole(
          n,
          { prompt_tokens: 100 + n, completion_tokens: 20, ...stated },
          { usage: { inputTokens: 100 + n, outputTokens: 20 } },
        ),
    ],
  ),
  ...['tokens', 'promptTokens', 'totalTokens'].map<Kind>((name) => [
    `embeddings with ${name} alone`,
    (n) => ({
      protocol: CHAT.protocol,
      path: '/v1/embeddings',
      contentType: JSON_TYPE,
      body: JSON.stringify({
        object: 'list',
        model: 'text-embedding-3-small',
        data: [],
        usage: { [name]: 20 + n },
      }),
      usage: { inputTokens: 20 + n },
      isFinal: true,
      model: 'text-embedding-3-small',
    }),
  ]),
];
