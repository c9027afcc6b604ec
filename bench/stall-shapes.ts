// Answers that are dear to read, for `stalls.ts`.

import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

export interface StallAnswer {
  /** 200 where it is left out. */
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: readonly (string | Buffer)[];
}

export interface Shape {
  readonly name: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: () => string | Buffer;
  readonly answer?: () => StallAnswer;
  /** A WebSocket: the answer's chunks are what its server sends. */
  readonly isSocket?: boolean;
}

export const CHAT = '/openai/v1/chat/completions';
export const RESPONSES = '/openai/v1/responses';
export const MESSAGES = '/anthropic/v1/messages';
export const JSON_TYPE = { 'content-type': 'application/json' };
export const STREAM_TYPE = { 'content-type': 'text/event-stream' };
const USAGE = { prompt_tokens: 200, completion_tokens: 180, total_tokens: 380 };

export const whole = (more: object): StallAnswer => ({
  headers: JSON_TYPE,
  chunks: [
    JSON.stringify({
      id: 'c',
      object: 'chat.completion',
      model: 'gpt-4o',
      choices: [{ index: 0, message: { role: 'assistant', content: 'word' }, finish_reason: 'stop' }],
      usage: USAGE,
      ...more,
    }),
  ],
});

export const SMALL_ANSWER: StallAnswer = whole({});

export const event = (delta: object, more: object = {}): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'gpt-4o', choices: [{ index: 0, delta, finish_reason: null }], ...more })}\n\n`;
const LAST = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'gpt-4o', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`;
export const streamed = (...chunks: readonly (string | Buffer)[]): StallAnswer => ({
  headers: STREAM_TYPE,
  chunks: [...chunks, LAST],
});

export const chat = (more: object = {}, model = 'gpt-4o'): string =>
  JSON.stringify({ model, messages: [{ role: 'user', content: `hi ${Math.random()}` }], ...more });
export const messages = (more: object = {}): string =>
  JSON.stringify({
    model: 'claude-sonnet-4-5',
    max_tokens: 100,
    messages: [{ role: 'user', content: `hi ${Math.random()}` }],
    ...more,
  });

const keys = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
export const WORDS = 'The quick brown fox jumps over the lazy dog, doesn’t it? ';

const asked = (name: string, answer: () => StallAnswer, stream = false): Shape => ({
  name: `answer: ${name}`,
  path: CHAT,
  body: () => chat(stream ? { stream: true } : {}),
  answer,
});
const translated = (name: string, answer: () => StallAnswer, stream = false): Shape => ({
  name: `translated answer: ${name}`,
  path: MESSAGES,
  body: () => messages(stream ? { stream: true } : {}),
  answer,
});

export const ANSWERS: readonly Shape[] = [
  asked('200,000 keys', () => whole({ x: keys(200_000) })),
  asked('19,000 keys', () => whole({ x: keys(19_000) })),
  asked('2 million numbers', () => whole({ x: Array.from({ length: 2_000_000 }, (_, index) => index) })),
  asked('1.5 million empty lists', () => whole({ x: Array.from({ length: 1_500_000 }, () => []) })),
  asked('nested a million deep', () => ({
    headers: JSON_TYPE,
    chunks: [`{"x":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)},"usage":${JSON.stringify(USAGE)}}`],
  })),
  asked('30 MB of text', () => whole({ x: WORDS.repeat(500_000) })),
  asked('12 MB of escapes', () => ({
    headers: JSON_TYPE,
    chunks: [`{"x":"${'\\u00e9'.repeat(2_000_000)}","usage":${JSON.stringify(USAGE)}}`],
  })),
  asked('100,000 choices', () =>
    whole({
      choices: Array.from({ length: 100_000 }, () => ({ message: { content: 'a' }, finish_reason: 'stop' })),
    }),
  ),
  asked('4 MB of text without usage', () =>
    whole({
      usage: null,
      choices: [{ message: { role: 'assistant', content: WORDS.repeat(70_000) }, finish_reason: 'stop' }],
    }),
  ),
  asked('64 MB of zeros in gzip', () => ({
    headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
    chunks: [gzipSync(Buffer.alloc(64_000_000))],
  })),
  asked('200,000 keys in gzip', () => ({
    headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
    chunks: [gzipSync(whole({ x: keys(200_000) }).chunks[0] as string)],
  })),
  asked('one event of 500,000 data lines', () => streamed(`${'data: 1\n'.repeat(500_000)}\n`), true),
  asked('one event of 200,000 keys', () => streamed(event({}, { x: keys(200_000) })), true),
  asked('one event of 16 MB', () => streamed(event({ content: WORDS.repeat(280_000) })), true),
  asked('90,000 events at once', () => streamed(event({ content: 'a' }).repeat(90_000)), true),
  asked('a million events of two bytes', () => streamed('data:1\n\n'.repeat(1_000_000)), true),
  asked('4 MB of comments', () => streamed(': x\n'.repeat(1_000_000)), true),
  asked('4 MB of one comment', () => streamed(`: ${'x'.repeat(4_000_000)}\n\n`), true),
  asked('4 MB of blank lines', () => streamed('\n'.repeat(4_000_000)), true),
  asked('4 MB of carriage returns', () => streamed('\r'.repeat(4_000_000)), true),
  asked('90,000 events in gzip', () => ({
    headers: { ...STREAM_TYPE, 'content-encoding': 'gzip' },
    chunks: [gzipSync(event({ content: 'a' }).repeat(90_000) + LAST)],
  })),
  asked(
    '90,000 events to a client that asked for usage',
    () => streamed(event({ content: 'a' }).repeat(90_000)),
    true,
  ),
  {
    name: 'answer: 100,000 lines of a batch',
    path: '/openai/v1/files/file-1/content',
    body: () => '',
    answer: () => ({ headers: { 'content-type': 'application/jsonl' }, chunks: [batchLines(100_000)] }),
  },
  {
    name: 'answer: 2,000 embeddings',
    path: '/openai/v1/embeddings',
    body: () => JSON.stringify({ model: 'text-embedding-3-small', input: `x ${Math.random()}` }),
    answer: () => ({
      headers: JSON_TYPE,
      chunks: [
        JSON.stringify({
          object: 'list',
          model: 'text-embedding-3-small',
          data: Array.from({ length: 2000 }, (_, index) => ({
            object: 'embedding',
            index,
            embedding: Array.from({ length: 1536 }, () => 0.0123),
          })),
          usage: { prompt_tokens: 8, total_tokens: 8 },
        }),
      ],
    }),
  },
  translated('200,000 keys', () => whole({ x: keys(200_000) })),
  translated('10 MB of text', () =>
    whole({
      choices: [{ message: { role: 'assistant', content: WORDS.repeat(170_000) }, finish_reason: 'stop' }],
    }),
  ),
  translated('20,000 calls of tools', () =>
    whole({
      choices: [
        {
          message: {
            role: 'assistant',
            tool_calls: Array.from({ length: 20_000 }, (_, index) => ({
              id: `c${index}`,
              type: 'function',
              function: { name: 'w', arguments: '{"a":1}' },
            })),
          },
          finish_reason: 'tool_calls',
        },
      ],
    }),
  ),
  translated('90,000 events at once', () => streamed(event({ content: 'a' }).repeat(90_000)), true),
  translated('one event of 500,000 data lines', () => streamed(`${'data: 1\n'.repeat(500_000)}\n`), true),
  translated('4 MB of comments', () => streamed(': x\n'.repeat(1_000_000)), true),
  translated(
    '20,000 calls streamed',
    () =>
      streamed(
        Array.from({ length: 20_000 }, (_, index) =>
          event({ tool_calls: [{ index, id: `c${index}`, function: { name: 'w', arguments: '{}' } }] }),
        ).join(''),
      ),
    true,
  ),
  translated(
    '50,000 calls streamed',
    () =>
      streamed(
        Array.from({ length: 50_000 }, (_, index) =>
          event({ tool_calls: [{ index, id: `c${index}`, function: { name: 'w', arguments: '{}' } }] }),
        ).join(''),
      ),
    true,
  ),
  translated('250,000 events of one digit', () => streamed('data:1\n\n'.repeat(250_000)), true),
  translated('150,000 empty objects', () => streamed('data:{}\n\n'.repeat(150_000)), true),
];

export function batchLines(count: number, content = 'a'): string {
  const body = { model: 'gpt-4o-mini', choices: [{ message: { content } }], usage: USAGE };
  return Array.from(
    { length: count },
    (_, index) => `${JSON.stringify({ custom_id: `r${index}`, response: { status_code: 200, body } })}\n`,
  ).join('');
}

/** At its quickest level: the others take seconds. */
export function quickBrotli(bytes: Buffer): Buffer {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
}
