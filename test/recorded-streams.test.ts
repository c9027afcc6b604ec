// The meters over recorded provider answers, re-cut at every byte. The recordings lie outside the project.

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MeterReading, Protocol } from '../src/core/protocol.ts';
import { allInputTokens, totalUsage } from '../src/core/usage.ts';
import { anthropic } from '../src/protocols/anthropic/protocol.ts';
import { openai } from '../src/protocols/openai/protocol.ts';

const FOLDER = process.env.TOKENWATCH_RECORDED_STREAMS ?? '../shared/data/streams';
/** Up to this length, an answer is cut in two at every byte. */
const TWO_PARTS_BYTES_MAX = 10_000;
/** A longer one is cut into pieces of this length, as many times, each time one byte further: at every byte too. */
const PIECE_BYTES = 251;

/** Everything read (cached or not), of it from the cache, generated, of it reasoning; by hand from the recordings. */
interface Expected {
  readonly file: string;
  readonly protocol: Protocol;
  readonly path: string;
  readonly tokens: readonly [input: number, cached: number, output: number];
  readonly runs?: number;
}

const MESSAGES = { protocol: anthropic, path: '/v1/messages' };
const CHAT = { protocol: openai, path: '/v1/chat/completions' };
const RESPONSES = { protocol: openai, path: '/v1/responses' };

const EXPECTED: readonly Expected[] = [
  // message 1051 + 35, advisor 2728 + 3880, message 3676 + 3356
  {
    ...MESSAGES,
    file: 'anthropic/anthropic-advisor-20250301.1.chunks.txt',
    tokens: [7455, 0, 7271],
    runs: 3,
  },
  // compaction 60385 + 522, message 612 + 2819
  { ...MESSAGES, file: 'anthropic/anthropic-compaction.1.chunks.txt', tokens: [60_997, 0, 3341], runs: 2 },
  { ...MESSAGES, file: 'anthropic/anthropic-compaction.1.json', tokens: [61_067, 0, 1912], runs: 2 },
  // the first model's input is charged too: 408 + 0, 412 + 264
  { ...MESSAGES, file: 'anthropic/anthropic-fallback.chunks.txt', tokens: [820, 0, 264], runs: 2 },
  // total 354 = prompt 12 + completion 2 + reasoning 340
  { ...CHAT, file: 'openai-compatible/xai-text.chunks.txt', tokens: [12, 11, 342] },
  { ...CHAT, file: 'xai/xai-text.json', tokens: [12, 2, 229] },
  { ...CHAT, file: 'groq/groq-tool-call.chunks.txt', tokens: [210, 0, 15] },
  { ...CHAT, file: 'deepseek/deepseek-json.json', tokens: [495, 320, 144] },
  { ...RESPONSES, file: 'xai/xai-text-streaming.1.chunks.txt', tokens: [216, 192, 863] },
];

for (const expected of EXPECTED) {
  test(`${expected.file} is metered as recorded`, (context) => {
    if (!existsSync(join(FOLDER, expected.file))) return context.skip('the recordings are not here');
    const { body, isStream } = load(expected.file);
    const whole = read(expected, isStream, [body]);
    const usage = totalUsage(whole.runs);
    assert.deepEqual([allInputTokens(usage), usage.cacheReadTokens, usage.outputTokens], expected.tokens);
    assert.equal(whole.runs.length, expected.runs ?? 1);
    assert.equal(whole.usageIsFinal, true);
    assert.notEqual(whole.model, null);
  });
}

const recordings = globSync('*/*.{txt,json}', { cwd: FOLDER }).sort();

test('every recorded answer is read the same wherever it is cut', (context) => {
  if (recordings.length === 0) return context.skip('the recordings are not here');
  let metered = 0;
  for (const file of recordings) {
    const { body, isStream } = load(file);
    const kind = kindOf(file, body);
    const whole = read(kind, isStream, [body]);
    if (whole.runs.length > 0) metered += 1;
    for (const [cut, chunks] of cutsOf(body)) {
      assert.deepEqual(read(kind, isStream, chunks), whole, `${file} cut at ${cut}`);
    }
  }
  assert.ok(metered > recordings.length / 2, `only ${metered} of ${recordings.length} have figures`);
});

/** Recordings of streams hold one event's data a line. */
function load(file: string): { readonly body: Buffer; readonly isStream: boolean } {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const isStream = file.endsWith('.txt');
  const lines = text.split('\n').filter((line) => line !== '');
  return {
    body: Buffer.from(isStream ? lines.map((line) => `data: ${line}\r\n\r\n`).join('') : text),
    isStream,
  };
}

function kindOf(file: string, body: Buffer): Pick<Expected, 'protocol' | 'path'> {
  if (file.startsWith('anthropic')) return MESSAGES;
  return /"type":\s*"response\.|"object":\s*"response"/.test(body.toString()) ? RESPONSES : CHAT;
}

function* cutsOf(body: Buffer): Generator<[cut: number, chunks: Buffer[]]> {
  if (body.length <= TWO_PARTS_BYTES_MAX) {
    for (let cut = 1; cut < body.length; cut += 1) yield [cut, [body.subarray(0, cut), body.subarray(cut)]];
    return;
  }
  for (let first = 1; first <= PIECE_BYTES; first += 1) {
    const chunks = [body.subarray(0, first)];
    for (let at = first; at < body.length; at += PIECE_BYTES)
      chunks.push(body.subarray(at, at + PIECE_BYTES));
    yield [first, chunks];
  }
}

function read(
  { protocol, path }: Pick<Expected, 'protocol' | 'path'>,
  isStream: boolean,
  chunks: readonly Buffer[],
): MeterReading {
  const head = { status: 200, contentType: isStream ? 'text/event-stream' : 'application/json' };
  const meter = protocol.meter(protocol.endpoint('POST', path), head, path);
  assert.ok(meter !== null);
  for (const chunk of chunks) meter.push(chunk);
  return meter.end();
}
