// Answers of Alibaba's own API for its models (DashScope), which is not the one in OpenAI's form.

import { openai } from '../../src/protocols/openai/protocol.ts';
import { type Answer, JSON_TYPE, type Kind, STREAM_TYPE, textOf, wordsOf } from './answer-parts.ts';

const TEXTS = '/api/v1/services/aigc/text-generation/generation';
const MANY = '/api/v1/services/aigc/multimodal-generation/generation';
const message = (content: unknown, more: object = {}) => ({
  choices: [{ finish_reason: 'stop', message: { role: 'assistant', content, ...more } }],
});
const whole = (name: string, path: string, output: object, usage: object, read: Partial<Answer>): Kind => [
  `DashScope, ${name}`,
  () => ({
    protocol: openai,
    path,
    contentType: JSON_TYPE,
    body: JSON.stringify({ request_id: 'r1', output, usage }),
    usage: {},
    isFinal: true,
    model: null,
    ...read,
  }),
];
/** As its servers write events, with a comment between their names and their data. */
const event = (number: number, name: string, data: object): string =>
  `id:${number}\nevent:${name}\n:HTTP_STATUS/200\ndata:${JSON.stringify(data)}\n\n`;

export const DASHSCOPE_KINDS: readonly Kind[] = [
  whole(
    'a message',
    TEXTS,
    message('Lake', { reasoning_content: 'Where? ' }),
    {
      input_tokens: 100,
      output_tokens: 20,
      total_tokens: 120,
      prompt_tokens_details: { cached_tokens: 40 },
      output_tokens_details: { reasoning_tokens: 7 },
    },
    {
      usage: { inputTokens: 60, cacheReadTokens: 40, outputTokens: 20, reasoningTokens: 7 },
      text: 'LakeWhere? ',
    },
  ),
  whole(
    'a text',
    TEXTS,
    { text: 'Lake', finish_reason: 'stop' },
    { input_tokens: 100, output_tokens: 20 },
    { usage: { inputTokens: 100, outputTokens: 20 }, text: 'Lake' },
  ),
  whole(
    'parts',
    MANY,
    message([{ text: 'Lake' }]),
    { input_tokens: 100, output_tokens: 20, image_tokens: 80 },
    { usage: { inputTokens: 100, outputTokens: 20 }, text: 'Lake' },
  ),
  whole(
    'a picture',
    MANY,
    message([{ image: 'https://example.com/x.png' }]),
    { width: 1024, height: 1024, image_count: 1 },
    { hasUnpricedParts: true },
  ),
  whole(
    'a search',
    TEXTS,
    message('Lake'),
    { input_tokens: 100, output_tokens: 20, plugins: { search: { count: 1 } } },
    { usage: { inputTokens: 100, outputTokens: 20 }, text: 'Lake', hasUnpricedParts: true },
  ),
  [
    'DashScope, a stream of pieces',
    (n) => {
      const words = wordsOf(n);
      const pieces = words.map((content, at) =>
        event(at + 1, 'result', {
          output: { choices: [{ finish_reason: 'null', message: { role: 'assistant', content } }] },
          usage: { input_tokens: 100 + n, output_tokens: at + 1 },
        }),
      );
      const last = { output: message(''), usage: { input_tokens: 100 + n, output_tokens: 20 } };
      return {
        protocol: openai,
        path: TEXTS,
        contentType: STREAM_TYPE,
        body: [...pieces, event(words.length + 1, 'result', last)].join(''),
        usage: { inputTokens: 100 + n, outputTokens: 20 },
        isFinal: true,
        text: textOf(n),
        model: null,
      };
    },
  ],
  [
    'DashScope, a stream that fails',
    () => ({
      protocol: openai,
      path: TEXTS,
      contentType: STREAM_TYPE,
      body: event(1, 'error', { code: 'Throttling', message: 'too many requests', request_id: 'r1' }),
      usage: {},
      model: null,
      isCutShort: true,
      errorCode: 'Throttling',
    }),
  ],
];
