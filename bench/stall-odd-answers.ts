// Answers that nobody expects, for `stalls.ts`: other framings and codings, and too much of what there is little of as a rule.

import { crc32, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import {
  batchLines,
  CHAT,
  chat,
  event,
  JSON_TYPE,
  MESSAGES,
  messages,
  quickBrotli,
  type Shape,
  STREAM_TYPE,
  type StallAnswer,
  streamed,
  WORDS,
} from './stall-shapes.ts';

const BEDROCK = '/anthropic/model/anthropic.claude-sonnet-4-5-20250929-v1:0/invoke-with-response-stream';
const GEMINI = '/openai/v1beta/models/gemini-2.5-flash:streamGenerateContent';
const RESULTS = { path: '/openai/v1/files/file-1/content', body: () => '' };
const WHOLE_MESSAGES = { path: MESSAGES, body: () => messages() };
const CODINGS = { deflate: deflateSync, br: quickBrotli, zstd: zstdCompressSync };

const answered = (name: string, answer: () => StallAnswer, more: Partial<Shape> = {}): Shape => ({
  name: `odd answer: ${name}`,
  path: CHAT,
  body: () => chat({ stream: true }),
  answer,
  ...more,
});
const socket = (name: string, frames: () => readonly Buffer[]): Shape => ({
  name: `socket: ${name}`,
  path: '/openai/v1/responses',
  body: () => '',
  isSocket: true,
  answer: () => ({ headers: {}, chunks: frames() }),
});
const json = (text: string | Buffer, headers: Readonly<Record<string, string>> = {}): StallAnswer => ({
  headers: { ...JSON_TYPE, ...headers },
  chunks: [text],
});
const spoken = (content: unknown): string =>
  JSON.stringify({
    id: 'c',
    model: 'gpt-4o',
    choices: [{ index: 0, message: { content }, finish_reason: 'stop' }],
  });
const failed = (): StallAnswer => ({
  ...json(JSON.stringify({ error: { message: WORDS.repeat(340_000) } })),
  status: 500,
});

export const ODD_ANSWERS: readonly Shape[] = [
  answered('one event of 10 MB', () => streamed(event({ content: WORDS.repeat(170_000) }))),
  answered('one event of 10 MB in lines', () =>
    streamed(`data: {"x":\ndata: "${WORDS.repeat(170_000)}"}\n\n`),
  ),
  answered('one event of 3,000 long lines', () =>
    streamed(`${`data: ${'x'.repeat(3000)}\n`.repeat(3000)}\n`),
  ),
  answered('one event of 12 MB that never ends', () => ({
    headers: STREAM_TYPE,
    chunks: [`data: {"x":"${'x'.repeat(12_000_000)}`],
  })),
  answered('20 events of 2 MB', () => streamed(event({ content: WORDS.repeat(34_000) }).repeat(20))),
  answered('a million event names', () => streamed('event: x\n\n'.repeat(1_000_000))),
  answered('5,000 events of 1,000 members', () => {
    const members = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`k${at}`, at]));
    return streamed(event({ content: 'a' }, { members }).repeat(1000));
  }),
  answered('a stream of 100 MB', () =>
    streamed(...Array<string>(100).fill(event({ content: 'a' }).repeat(7800))),
  ),
  ...Object.entries(CODINGS).map(([coding, encode]) =>
    answered(`10 MB of text in ${coding}`, () =>
      json(encode(Buffer.from(spoken(WORDS.repeat(180_000)))), { 'content-encoding': coding }),
    ),
  ),
  answered('64 MB of zeros in br', () =>
    json(quickBrotli(Buffer.alloc(64_000_000)), { 'content-encoding': 'br' }),
  ),
  answered('64 MB of blank lines in gzip', () => ({
    headers: { ...STREAM_TYPE, 'content-encoding': 'gzip' },
    chunks: [gzipSync(Buffer.alloc(64_000_000, '\n'))],
  })),
  answered('60 MB of text without usage', () => json(spoken(WORDS.repeat(1_000_000)))),
  answered('20 MB of lines under the name of a document', () => json(`${spoken('word')}\n`.repeat(150_000))),
  answered(
    "100 MB of a batch's results",
    () => ({
      headers: { 'content-type': 'application/jsonl' },
      chunks: Array<string>(20).fill(batchLines(25_000)),
    }),
    RESULTS,
  ),
  answered(
    '40 results of 1 MB of a batch',
    () => ({
      headers: { 'content-type': 'application/jsonl' },
      chunks: [batchLines(1, WORDS.repeat(17_000)).repeat(40)],
    }),
    RESULTS,
  ),
  answered('20 frames of 1 MB of Bedrock', () => frames(20, 'x'.repeat(1_000_000)), {
    path: BEDROCK,
    body: () => '{}',
  }),
  answered('a frame of 20 MB of Bedrock', () => frames(1, 'x'.repeat(20_000_000)), {
    path: BEDROCK,
    body: () => '{}',
  }),
  answered('100,000 frames of Bedrock', () => frames(100_000, 'x'), { path: BEDROCK, body: () => '{}' }),
  answered(
    '5,000 documents in a list of Gemini',
    () => json(`[${Array<string>(5000).fill(geminiPart).join(',\n')}]`),
    {
      path: GEMINI,
      body: () => JSON.stringify({ contents: [{ parts: [{ text: 'hi' }] }] }),
    },
  ),
  answered(
    '20 documents of 2 MB in a list of Gemini',
    () =>
      json(
        `[${Array<string>(20)
          .fill(geminiPart.replace('word', WORDS.repeat(34_000)))
          .join(',\n')}]`,
      ),
    {
      path: GEMINI,
      body: () => JSON.stringify({ contents: [{ parts: [{ text: 'hi' }] }] }),
    },
  ),
  answered('an error of 20 MB', failed),
  answered('translated, an error of 20 MB', failed, WHOLE_MESSAGES),
  answered('translated, one event of 10 MB', () => streamed(event({ content: WORDS.repeat(170_000) })), {
    path: MESSAGES,
    body: () => messages({ stream: true }),
  }),
  answered('translated, 3 MB of text', () => json(spoken(WORDS.repeat(50_000))), WHOLE_MESSAGES),
  answered('translated, 14 MB of text', () => json(spoken(WORDS.repeat(230_000))), WHOLE_MESSAGES),
  answered(
    'translated, 14 MB of text to one that wants a stream',
    () => json(spoken(WORDS.repeat(230_000))),
    {
      path: MESSAGES,
      body: () => messages({ stream: true }),
    },
  ),
  answered(
    'translated, a stream of 3 MB to one that wants it whole',
    () => streamed(event({ content: 'a' }).repeat(22_000)),
    WHOLE_MESSAGES,
  ),
  socket('a million messages of two bytes', () => [repeated(frame('{}'), 1_000_000)]),
  socket('50,000 messages', () => [repeated(frame(DELTA), 50_000)]),
  socket('10 messages of 4 MB', () => [
    repeated(frame(JSON.stringify({ type: 'x', text: 'x'.repeat(4_000_000) })), 10),
  ]),
  socket('a message of 40 MB', () => [frame(JSON.stringify({ type: 'x', text: 'x'.repeat(40_000_000) }))]),
];

const DELTA = JSON.stringify({ type: 'response.output_text.delta', item_id: 'i', delta: 'word' });

const geminiPart = JSON.stringify({
  candidates: [{ content: { parts: [{ text: 'word' }], role: 'model' }, index: 0 }],
  usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 9, totalTokenCount: 14 },
  modelVersion: 'gemini-2.5-flash',
});

const repeated = (bytes: Buffer, count: number): Buffer => Buffer.concat(Array<Buffer>(count).fill(bytes));

/** A text message of a WebSocket, from a server. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(payload.length < 126 ? 2 : 10);
  head[0] = 0x81;
  head[1] = payload.length < 126 ? payload.length : 127;
  if (head.length === 10) head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}

/** Messages of Amazon's framing, each with an event in base64. */
function frames(count: number, text: string): StallAnswer {
  const inner = JSON.stringify({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text },
  });
  const payload = Buffer.from(JSON.stringify({ bytes: Buffer.from(inner).toString('base64') }));
  const message = Buffer.alloc(12 + payload.length + 4);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  payload.copy(message, 12);
  message.writeUInt32BE(crc32(message.subarray(0, -4)), message.length - 4);
  return {
    headers: { 'content-type': 'application/vnd.amazon.eventstream' },
    chunks: [repeated(message, count)],
  };
}
