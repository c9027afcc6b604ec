// The meters over recorded provider answers, re-cut at every byte. The recordings lie outside the project.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MeterReading, Protocol } from '../src/core/protocol.ts';
import { allInputTokens, totalUsage } from '../src/core/usage.ts';
import { anthropic } from '../src/protocols/anthropic/protocol.ts';
import { openai } from '../src/protocols/openai/protocol.ts';

const FOLDER = process.env.TOKENWATCH_RECORDED_STREAMS ?? '../shared/data/streams';
/** Longer recordings are cut at this many places instead of everywhere, to keep the suite short. */
const CUTS_MAX = 400;

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
  const file = join(FOLDER, expected.file);
  test(`${expected.file} is metered as recorded, whatever the cuts`, (context) => {
    if (!existsSync(file)) return context.skip('the recordings are not here');
    const isStream = file.endsWith('.txt');
    const text = readFileSync(file, 'utf8');
    const lines = text.split('\n').filter((line) => line !== '');
    const body = Buffer.from(isStream ? lines.map((line) => `data: ${line}\r\n\r\n`).join('') : text);
    const whole = read(expected, isStream, [body]);
    const usage = totalUsage(whole.runs);
    assert.deepEqual([allInputTokens(usage), usage.cacheReadTokens, usage.outputTokens], expected.tokens);
    assert.equal(whole.runs.length, expected.runs ?? 1);
    assert.equal(whole.usageIsFinal, true);
    assert.notEqual(whole.model, null);
    const step = Math.max(1, Math.floor(body.length / CUTS_MAX));
    for (let cut = 1; cut < body.length; cut += step) {
      assert.deepEqual(read(expected, isStream, [body.subarray(0, cut), body.subarray(cut)]), whole);
    }
  });
}

function read(expected: Expected, isStream: boolean, chunks: readonly Buffer[]): MeterReading {
  const { protocol, path } = expected;
  const head = { status: 200, contentType: isStream ? 'text/event-stream' : 'application/json' };
  const meter = protocol.meter(protocol.endpoint('POST', path), head, path);
  assert.ok(meter !== null);
  for (const chunk of chunks) meter.push(chunk);
  return meter.end();
}
