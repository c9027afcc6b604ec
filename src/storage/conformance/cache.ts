// What every store must do with the cache's answers.

import assert from 'node:assert/strict';
import type { AnswerPlace, CachedAnswer, CacheEntries } from '../../cache/ports.ts';
import { type Check, endOf, startOf } from './model.ts';

const PARTS: CachedAnswer['parts'] = {
  caller: 'c',
  address: 'a',
  headers: 'h',
  model: 'm',
  system: 's',
  tools: 't',
  format: 'f',
  turns: 'u',
  parameters: 'p',
};

export function answer(key: string, more: Partial<CachedAnswer> = {}): CachedAnswer {
  return {
    key,
    parts: PARTS,
    protocol: 'openai',
    endpoint: 'responses',
    model: 'm',
    form: 'document',
    body: Buffer.from(`{"id":"${key}"}`),
    createdAtMs: 100,
    expiresAtMs: 1000,
    modelUsed: 'm-1',
    responseId: key,
    finishReason: 'completed',
    costNanoUsd: 42,
    ...more,
  };
}

/** Bodies come back as plain bytes. */
async function found(entries: CacheEntries, key: string, nowMs = 500): Promise<unknown> {
  const stored = await entries.findAnswer(key, nowMs);
  return stored === null || stored === 'corrupt' ? stored : { ...stored, body: Buffer.from(stored.body) };
}

export function testCache(check: Check): void {
  check('an answer comes back as it was put, and a later one takes its place', async ({ cache: entries }) => {
    await entries.putAnswer(answer('a'));
    assert.deepEqual(await found(entries, 'a'), answer('a'));
    assert.equal(await found(entries, 'b'), null);
    const stream = answer('a', {
      form: 'stream',
      body: Buffer.from([0, 255, 10]),
      costNanoUsd: null,
      model: null,
    });
    await entries.putAnswer(stream);
    assert.deepEqual(await found(entries, 'a'), stream);
  });

  check('an answer is good until the millisecond in which it expires', async ({ cache: entries }) => {
    await entries.putAnswer(answer('a'));
    assert.notEqual(await found(entries, 'a', 999), null);
    assert.equal(await found(entries, 'a', 1000), null);
    assert.equal(await entries.sweepAnswers(999, 1e9), 0);
    assert.equal(await entries.sweepAnswers(1000, 1e9), 1);
  });

  for (const column of ['body', 'facts', 'checksum'] as const) {
    check(
      `a row whose ${column} was changed is corrupt, once, and then gone`,
      async ({ cache: entries, damage }) => {
        await entries.putAnswer(answer('a'));
        const kept = await entries.findAnswer('a', 500);
        assert.ok(kept !== null && kept !== 'corrupt');
        const { body: _, ...facts } = kept;
        const dearer = JSON.stringify({ ...facts, costNanoUsd: 41 });
        const value = { body: Buffer.from('{}'), facts: dearer, checksum: 'x' }[column];
        await damage('cache_answers', column, 'a', value);
        assert.equal(await found(entries, 'a'), 'corrupt');
        assert.equal(await found(entries, 'a'), null);
      },
    );
  }

  check('an answer under the key of another is corrupt', async ({ cache: entries, damage }) => {
    await entries.putAnswer(answer('a'));
    await damage('cache_answers', 'key', 'a', 'b');
    assert.equal(await found(entries, 'b'), 'corrupt');
  });

  check('the longest unused answers go until the rest fits', async ({ cache: entries }) => {
    const body = Buffer.alloc(10_000);
    for (const [index, key] of ['a', 'b', 'c', 'd'].entries())
      await entries.putAnswer(answer(key, { body, createdAtMs: 100 + index }));
    await entries.touchAnswers([['a', 3]], 400);
    assert.equal(await entries.sweepAnswers(500, 25_000), 2);
    assert.equal(await found(entries, 'b'), null);
    assert.equal(await found(entries, 'c'), null);
    assert.notEqual(await found(entries, 'a'), null);
    const recent = await entries.recentAnswers('openai', 'responses', 10);
    assert.deepEqual(
      recent.map(({ key, hits }) => [key, hits]),
      [
        ['d', 0],
        ['a', 3],
      ],
    );
    assert.ok((await entries.cacheFacts(500, 0)).bytes <= 25_000);
  });

  check('the newest answers come page by page, each of them once', async ({ cache: entries }) => {
    // Three of one moment: a page may end between them.
    for (const [key, createdAtMs] of [
      ['a', 100],
      ['b', 300],
      ['c', 200],
      ['d', 200],
      ['e', 200],
    ] as const)
      await entries.putAnswer(answer(key, { createdAtMs }));
    await entries.putAnswer(answer('f', { createdAtMs: 250, endpoint: 'completions' }));
    const seen: string[] = [];
    for (let behind: AnswerPlace | undefined; ; ) {
      const page = await entries.recentAnswers('openai', 'responses', 2, behind);
      seen.push(...page.map(({ key }) => key));
      behind = page.at(-1);
      if (behind === undefined) break;
      // What comes meanwhile shifts nothing.
      await entries.putAnswer(answer(`new-${seen.length}`, { createdAtMs: 400 }));
    }
    assert.deepEqual(seen, ['b', 'e', 'd', 'c', 'a']);
  });

  check('clearing takes one model or all, and raises the generation', async ({ cache: entries }) => {
    for (const [key, model] of [
      ['a', 'm'],
      ['b', 'n'],
      ['c', null],
    ] as const)
      await entries.putAnswer(answer(key, { model }));
    const before = await entries.cacheGeneration();
    assert.equal(await entries.clearAnswers('m'), 1);
    assert.equal(await entries.cacheGeneration(), before + 1);
    assert.equal(await entries.clearAnswers(null), 2);
    assert.equal((await entries.cacheFacts(0, 0)).entries, 0);
  });

  check('an id may be cut short while it says which', async ({ cache: entries }) => {
    for (const key of ['abc', 'abd', 'b%']) await entries.putAnswer(answer(key));
    const ids = async (prefix: string): Promise<string[]> =>
      (await entries.answersById(prefix)).map(({ key }) => key);
    assert.deepEqual(await ids('ab'), ['abc', 'abd']);
    assert.deepEqual(await ids('abd'), ['abd']);
    assert.deepEqual(await ids('%'), []);
  });

  check('the secret stays with the database', async ({ cache }) => {
    const secret = await cache.cacheSecret();
    assert.equal(secret.length, 32);
    assert.deepEqual(await cache.cacheSecret(), secret);
  });

  check('facts tell how requests used the cache, and what it saved', async ({ cache, take }) => {
    await take([
      { start: startOf(1), end: endOf({ cacheUse: 'exact', savedNanoUsd: 7, outcome: 'cached' }) },
      { start: startOf(2), end: endOf({ cacheUse: 'miss' }) },
      { start: startOf(3), end: endOf({ cacheUse: 'exact', savedNanoUsd: null }) },
      { start: startOf(4), end: endOf() },
    ]);
    const { uses, savedNanoUsd } = await cache.cacheFacts(0, startOf(1).startedAtMs);
    assert.deepEqual([uses, savedNanoUsd], [{ exact: 2, miss: 1 }, 7]);
    assert.deepEqual((await cache.cacheFacts(0, startOf(3).startedAtMs)).uses, { exact: 1 });
  });
}
