import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../core/clock.ts';
import { answer } from '../storage/conformance/cache.ts';
import { AnswerCache } from './answer-cache.ts';
import type { CachedAnswer, CacheEntries } from './ports.ts';

const DAY_MS = 86_400_000;
const ANSWER = answer('k', { createdAtMs: 1000, expiresAtMs: 1000 + DAY_MS });

/** A store that holds nothing, but for what a test says. */
function entriesWith(behaviour: Partial<CacheEntries>): CacheEntries {
  return {
    cacheSecret: async () => new Uint8Array(32),
    cacheGeneration: async () => 1,
    findAnswer: async () => null,
    putAnswer: async () => {},
    touchAnswers: async () => {},
    sweepAnswers: async () => 0,
    clearAnswers: async () => 0,
    answersById: async () => [],
    recentAnswers: async () => [],
    cacheFacts: async () => ({ entries: 0, bytes: 0, expired: 0, uses: {}, savedNanoUsd: 0 }),
    ...behaviour,
  };
}

async function cacheOver(
  behaviour: Partial<CacheEntries>,
  nowMs = 2000,
): Promise<{ cache: AnswerCache; warnings: string[] }> {
  const warnings: string[] = [];
  const clock: Clock = { now: () => nowMs, monotonicMs: () => nowMs };
  const cache = new AnswerCache({
    entries: entriesWith(behaviour),
    clock,
    ttlMs: DAY_MS,
    memoryBytesMax: 1e6,
    storeBytesMax: 1e6,
    lookupTimeoutMs: 20,
    warn: (message) => warnings.push(message),
  });
  await cache.start();
  return { cache, warnings };
}

const find = (cache: AnswerCache, maxAgeMs = Number.POSITIVE_INFINITY): Promise<CachedAnswer | null> =>
  new Promise((resolve) => cache.find('k', maxAgeMs, resolve));

test('a store that is too slow is a miss', async () => {
  const late = Promise.withResolvers<CachedAnswer>();
  const { cache } = await cacheOver({ findAnswer: () => late.promise });
  assert.equal(await find(cache), null);
  late.resolve(ANSWER);
  await late.promise;
  // What came too late for one request serves the next from memory.
  assert.equal(await find(cache), ANSWER);
  await cache.close();
});

test('a broken store is a miss, and is warned of once', async () => {
  const broken = async (): Promise<never> => {
    throw new Error('disk gone');
  };
  const { cache, warnings } = await cacheOver({ findAnswer: broken, putAnswer: broken });
  assert.equal(await find(cache), null);
  assert.equal(await find(cache), null);
  cache.put(ANSWER);
  assert.equal(await find(cache), ANSWER);
  assert.deepEqual(warnings, ['Cache: disk gone. Requests go upstream.']);
  await cache.close();
});

test('a damaged answer is a miss with a warning', async () => {
  const { cache, warnings } = await cacheOver({ findAnswer: async () => 'corrupt' });
  assert.equal(await find(cache), null);
  assert.match(warnings[0] ?? '', /was damaged and is gone/);
  await cache.close();
});

test('an answer older than a request allows is a miss for that request only', async () => {
  const { cache } = await cacheOver({ findAnswer: async () => ANSWER });
  assert.equal(await find(cache, 1000), null);
  assert.equal(await find(cache, 1001), ANSWER);
  assert.equal(await find(cache, 1000), null);
  assert.equal(await find(cache), ANSWER);
  await cache.close();
});

test('uses are written down when the cache closes', async () => {
  const written: unknown[] = [];
  const { cache } = await cacheOver({ touchAnswers: async (uses, atMs) => void written.push(uses, atMs) });
  cache.used('k');
  cache.used('k');
  await cache.close();
  assert.deepEqual(written, [[['k', 2]], 2000]);
});

test('a store that hangs is looked at by one look, and by the next when that has ended', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  let asked = 0;
  const hanging = Promise.withResolvers<number>();
  const cacheGeneration = async (): Promise<number> => {
    asked += 1;
    return asked === 2 ? hanging.promise : 1;
  };
  const { cache } = await cacheOver({ cacheGeneration });
  context.mock.timers.tick(60_000);
  hanging.resolve(1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(asked, 2);
  context.mock.timers.tick(1000);
  assert.equal(asked, 3);
  await cache.close();
});
