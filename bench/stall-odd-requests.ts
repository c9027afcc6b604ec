// Requests that nobody sends by habit, for `stalls.ts`: other encodings and codings, and too much of what there is little of as
// a rule.

import { deflateSync, zstdCompressSync } from 'node:zlib';
import { CHAT, chat, MESSAGES, messages, quickBrotli, type Shape, WORDS, whole } from './stall-shapes.ts';

const FORM = {
  path: '/openai/v1/audio/transcriptions',
  headers: { 'content-type': 'multipart/form-data; boundary=b7' },
};
const CODINGS = { deflate: deflateSync, br: quickBrotli, zstd: zstdCompressSync };
const user = (content: unknown) => ({ role: 'user', content });

const asked = (name: string, body: () => string | Buffer, more: Partial<Shape> = {}): Shape => ({
  name: `odd request: ${name}`,
  path: CHAT,
  body,
  ...more,
});
const tools = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, index) => ({ type: 'function', function: { name: `tool_${index}` } }));
const long = (): string => chat({ messages: [user(WORDS.repeat(180_000))] });
const withoutUsage = () => whole({ usage: null });
const pictures = (make: (data: string) => object): readonly object[] =>
  Array.from({ length: 12 }, () => make('iVBORw0KGgo'.repeat(270_000)));

export const ODD_REQUESTS: readonly Shape[] = [
  asked('200,000 tools', () => chat({ tools: tools(200_000) })),
  asked('9,000 tools', () => chat({ tools: tools(9000) })),
  asked('a schema of 45,000 members', () => {
    const members = Array.from({ length: 9000 }, (_, index) => [
      `p${index}`,
      { type: 'string', enum: ['a', 'b'] },
    ]);
    return chat({ response_format: { type: 'json_schema', json_schema: Object.fromEntries(members) } });
  }),
  asked('2 MB of metadata', () => chat({ metadata: { note: 'x'.repeat(2_000_000) } })),
  asked('9,000 entries of metadata', () =>
    chat({ metadata: Object.fromEntries(Array.from({ length: 9000 }, (_, at) => [`k${at}`, 'v'])) }),
  ),
  asked('a model name of 1 MB', () => chat({}, 'm'.repeat(1_000_000))),
  asked('a user of 4 MB', () => chat({ user: 'u'.repeat(4_000_000) })),
  asked('20 MB of UTF-16', () =>
    Buffer.from(`\ufeff${chat({ messages: [user(WORDS.repeat(180_000))] })}`, 'utf16le'),
  ),
  asked('20 MB of comments', () => `{"model":"gpt-4o",${'// x y z\n'.repeat(2_200_000)}"messages":[]}`),
  asked('250 KB of comments', () => `{"model":"gpt-4o",${'/**/'.repeat(64_000)}"messages":[]}`),
  asked(
    '250 KB of trailing commas',
    () => `{"model":"gpt-4o","messages":[],"x":[${'[0,],'.repeat(50_000)}]}`,
  ),
  asked('20 MB that is no JSON', () => 'x'.repeat(20_000_000)),
  asked('20 MB that breaks off', () => long().slice(0, -2)),
  asked('12 pictures of 3 MB', () => {
    const picture = (data: string) => ({
      type: 'image_url',
      image_url: { url: `data:image/png;base64,${data}` },
    });
    return chat({ messages: [user(pictures(picture))] });
  }),
  asked('4 MB of text, 200 KB of it secrets', () =>
    chat({ messages: [user(`${WORDS.repeat(60_000)}${'key=AKIA0000000000000000 '.repeat(8000)}`)] }),
  ),
  asked('1.9 MB of text, to be compared', () => chat({ messages: [user(WORDS.repeat(32_000))] })),
  asked('1.9 MB of messages, to be compared', () =>
    chat({ messages: Array.from({ length: 11_000 }, () => user(WORDS.repeat(2))) }),
  ),
  ...Object.entries(CODINGS).map(([coding, encode]) =>
    asked(`10 MB in ${coding}`, () => encode(Buffer.from(long())), {
      headers: { 'content-encoding': coding },
    }),
  ),
  asked('60 MB of blanks in br', () => quickBrotli(Buffer.from(`{${' '.repeat(60_000_000)}}`)), {
    headers: { 'content-encoding': 'br' },
  }),
  asked('10 MB of text, and an answer without usage', long, { answer: withoutUsage }),
  asked(
    '40 MB of text, and an answer without usage',
    () => chat({ messages: [user(WORDS.repeat(700_000))] }),
    {
      answer: withoutUsage,
    },
  ),
  asked('12 KB of labels', () => chat(), {
    headers: {
      'x-tokenwatch-tag': Array.from({ length: 400 }, (_, at) => `facet${at}=value${at}`).join(','),
    },
  }),
  asked('12 KB of one header', () => chat(), { headers: { 'x-session-id': 's'.repeat(12_000) } }),
  asked(
    'a form of 4,000 parts',
    () =>
      `${`--b7\r\ncontent-disposition: form-data; name="x"\r\n\r\n${'x'.repeat(4000)}\r\n`.repeat(4000)}--b7--\r\n`,
    FORM,
  ),
  asked('a form whose head never ends', () => `--b7\r\n${'x: y\r\n'.repeat(2_000_000)}`, FORM),
  asked('translated, 4 MB of text', () => messages({ messages: [user(WORDS.repeat(70_000))] }), {
    path: MESSAGES,
  }),
  asked(
    'translated, 12 pictures of 3 MB',
    () =>
      messages({
        messages: [
          user(
            pictures((data) => ({
              type: 'image',
              source: { type: 'base64', media_type: 'image/png', data },
            })),
          ),
        ],
      }),
    { path: MESSAGES },
  ),
];
