import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasManyValues, outlineOf } from './outline.ts';

const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`key${index}`, index]));

test('many members are told from long texts, however many quotes those hold', () => {
  assert.equal(hasManyValues(Buffer.from(JSON.stringify(many))), true);
  assert.equal(hasManyValues(Buffer.from(JSON.stringify({ text: '"a":1,'.repeat(200_000) }))), false);
  assert.equal(hasManyValues(Buffer.from('{"a":1}')), false);
  for (const value of ['"\\\\"', '"\\""', '"a\\\\\\""']) {
    const list = (count: number) => Buffer.from(`[${`${value},`.repeat(count)}1]`);
    assert.equal(hasManyValues(list(30_000)), false, value);
    assert.equal(hasManyValues(list(200_000)), true, value);
  }
});

test('lists of numbers, empty lists and depth count too, blanks do not', () => {
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  assert.equal(hasManyValues(json(Array.from({ length: 50_000 }, (_, index) => index))), false);
  assert.equal(hasManyValues(json(Array.from({ length: 500_000 }, (_, index) => index))), true);
  assert.equal(hasManyValues(json(Array.from({ length: 100_000 }, () => []))), true);
  assert.equal(hasManyValues(Buffer.from('['.repeat(100_000))), true);
  assert.equal(hasManyValues(Buffer.from(`{${' '.repeat(5_000_000)}}`)), false);
});

test('the outline holds the first plain members and the last usage, wherever the large part lies', () => {
  const head = { id: 'r "1"', object: 'response', model: 'gpt-5', created: 17, done: true };
  const usage = { input_tokens: 9, details: { cached_tokens: 3 } };
  const document = { ...head, many, note: 'the "usage": {"input_tokens": 1}', usage };
  assert.deepEqual(outlineOf(Buffer.from(JSON.stringify(document))), { ...head, usage });
  assert.deepEqual(outlineOf(Buffer.from(JSON.stringify({ usage, many }))), { usage });
  assert.equal(outlineOf(Buffer.from('[1]')), null);
});

test('whatever the bytes, an outline is found or not, without a fault', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.json(), fc.string(), fc.constantFrom('{"usage"', '{"usage":', '{"usage":{')),
      (text) => {
        const outline = outlineOf(Buffer.from(text));
        assert.ok(outline === null || typeof outline === 'object');
      },
    ),
    { numRuns: 500 },
  );
});
