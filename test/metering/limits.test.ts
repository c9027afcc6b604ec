// Answers that would cost the proxy more than they are worth: they pass, and their cost is unknown.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { DecodingRoom } from '../../src/core/decoding-room.ts';
import { HeldRoom } from '../../src/core/held-room.ts';
import type { MeterReading } from '../../src/core/protocol.ts';
import { openai } from '../../src/protocols/openai/protocol.ts';
import { AnswerThread } from '../../src/proxy/answer/answer-thread.ts';
import { MeterTap } from '../../src/proxy/answer/meter-tap.ts';
import { PacedMeter } from '../../src/proxy/answer/paced-meter.ts';

const PATH = '/v1/chat/completions';
const OPTIONS = { guarded: { crash: assert.fail }, parser: new AnswerThread(), room: new HeldRoom() };

function tapOf(contentType: string, encoding: string | null, path = PATH, options = OPTIONS): MeterTap {
  const meter = openai.meter(openai.endpoint('POST', path), { status: 200, contentType }, path);
  assert.ok(meter !== null);
  return new MeterTap(new PacedMeter(meter, options), encoding);
}

const finished = (tap: MeterTap): Promise<MeterReading> => new Promise((resolve) => tap.finish(resolve));

test('an answer that expands without end is given up, and its cost is unknown', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20), { level: 1 });
  const tap = tapOf('text/event-stream', 'gzip');
  for (let at = 0; at < bomb.length; at += 16_384) tap.push(bomb.subarray(at, at + 16_384));
  const reading = await finished(tap);
  assert.deepEqual([reading.hasUnpricedParts, reading.usageIsFinal], [true, false]);
});

test('an answer whose inner coding expands without end is given up, though nothing comes out of it', async () => {
  // Members of gzip that are empty: forty megabytes of them in some kilobytes.
  const members = Buffer.concat(new Array(2_000_000).fill(gzipSync('')));
  const tap = tapOf('text/event-stream', 'gzip, br');
  tap.push(brotliCompressSync(members, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }));
  assert.equal((await finished(tap)).hasUnpricedParts, true);
});

test('what decoders hold together is bounded: answers beyond it are given up, and the next ones have room again', async () => {
  const room = new DecodingRoom(10 * 1024 * 1024);
  const usage = '"usage":{"prompt_tokens":7,"completion_tokens":5}';
  const text = `data: {"a":"${randomBytes(100_000).toString('base64').repeat(31)}",${usage}}\n\n`;
  const bytes = brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 22 },
  });
  const open = async (): Promise<MeterTap> => {
    const meter = openai.meter(
      openai.endpoint('POST', PATH),
      { status: 200, contentType: 'text/event-stream' },
      PATH,
    );
    assert.ok(meter !== null);
    const tap = new MeterTap(new PacedMeter(meter, OPTIONS), 'br', { room });
    const { promise, resolve } = Promise.withResolvers<void>();
    tap.followedBy({ push: () => {}, waits: () => {}, caughtUp: resolve });
    tap.push(bytes);
    await promise;
    return tap;
  };
  const taps = [await open(), await open(), await open(), await open()];
  const unknown: boolean[] = [];
  for (const tap of taps) unknown.push((await finished(tap)).hasUnpricedParts);
  assert.deepEqual(unknown, [false, false, true, true]);
  assert.equal(room.bytes, 0);
  assert.equal((await finished(await open())).hasUnpricedParts, false);
});

test('what all answers hold together is bounded: those beyond it are given up, and the next ones have room again', async () => {
  const options = { ...OPTIONS, room: new HeldRoom(10 * 1024 * 1024) };
  const padding = ' '.repeat(3 * 1024 * 1024);
  const usage = '"usage":{"prompt_tokens":7,"completion_tokens":5}';
  const forms = [
    ['application/json', `{"model":"gpt-4o",${padding}`, `${usage}}`],
    ['text/event-stream', `data: {"model":"gpt-4o",${padding}`, `${usage}}\n\n`],
    ['application/x-ndjson', `{"model":"gpt-4o",${padding}`, `${usage}}\n`],
  ] as const;
  for (const [type, begin, end] of forms) {
    const open = (): MeterTap => {
      const tap = tapOf(type, null, PATH, options);
      for (let at = 0; at < begin.length; at += 60_000) tap.push(Buffer.from(begin.slice(at, at + 60_000)));
      return tap;
    };
    const read = async (tap: MeterTap): Promise<boolean> => {
      tap.push(Buffer.from(end));
      const { runs, hasUnpricedParts } = await finished(tap);
      assert.equal(runs[0]?.usage.inputTokens, hasUnpricedParts ? undefined : 7);
      return !hasUnpricedParts;
    };
    const taps: MeterTap[] = [];
    for (let number = 0; number < 6; number += 1) {
      taps.push(open());
      // What is behind is read in turns.
      for (let turns = 0; turns < 100; turns += 1) await nextTurn();
    }
    const wereRead: boolean[] = [];
    for (const tap of taps) wereRead.push(await read(tap));
    assert.deepEqual(wereRead, [true, true, true, false, false, false], type);
    assert.ok(await read(open()), type);
  }
});

test('what is given up is decoded no further', async () => {
  const options = { ...OPTIONS, room: new HeldRoom(1024 * 1024) };
  const bomb = gzipSync(Buffer.alloc(30 * 1024 * 1024, '{"a":1'), { level: 1 });
  const meter = openai.meter(
    openai.endpoint('POST', PATH),
    { status: 200, contentType: 'application/json' },
    PATH,
  );
  assert.ok(meter !== null);
  const paced = new PacedMeter(meter, options);
  const tap = new MeterTap(paced, 'gzip');
  let decodedBytes = 0;
  const push = paced.push.bind(paced);
  paced.push = (bytes) => {
    decodedBytes += bytes.length;
    push(bytes);
  };
  tap.push(bomb);
  assert.equal((await finished(tap)).hasUnpricedParts, true);
  assert.ok(decodedBytes < 2 * 1024 * 1024, String(decodedBytes));
});

test('an encoding that nobody knows, and bytes that are not what they say, leave the cost unknown', async () => {
  for (const [encoding, bytes] of [
    ['compress', Buffer.from('data: {}\n\n')],
    ['gzip, compress', gzipSync('data: {}\n\n')],
    ['gzip', Buffer.of(1, 2, 3)],
    ['br', Buffer.from('{"usage":{"prompt_tokens":1}}')],
    // A window of 16 MB, of which each decoder would keep as much: HTTP has 8 at most (RFC 9659).
    [
      'zstd',
      zstdCompressSync(Buffer.alloc(32 * 1024 * 1024, ' '), { params: { [constants.ZSTD_c_windowLog]: 24 } }),
    ],
  ] as const) {
    const tap = tapOf('text/event-stream', encoding);
    tap.push(bytes);
    assert.equal((await finished(tap)).hasUnpricedParts, true, encoding);
  }
});

test('an answer is read through codings on top of each other, untold, or told and left out', async () => {
  const plain = Buffer.from('{"usage":{"prompt_tokens":7}}');
  for (const [encoding, bytes] of [
    ['gzip, br', brotliCompressSync(gzipSync(plain))],
    ['deflate, gzip', gzipSync(deflateSync(plain))],
    ['gzip, identity', gzipSync(plain)],
    ['X-GZIP', gzipSync(plain)],
    ['gzip', Buffer.concat([gzipSync(plain.subarray(0, 9)), gzipSync(plain.subarray(9))])],
    [null, gzipSync(plain)],
    ['identity', zstdCompressSync(plain)],
    ['gzip', plain],
    ['zstd', plain],
  ] as const) {
    const tap = tapOf('application/json', encoding);
    for (let at = 0; at < bytes.length; at += 8) tap.push(bytes.subarray(at, at + 8));
    const reading = await finished(tap);
    assert.equal(reading.runs[0]?.usage.inputTokens, 7, String(encoding));
    assert.equal(reading.hasUnpricedParts, false, String(encoding));
  }
});

test('an answer that is coded more often than anybody does it is not read', async () => {
  const plain = Buffer.from('{"usage":{"prompt_tokens":7}}');
  for (const [times, isUnknown] of [
    [4, false],
    [5, true],
  ] as const) {
    let bytes: Buffer = plain;
    for (let time = 0; time < times; time += 1) bytes = gzipSync(bytes);
    const tap = tapOf('application/json', Array.from({ length: times }, () => 'gzip').join(', '));
    tap.push(bytes);
    assert.equal((await finished(tap)).hasUnpricedParts, isUnknown, `${times} times`);
  }
});

test('a compressed answer that comes quicker than it can be decoded is given up', async () => {
  const event =
    'data: {"model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":1}}\n\n';
  // Half a member of gzip that says nothing: what is behind it waits.
  const stuffed = (megabytes: number): Buffer =>
    gzipSync(Buffer.concat([Buffer.from(`: ${'x'.repeat(20)}\n`), ...lines(megabytes), Buffer.from(event)]), {
      level: 0,
    });
  const lines = (megabytes: number): Buffer[] =>
    Array.from({ length: megabytes * 1024 }, () => Buffer.from(`: ${'x'.repeat(1020)}\n\n`));
  for (const [megabytes, isUnknown] of [
    [4, false],
    [20, true],
  ] as const) {
    const bytes = stuffed(megabytes);
    const tap = tapOf('text/event-stream', 'gzip');
    for (let at = 0; at < bytes.length; at += 65_536) tap.push(bytes.subarray(at, at + 65_536));
    assert.equal((await finished(tap)).hasUnpricedParts, isUnknown, `${megabytes} MB`);
  }
});

test('a compressed answer that was cut off says what it said until then', async () => {
  const tap = tapOf('text/event-stream', 'gzip');
  const whole = gzipSync(Buffer.from('data: {"model":"gpt-4o-mini","choices":[]}\n\n'.repeat(5000)));
  tap.push(whole.subarray(0, whole.length - 20));
  const reading = await finished(tap);
  assert.equal(reading.hasUnpricedParts, false);
});

test('an answer with very many members has its usage read, and a cost that is unknown', async () => {
  const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`key${index}`, index]));
  const usage = { prompt_tokens: 9, completion_tokens: 5 };
  const document = JSON.stringify({ model: 'gpt-4o-mini', many, usage });
  for (const [type, text] of [
    ['application/json', document],
    ['text/event-stream', `data: ${document}\n\ndata: [DONE]\n\n`],
  ] as const) {
    const tap = tapOf(type, null);
    tap.push(Buffer.from(text));
    const reading = await finished(tap);
    assert.equal(reading.runs[0]?.usage.inputTokens, 9, type);
    assert.equal(reading.hasUnpricedParts, true);
  }
});

test('a large answer with embeddings is read without being parsed, and priced', async () => {
  const path = '/v1/embeddings';
  const tap = tapOf('application/json', null, path);
  const embedding = Array.from({ length: 100_000 }, (_, index) => index / 7);
  const document = {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding }],
    model: 'text-embedding-3-small',
    usage: { prompt_tokens: 9, total_tokens: 9 },
  };
  tap.push(Buffer.from(JSON.stringify(document)));
  const reading = await finished(tap);
  assert.deepEqual([reading.runs[0]?.usage.inputTokens, reading.hasUnpricedParts], [9, false]);
});
