import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { answer as answerOf } from '../storage/conformance/cache.ts';
import { MemoryTier } from './memory-tier.ts';
import type { CachedAnswer } from './ports.ts';

const KILOBYTE = 1024;

const answer = (key: string, bytes: number, expiresAtMs = 1000): CachedAnswer =>
  answerOf(key, { body: Buffer.alloc(bytes), createdAtMs: 0, expiresAtMs });

test('the least recently used answer goes first', () => {
  const memory = new MemoryTier(32 * KILOBYTE);
  for (const key of ['a', 'b', 'c']) memory.put(answer(key, 8 * KILOBYTE));
  assert.equal(memory.find('a', 0)?.key, 'a');
  memory.put(answer('d', 8 * KILOBYTE));
  assert.equal(memory.find('b', 0), null);
  for (const key of ['a', 'c', 'd']) assert.equal(memory.find(key, 0)?.key, key);
});

test('an answer that is larger than all the room makes nobody go', () => {
  const memory = new MemoryTier(32 * KILOBYTE);
  memory.put(answer('a', 8 * KILOBYTE));
  memory.put(answer('large', 33 * KILOBYTE));
  assert.deepEqual([memory.find('a', 0)?.key, memory.find('large', 0)], ['a', null]);
});

test('an answer is good until the millisecond in which it expires', () => {
  const memory = new MemoryTier(32 * KILOBYTE);
  memory.put(answer('a', 10));
  assert.equal(memory.find('a', 999)?.key, 'a');
  assert.equal(memory.find('a', 1000), null);
  assert.equal(memory.bytes, 0);
});

test('whatever is put and taken, the bytes stay within the bound and add up', () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    bytes: fc.nat(20 * KILOBYTE),
    find: fc.boolean(),
    nowMs: fc.nat(1500),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const memory = new MemoryTier(40 * KILOBYTE);
      for (const { key, bytes, find, nowMs } of steps) {
        if (find) memory.find(key, nowMs);
        else memory.put(answer(key, bytes));
        assert.ok(memory.bytes <= 40 * KILOBYTE && memory.bytes >= 0);
        assert.equal(memory.size === 0, memory.bytes === 0);
      }
    }),
  );
});
