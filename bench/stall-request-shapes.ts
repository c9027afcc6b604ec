// Requests that are dear to read, for `stalls.ts`.

import { gzipSync } from 'node:zlib';
import { CHAT, chat, MESSAGES, messages, RESPONSES, type Shape } from './stall-shapes.ts';

const keys = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
const WORDS = 'The quick brown fox jumps over the lazy dog, doesn’t it? ';
const user = (content: unknown) => ({ role: 'user', content });

const asked = (name: string, body: () => string | Buffer, path = CHAT): Shape => ({
  name: `request: ${name}`,
  path,
  body,
});
const translated = (name: string, more: () => object): Shape => ({
  name: `translated request: ${name}`,
  path: MESSAGES,
  body: () => messages(more()),
});

const tools = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, index) => ({
    type: 'function',
    function: {
      name: `tool_${index}`,
      description: WORDS.repeat(3),
      parameters: { type: 'object', properties: { a: { type: 'string' }, b: { type: 'number' } } },
    },
  }));

export const REQUESTS: readonly Shape[] = [
  asked('200,000 keys', () => chat({ x: keys(200_000) })),
  asked('49,000 keys', () => chat({ x: keys(49_000) })),
  asked('49,000 keys in metadata of messages', () => chat({ messages: [{ ...user('a'), ...keys(49_000) }] })),
  asked('2 million numbers', () => chat({ x: Array.from({ length: 2_000_000 }, (_, index) => index) })),
  asked(
    '2 million tokens to embed',
    () =>
      JSON.stringify({
        model: 'text-embedding-3-small',
        input: Array.from({ length: 2_000_000 }, (_, index) => index),
      }),
    '/openai/v1/embeddings',
  ),
  asked(
    '300,000 texts to embed',
    () =>
      JSON.stringify({
        model: 'text-embedding-3-small',
        input: Array.from({ length: 300_000 }, (_, index) => `t${index}`),
      }),
    '/openai/v1/embeddings',
  ),
  asked('1.5 million empty lists', () => chat({ x: Array.from({ length: 1_500_000 }, () => []) })),
  asked(
    'nested 2,000 deep',
    () => `{"model":"gpt-4o","messages":[],"x":${'['.repeat(2000)}${']'.repeat(2000)}}`,
  ),
  asked(
    'nested a million deep',
    () => `{"model":"gpt-4o","messages":[],"x":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`,
  ),
  asked(
    'nested objects, 40,000 deep',
    () => `{"model":"gpt-4o","messages":[],"x":${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}}`,
  ),
  asked('5,000 tools', () => chat({ tools: tools(5000) })),
  asked('20,000 short messages', () =>
    chat({ messages: Array.from({ length: 20_000 }, () => user('word')) }),
  ),
  asked('1 MB of text', () => chat({ messages: [user(WORDS.repeat(18_000))] })),
  asked('10 MB of text', () => chat({ messages: [user(WORDS.repeat(180_000))] })),
  asked('40 MB of text', () => chat({ messages: [user(WORDS.repeat(700_000))] })),
  asked('10 MB of one letter', () => chat({ messages: [user('a'.repeat(10_000_000))] })),
  asked('10 MB of Chinese', () => chat({ messages: [user('漢字仮名'.repeat(800_000))] })),
  asked(
    '12 MB of escapes',
    () => `{"model":"gpt-4o","messages":[{"role":"user","content":"${'\\u00e9'.repeat(2_000_000)}"}]}`,
  ),
  asked('1 MB of selects', () => chat({ messages: [user('select x '.repeat(110_000))] })),
  asked('a 20 MB picture', () =>
    chat({
      messages: [
        user([{ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(20_000_000)}` } }]),
      ],
    }),
  ),
  asked('1 MB of comments', () => `{${'/* x */'.repeat(140_000)}"model":"gpt-4o","messages":[]}`),
  asked('4 MB of comments', () => `{${'/* x */'.repeat(600_000)}"model":"gpt-4o","messages":[]}`),
  asked('1 MB of NaN', () => `{"model":"gpt-4o","messages":[],"x":[${'NaN,'.repeat(260_000)}1]}`),
  asked('10 MB of blanks', () => `{${' '.repeat(10_000_000)}"model":"gpt-4o","messages":[]}`),
  asked('10 MB of UTF-16', () =>
    Buffer.from(`\ufeff${chat({ messages: [user(WORDS.repeat(90_000))] })}`, 'utf16le'),
  ),
  asked('10 MB of UTF-32', () => utf32(chat({ messages: [user('a'.repeat(2_500_000))] }))),
  {
    name: 'request: 10 MB in gzip',
    path: CHAT,
    headers: { 'content-encoding': 'gzip' },
    body: () => gzipSync(chat({ messages: [user(WORDS.repeat(180_000))] })),
  },
  {
    name: 'request: 60 MB of zeros in gzip',
    path: CHAT,
    headers: { 'content-encoding': 'gzip' },
    body: () => gzipSync(Buffer.alloc(60_000_000)),
  },
  {
    name: 'request: 49,000 keys in gzip',
    path: CHAT,
    headers: { 'content-encoding': 'gzip' },
    body: () => gzipSync(chat({ x: keys(49_000) })),
  },
  asked(
    '20,000 items of input',
    () =>
      JSON.stringify({
        model: 'gpt-4o',
        input: Array.from({ length: 20_000 }, () => user([{ type: 'input_text', text: 'a' }])),
      }),
    RESPONSES,
  ),
  {
    name: 'request: a form of 200,000 fields',
    path: '/openai/v1/audio/transcriptions',
    headers: { 'content-type': 'multipart/form-data; boundary=b7' },
    body: () =>
      `${'--b7\r\ncontent-disposition: form-data; name="x"\r\n\r\n1\r\n'.repeat(200_000)}--b7--\r\n`,
  },
  {
    name: 'request: a form of 20 MB',
    path: '/openai/v1/audio/transcriptions',
    headers: { 'content-type': 'multipart/form-data; boundary=b7' },
    body: () =>
      `--b7\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n${'--b6'.repeat(5_000_000)}\r\n--b7--\r\n`,
  },
  translated('10 MB of text', () => ({ messages: [user(WORDS.repeat(180_000))] })),
  translated('10,000 messages', () => ({
    messages: Array.from({ length: 10_000 }, (_, index) => ({
      role: index % 2 === 0 ? 'user' : 'assistant',
      content: [{ type: 'text', text: 'word' }],
    })),
  })),
  translated('5,000 tools', () => ({
    tools: Array.from({ length: 5000 }, (_, index) => ({
      name: `t${index}`,
      description: WORDS,
      input_schema: {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'array', items: { type: 'string' } } },
      },
    })),
  })),
  translated('5,000 calls and results', () => ({
    messages: Array.from({ length: 5000 }, (_, index) => [
      { role: 'assistant', content: [{ type: 'tool_use', id: `t${index}`, name: 'w', input: { a: 1 } }] },
      user([{ type: 'tool_result', tool_use_id: `t${index}`, content: 'ok' }]),
    ]).flat(),
  })),
  translated('a 10 MB picture', () => ({
    messages: [
      user([
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'A'.repeat(10_000_000) } },
      ]),
    ],
  })),
];

function utf32(text: string): Buffer {
  const bytes = Buffer.alloc(4 * text.length);
  for (let at = 0; at < text.length; at += 1) bytes.writeUInt32LE(text.charCodeAt(at), 4 * at);
  return bytes;
}
