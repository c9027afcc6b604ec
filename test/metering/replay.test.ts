// Hundreds of hand-made answers of many providers through the meter's tap: plain, compressed in every way, and cut anywhere.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { HeldRoom } from '../../src/core/held-room.ts';
import type { BodyMeter, MeterReading } from '../../src/core/protocol.ts';
import { addExtra, type ExtraUsage, NO_USAGE, totalUsage } from '../../src/core/usage.ts';
import { AnswerThread } from '../../src/proxy/answer/answer-thread.ts';
import { MeterTap } from '../../src/proxy/answer/meter-tap.ts';
import { PacedMeter } from '../../src/proxy/answer/paced-meter.ts';
import { randomFrom } from '../../src/simulator/random.ts';
import type { Answer } from './answer-parts.ts';
import { answers } from './answers.ts';
import { assertUsage } from './assert-usage.ts';

const OPTIONS = { guarded: { crash: assert.fail }, parser: new AnswerThread(), room: new HeldRoom() };
const SEEDS = [0, 1, 2, 3, 4];
const ENCODINGS: readonly (readonly [name: string | null, encode: (body: Buffer) => Buffer])[] = [
  [null, (body) => body],
  ['gzip', (body) => gzipSync(body)],
  ['deflate', (body) => deflateSync(body)],
  ['br', (body) => brotliCompressSync(body)],
  ['zstd', (body) => zstdCompressSync(body)],
];

function meterOf({ protocol, method, path, contentType }: Answer): BodyMeter {
  const meter = protocol.meter(protocol.endpoint(method, path), { status: 200, contentType }, path);
  assert.ok(meter !== null);
  return meter;
}

function check(answer: Answer, reading: MeterReading, text: string): void {
  const usage = totalUsage(reading.runs);
  assertUsage(usage);
  assert.deepEqual(
    {
      usage,
      extra: reading.runs.reduce<ExtraUsage>((sum, { extra }) => addExtra(sum, extra ?? {}), {}),
      isFinal: reading.usageIsFinal,
      text,
      model: reading.model,
      reported: reading.reportedCostNanoUsd,
      isCharge: reading.reportedIsCharge,
      hasUnpricedParts: reading.hasUnpricedParts,
      isSum: reading.runs.some(({ isSum }) => isSum),
      isCutShort: reading.isCutShort,
      isDeferred: reading.isDeferred,
      errorCode: reading.errorCode,
    },
    {
      usage: { ...NO_USAGE, ...answer.usage },
      extra: answer.extra ?? {},
      isFinal: answer.isFinal ?? false,
      text: answer.text ?? '',
      model: answer.model === undefined ? 'gpt-4o-mini' : answer.model,
      reported: answer.reportedNanoUsd ?? null,
      isCharge: answer.isCharge ?? false,
      hasUnpricedParts: answer.hasUnpricedParts ?? false,
      isSum: answer.isSum ?? false,
      isCutShort: answer.isCutShort ?? false,
      isDeferred: answer.isDeferred ?? false,
      errorCode: answer.errorCode ?? null,
    },
    answer.name,
  );
}

for (const answer of answers(2)) {
  test(`${answer.name}: the same at every cut`, () => {
    const bytes = Buffer.from(answer.body);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const meter = meterOf(answer);
      meter.push(bytes.subarray(0, cut));
      meter.push(bytes.subarray(cut));
      check(answer, meter.end(), meter.generatedText());
    }
  });
}

test('hundreds of answers are read the same through every encoding, in random pieces', async () => {
  const random = randomFrom(20_261_125);
  let replayed = 0;
  for (const answer of SEEDS.flatMap(answers)) {
    for (const [encoding, encode] of ENCODINGS) {
      const meter = meterOf(answer);
      const tap = new MeterTap(new PacedMeter(meter, OPTIONS), encoding);
      const bytes = encode(Buffer.from(answer.body));
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + Math.floor(random.next() * 200);
        tap.push(Buffer.from(bytes.subarray(at, at + size)));
        at += size;
      }
      const reading = await new Promise<MeterReading>((resolve) => tap.finish(resolve));
      check(answer, reading, meter.generatedText());
      replayed += 1;
    }
  }
  assert.ok(replayed >= 1000, `${replayed}`);
});
