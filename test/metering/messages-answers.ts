// Answers of the Messages API, and what carries them.

import { anthropic } from '../../src/protocols/anthropic/protocol.ts';
import {
  type Answer,
  awsMessage,
  JSON_TYPE,
  type Kind,
  type Made,
  MESSAGES,
  STREAM_TYPE,
  textOf,
  typed,
  wordsOf,
} from './answer-parts.ts';

const start = (usage: object) => ({
  type: 'message_start',
  message: {
    id: 'msg_own',
    type: 'message',
    role: 'assistant',
    model: 'claude-haiku-4-5',
    content: [],
    stop_reason: null,
    usage,
  },
});
const texts = (n: number) =>
  wordsOf(n).map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }));
const ending = (usage: object) => [
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage },
  { type: 'message_stop' },
];
const messageStream = (
  n: number,
  first: object,
  last: object,
  read: Partial<Answer> & Pick<Answer, 'usage'>,
): Made => ({
  ...MESSAGES,
  contentType: STREAM_TYPE,
  body: typed(start(first), ...texts(n), ...ending(last)),
  isFinal: true,
  text: textOf(n),
  model: 'claude-haiku-4-5',
  ...read,
});

export const MESSAGE_KINDS: readonly Kind[] = [
  [
    'a stream that tells its whole prompt as input first, and as cached in the end',
    (n) =>
      messageStream(
        n,
        { input_tokens: 5000 + n, output_tokens: 1 },
        {
          input_tokens: 0,
          cache_read_input_tokens: 4000 + n,
          cache_creation_input_tokens: 1000,
          output_tokens: 20,
        },
        { usage: { cacheReadTokens: 4000 + n, cacheWrite5mTokens: 1000, outputTokens: 20 } },
      ),
  ],
  [
    'a stream that fills its input with zero and tells its cache in the end',
    (n) =>
      messageStream(
        n,
        { input_tokens: 5000 + n, output_tokens: 1 },
        { input_tokens: 0, cache_read_input_tokens: 4000, output_tokens: 20 },
        { usage: { inputTokens: 5000 + n, cacheReadTokens: 4000, outputTokens: 20 } },
      ),
  ],
  [
    'a stream that moves its cache writes from an hour to five minutes',
    (n) =>
      messageStream(
        n,
        {
          input_tokens: 10 + n,
          cache_creation_input_tokens: 600,
          cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 600 },
        },
        {
          output_tokens: 20,
          cache_creation_input_tokens: 600,
          cache_creation: { ephemeral_5m_input_tokens: 600, ephemeral_1h_input_tokens: 0 },
        },
        { usage: { inputTokens: 10 + n, cacheWrite5mTokens: 600, outputTokens: 20 } },
      ),
  ],
  [
    'a stream whose last zeros say nothing of its cache writes',
    (n) =>
      messageStream(
        n,
        {
          input_tokens: 10 + n,
          cache_creation_input_tokens: 600,
          cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 400 },
        },
        {
          output_tokens: 20,
          cache_creation_input_tokens: 0,
          cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
        },
        {
          usage: {
            inputTokens: 10 + n,
            cacheWrite5mTokens: 200,
            cacheWrite1hTokens: 400,
            outputTokens: 20,
          },
        },
      ),
  ],
  [
    'cache writes whose parts are more than their sum',
    (n) =>
      messageStream(
        n,
        { input_tokens: 10 + n },
        {
          output_tokens: 20,
          cache_creation_input_tokens: 600,
          cache_creation: { ephemeral_5m_input_tokens: 600, ephemeral_1h_input_tokens: 500 },
        },
        {
          usage: {
            inputTokens: 10 + n,
            cacheWrite5mTokens: 100,
            cacheWrite1hTokens: 500,
            outputTokens: 20,
          },
        },
      ),
  ],
  [
    'a message stream',
    (n) =>
      messageStream(
        n,
        { input_tokens: 100 + n, output_tokens: 1 },
        { output_tokens: 20 },
        { usage: { inputTokens: 100 + n, outputTokens: 20 } },
      ),
  ],
  [
    'zeros in the delta wipe nothing out',
    (n) =>
      messageStream(
        n,
        { input_tokens: 2113 + n, cache_read_input_tokens: 5120, output_tokens: 1 },
        { input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 88 },
        { usage: { inputTokens: 2113 + n, cacheReadTokens: 5120, outputTokens: 88 } },
      ),
  ],
  [
    'nulls in the delta are no news',
    (n) =>
      messageStream(
        n,
        { input_tokens: 50 + n, output_tokens: 1 },
        { input_tokens: null, output_tokens: 4 },
        { usage: { inputTokens: 50 + n, outputTokens: 4 } },
      ),
  ],
  [
    'a delta corrects the input',
    (n) =>
      messageStream(
        n,
        { input_tokens: 43, output_tokens: 1 },
        { input_tokens: 61 + n, output_tokens: 4 },
        { usage: { inputTokens: 61 + n, outputTokens: 4 } },
      ),
  ],
  [
    'GLM, fractions',
    (n) =>
      messageStream(
        n,
        { input_tokens: 0, output_tokens: 0 },
        { input_tokens: 1812.4 + n, cache_read_input_tokens: 3200, output_tokens: 40 },
        { usage: { inputTokens: 1813 + n, cacheReadTokens: 3200, outputTokens: 40 } },
      ),
  ],
  [
    'a gateway that states its cost',
    (n) =>
      messageStream(
        n,
        { input_tokens: 100 + n, output_tokens: 1 },
        { output_tokens: 20, cost: 0.00025 },
        { usage: { inputTokens: 100 + n, outputTokens: 20 }, reportedNanoUsd: 250_000 },
      ),
  ],
  [
    'a loop with server tools, told run by run',
    (n) =>
      messageStream(
        n,
        { input_tokens: 100, output_tokens: 1 },
        {
          output_tokens: 20,
          server_tool_use: { web_search_requests: 1 },
          iterations: [
            { type: 'message', input_tokens: 40 + n, output_tokens: 8 },
            { type: 'message', input_tokens: 60, output_tokens: 12 },
          ],
        },
        { usage: { inputTokens: 100 + n, outputTokens: 20, webSearches: 1 } },
      ),
  ],
  [
    'iterations that tell no figures',
    (n) =>
      messageStream(
        n,
        { input_tokens: 100 + n, output_tokens: 1 },
        { output_tokens: 20, iterations: [{ type: 'message' }] },
        { usage: { inputTokens: 100 + n, outputTokens: 20 } },
      ),
  ],
  [
    'iterations of which one is missing',
    (n) =>
      messageStream(
        n,
        { input_tokens: 100 + n, cache_read_input_tokens: 50, output_tokens: 1 },
        { output_tokens: 20, iterations: [{ type: 'message', input_tokens: 40, output_tokens: 8 }] },
        { usage: { inputTokens: 100 + n, cacheReadTokens: 50, outputTokens: 20 } },
      ),
  ],
  [
    'a loop with the tools of an MCP server, which only the content tells',
    (n) => ({
      ...MESSAGES,
      contentType: STREAM_TYPE,
      body: typed(
        start({ input_tokens: 9 + n, output_tokens: 1 }),
        {
          type: 'content_block_start',
          index: 0,
          content_block: { type: 'mcp_tool_use', name: 'find', input: {} },
        },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 4 } },
        { type: 'message_stop' },
      ),
      usage: { inputTokens: 9 + n, outputTokens: 4 },
      isFinal: true,
      isSum: true,
      model: 'claude-haiku-4-5',
    }),
  ],
  [
    'a server tool without a known price',
    (n) =>
      messageStream(
        n,
        { input_tokens: 100 + n, output_tokens: 1 },
        {
          output_tokens: 20,
          server_tool_use: { web_search_requests: 2, web_fetch_requests: 3, robot_requests: 1 },
        },
        {
          usage: { inputTokens: 100 + n, outputTokens: 20, webSearches: 2 },
          extra: { pageFetches: 3 },
          hasUnpricedParts: true,
          isSum: true,
        },
      ),
  ],
  [
    'a server tool that nobody knows, counted under another name',
    (n) =>
      messageStream(
        n,
        { input_tokens: 100 + n, output_tokens: 1 },
        { output_tokens: 20, server_tool_use: { pictures: 1 } },
        { usage: { inputTokens: 100 + n, outputTokens: 20 }, hasUnpricedParts: true, isSum: true },
      ),
  ],
  [
    'code that is counted beside a fetch',
    (n) =>
      messageStream(
        n,
        { input_tokens: 100 + n, output_tokens: 1 },
        { output_tokens: 20, server_tool_use: { web_fetch_requests: 1, code_execution_requests: 2 } },
        { usage: { inputTokens: 100 + n, outputTokens: 20 }, extra: { pageFetches: 1 }, isSum: true },
      ),
  ],
  [
    'a message stream without its last event',
    (n) => ({
      ...MESSAGES,
      contentType: STREAM_TYPE,
      body: typed(start({ input_tokens: 9 + n, output_tokens: 1 }), ...texts(n)),
      usage: { inputTokens: 9 + n, outputTokens: 1 },
      isCutShort: true,
      text: textOf(n),
      model: 'claude-haiku-4-5',
    }),
  ],
  [
    'an error at once',
    () => ({
      ...MESSAGES,
      contentType: STREAM_TYPE,
      body: typed({ type: 'error', error: { type: 'overloaded_error' } }),
      usage: {},
      isCutShort: true,
      errorCode: 'overloaded_error',
      model: null,
    }),
  ],
  [
    'a gateway’s error in OpenAI’s form',
    () => ({
      ...MESSAGES,
      contentType: JSON_TYPE,
      body: JSON.stringify({ error: { code: 'quota', message: 'x' } }),
      usage: {},
      errorCode: 'quota',
      model: null,
    }),
  ],
  [
    'Bedrock invoke',
    (n) => ({
      protocol: anthropic,
      path: '/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke',
      contentType: JSON_TYPE,
      body: JSON.stringify({
        id: 'msg_bdrk',
        type: 'message',
        model: 'claude-haiku-4-5',
        content: [{ type: 'text', text: textOf(n) }],
        stop_reason: 'end_turn',
        usage: { input_tokens: 300 + n, output_tokens: 30 },
      }),
      usage: { inputTokens: 300 + n, outputTokens: 30 },
      isFinal: true,
      text: textOf(n),
      model: 'claude-haiku-4-5',
    }),
  ],
  [
    'Bedrock invoke, streamed',
    (n) => ({
      protocol: anthropic,
      path: '/model/anthropic.claude-x/invoke-with-response-stream',
      contentType: 'application/vnd.amazon.eventstream',
      body: Buffer.concat(
        [
          start({ input_tokens: 300 + n, output_tokens: 1 }),
          ...texts(n),
          ...ending({ output_tokens: 30 }),
        ].map((event) =>
          awsMessage('chunk', { bytes: Buffer.from(JSON.stringify(event)).toString('base64') }),
        ),
      ),
      usage: { inputTokens: 300 + n, outputTokens: 30 },
      isFinal: true,
      text: textOf(n),
      model: 'claude-haiku-4-5',
    }),
  ],
  [
    'batch results',
    (n) => ({
      protocol: anthropic,
      method: 'GET',
      path: '/v1/messages/batches/msgbatch_own/results',
      contentType: 'application/x-jsonl',
      body: Array.from(
        { length: 3 + n },
        (_, index) =>
          `${JSON.stringify({ custom_id: `q${index}`, result: { type: 'succeeded', message: { id: `msg_${index}`, model: 'claude-haiku-4-5', usage: { input_tokens: 100, output_tokens: 20 } } } })}\n`,
      ).join(''),
      usage: { inputTokens: 100 * (3 + n), outputTokens: 20 * (3 + n) },
      isFinal: true,
      model: 'claude-haiku-4-5',
    }),
  ],
  [
    'a message’s usage a level deeper',
    (n) => ({
      ...messageStream(n, {}, {}, { usage: { inputTokens: 100 + n, outputTokens: 20 } }),
      body: typed(
        start({ input_tokens: 0, output_tokens: 0 }),
        ...texts(n),
        {
          type: 'message_delta',
          delta: { stop_reason: 'end_turn', usage: { input_tokens: 100 + n, output_tokens: 20 } },
        },
        { type: 'message_stop' },
      ),
    }),
  ],
  [
    'a message whose usage comes with its last event, from Bedrock',
    (n) => ({
      ...messageStream(
        n,
        {},
        {},
        { usage: { inputTokens: 100 + n, cacheReadTokens: 50, cacheWrite5mTokens: 10, outputTokens: 20 } },
      ),
      body: typed(start({}), ...texts(n), {
        type: 'message_stop',
        'amazon-bedrock-invocationMetrics': {
          inputTokenCount: 100 + n,
          outputTokenCount: 20,
          cacheReadInputTokenCount: 50,
          cacheWriteInputTokenCount: 10,
        },
      }),
    }),
  ],
  [
    'a message whose searches only its content tells, one of them failed',
    (n) => ({
      ...MESSAGES,
      contentType: JSON_TYPE,
      body: JSON.stringify({
        type: 'message',
        role: 'assistant',
        model: 'claude-haiku-4-5',
        content: [
          { type: 'server_tool_use', name: 'web_search', input: {} },
          { type: 'web_search_tool_result', content: [] },
          { type: 'server_tool_use', name: 'web_search', input: {} },
          { type: 'web_search_tool_result', content: { type: 'web_search_tool_result_error' } },
          { type: 'text', text: textOf(n) },
        ],
        stop_reason: 'end_turn',
        usage: { input_tokens: 100 + n, output_tokens: 20 },
      }),
      usage: { inputTokens: 100 + n, outputTokens: 20, webSearches: 1 },
      isFinal: true,
      isSum: true,
      text: textOf(n),
      model: 'claude-haiku-4-5',
    }),
  ],
];
