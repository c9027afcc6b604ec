import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { HeldRoom } from '../../core/held-room.ts';
import type { BodyMeter, MeterReading, ParsedDocument } from '../../core/protocol.ts';
import { openai } from '../../protocols/openai/protocol.ts';
import { AnswerThread } from './answer-thread.ts';
import { MeterTap } from './meter-tap.ts';
import { type LargeParser, PacedMeter, TURN_BYTES_MAX } from './paced-meter.ts';

const PATH = '/v1/chat/completions';
const USAGE = { prompt_tokens: 7, completion_tokens: 5 };
const STREAM = 'text/event-stream';
const guarded = {
  crash(fault: unknown) {
    throw fault;
  },
};
const NOBODY: LargeParser = { parse: () => assert.fail('nothing large is in it') };
const thread = new AnswerThread();

function meterOf(contentType: string): BodyMeter {
  const meter = openai.meter(openai.endpoint('POST', PATH), { status: 200, contentType }, PATH);
  assert.ok(meter !== null);
  return meter;
}

const pacedOf = (contentType: string, parser: LargeParser = thread): PacedMeter =>
  new PacedMeter(meterOf(contentType), { guarded, parser, room: new HeldRoom() });
const event = (content: string, more: object = {}): Buffer =>
  Buffer.from(`data: ${JSON.stringify({ model: 'gpt-4o', choices: [{ delta: { content } }], ...more })}\n\n`);
const documentOf = (more: object): Buffer =>
  Buffer.from(JSON.stringify({ model: 'gpt-4o', ...more, usage: USAGE }));

async function readingOf(paced: PacedMeter): Promise<MeterReading> {
  await new Promise<void>((resolve) => paced.finish(resolve));
  return paced.end();
}

/** How many turns the loop has while `work` is done. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let [turns, isDone] = [0, false];
  const done = work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    turns += 1;
    await nextTurn();
  }
  await done;
  return turns;
}

test('a small answer is read at once, to its end', () => {
  const paced = pacedOf(STREAM, NOBODY);
  paced.push(event('a'));
  paced.push(event('b', { usage: USAGE }));
  let isRead = false;
  paced.finish(() => {
    isRead = true;
  });
  assert.ok(isRead);
  assert.equal(paced.end().runs[0]?.usage.inputTokens, 7);
  assert.equal(paced.generatedText(), 'ab');
});

test('of a large answer so much is read in each turn of the loop, in order, and all of it in the end', async () => {
  const paced = pacedOf(STREAM, NOBODY);
  const one = event('a');
  const count = Math.ceil((5 * TURN_BYTES_MAX) / one.length);
  const body = Buffer.concat([...Array<Buffer>(count).fill(one), event('b', { usage: USAGE })]);
  for (let at = 0; at < body.length; at += 50_000) paced.push(body.subarray(at, at + 50_000));
  const perTurn = Math.ceil(TURN_BYTES_MAX / one.length);
  let before = paced.generatedText().length;
  assert.ok(before > 0 && before <= perTurn, `${before} at once`);
  const reading = readingOf(paced);
  let turns = 0;
  while (paced.generatedText().length <= count) {
    await nextTurn();
    const now = paced.generatedText().length;
    assert.ok(now - before <= 2 * perTurn, `${now - before} in a turn`);
    before = now;
    turns += 1;
  }
  assert.ok(turns >= 3);
  assert.equal((await reading).runs[0]?.usage.inputTokens, 7);
  assert.equal(paced.generatedText(), `${'a'.repeat(count)}b`);
});

test('a large document is parsed in another thread while the loop goes on', async () => {
  const paced = pacedOf('application/json');
  const content = 'größe ☃ '.repeat(100_000);
  paced.push(documentOf({ choices: [{ message: { content }, finish_reason: 'stop' }] }));
  const reading = readingOf(paced);
  assert.ok((await turnsDuring(reading)) > 1, 'the loop stood still');
  const { runs, finishReason, hasUnpricedParts } = await reading;
  assert.deepEqual([runs[0]?.usage.outputTokens, finishReason, hasUnpricedParts], [5, 'stop', false]);
  assert.equal(paced.generatedText(), content);
});

test('what comes behind a large event is read after it', async () => {
  const paced = pacedOf(STREAM);
  const large = 'b'.repeat(700_000);
  const body = Buffer.concat([event('a'), event(large), event('c'), event('d'.repeat(300_000)), event('e')]);
  for (let at = 0; at < body.length; at += 9999) paced.push(body.subarray(at, at + 9999));
  assert.equal(paced.generatedText(), 'a');
  await readingOf(paced);
  assert.equal(paced.generatedText(), `a${large}c${'d'.repeat(300_000)}e`);
});

test('where nobody can parse what is large, the cost is unknown', async () => {
  const parser: LargeParser = { parse: (_document, done) => setImmediate(done, null) };
  for (const [type, body] of [
    ['application/json', documentOf({ pad: 'x'.repeat(500_000) })],
    [STREAM, Buffer.concat([event('x'.repeat(500_000)), event('a', { usage: USAGE })])],
  ] as const) {
    const paced = pacedOf(type, parser);
    paced.push(body);
    assert.equal((await readingOf(paced)).hasUnpricedParts, true, type);
  }
});

test('nothing is parsed of an answer that was given up', async () => {
  const paced = pacedOf('application/json', NOBODY);
  paced.push(documentOf({ pad: 'x'.repeat(500_000) }));
  paced.giveUp();
  paced.push(documentOf({}));
  const reading = await readingOf(paced);
  assert.deepEqual([paced.gaveUp, reading.runs.length], [true, 0]);
});

test('an answer that expands without end is neither kept nor parsed', async () => {
  const paced = pacedOf('application/json', NOBODY);
  const tap = new MeterTap(paced, 'gzip');
  tap.push(gzipSync(Buffer.alloc(40 * 1024 * 1024)));
  const reading = await new Promise<MeterReading>((resolve) => tap.finish(resolve));
  assert.deepEqual([paced.gaveUp, reading.hasUnpricedParts], [true, true]);
});

test('more bytes than may wait are given up', async () => {
  const paced = pacedOf(STREAM, NOBODY);
  const bytes = Buffer.alloc(1024 * 1024, ': x\n');
  for (let pushed = 0; pushed < 70; pushed += 1) paced.push(bytes);
  assert.ok(paced.gaveUp);
  await readingOf(paced);
});

test('a thread that dies over a document costs that document, and the next one gets another', async () => {
  const own = new AnswerThread();
  const parse = (bytes: Buffer): Promise<ParsedDocument | null> =>
    new Promise((resolve) => own.parse({ pieces: [bytes], needsOutlineOnly: false }, resolve));
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const lost = await parse(Buffer.from(deep));
  assert.ok(lost === null || lost.documents.length <= 1);
  assert.deepEqual(await parse(Buffer.from('{"a":1}')), {
    documents: [{ a: 1 }],
    isWhole: true,
    isOutline: false,
  });
});
