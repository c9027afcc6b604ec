import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CachedAnswer } from '../../cache/ports.ts';
import { SqliteCacheEntries } from './cache-entries.ts';
import { SqliteDatabase } from './database.ts';

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

function answer(key: string, more: Partial<CachedAnswer> = {}): CachedAnswer {
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

function withEntries(
  name: string,
  work: (entries: SqliteCacheEntries, database: SqliteDatabase) => Promise<void>,
): void {
  test(name, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-entries-'));
    const database = new SqliteDatabase(folder);
    try {
      await work(new SqliteCacheEntries(database.connection), database);
    } finally {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** Bodies come back as plain bytes. */
async function found(entries: SqliteCacheEntries, key: string, nowMs = 500): Promise<unknown> {
  const stored = await entries.findAnswer(key, nowMs);
  return stored === null || stored === 'corrupt' ? stored : { ...stored, body: Buffer.from(stored.body) };
}

withEntries('an answer comes back as it was put, and a later one takes its place', async (entries) => {
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

withEntries('an answer is good until the millisecond in which it expires', async (entries) => {
  await entries.putAnswer(answer('a'));
  assert.notEqual(await found(entries, 'a', 999), null);
  assert.equal(await found(entries, 'a', 1000), null);
  assert.equal(await entries.sweepAnswers(999, 1e9), 0);
  assert.equal(await entries.sweepAnswers(1000, 1e9), 1);
});

for (const column of ['body', 'facts', 'checksum'] as const) {
  withEntries(
    `a row whose ${column} was changed is corrupt, once, and then gone`,
    async (entries, database) => {
      await entries.putAnswer(answer('a'));
      const value =
        column === 'body' ? "CAST('{}' AS BLOB)" : column === 'facts' ? "replace(facts, '42', '41')" : "'x'";
      database.connection.exec(`UPDATE cache_answers SET ${column} = ${value}`);
      assert.equal(await found(entries, 'a'), 'corrupt');
      assert.equal(await found(entries, 'a'), null);
    },
  );
}

withEntries('an answer under the key of another is corrupt', async (entries, database) => {
  await entries.putAnswer(answer('a'));
  database.connection.exec("UPDATE cache_answers SET key = 'b'");
  assert.equal(await found(entries, 'b'), 'corrupt');
});

withEntries('the longest unused answers go until the rest fits', async (entries) => {
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

withEntries('clearing takes one model or all, and raises the generation', async (entries) => {
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

withEntries('an id may be cut short while it says which', async (entries) => {
  for (const key of ['abc', 'abd', 'b%']) await entries.putAnswer(answer(key));
  const ids = async (prefix: string): Promise<string[]> =>
    (await entries.answersById(prefix)).map(({ key }) => key);
  assert.deepEqual(await ids('ab'), ['abc', 'abd']);
  assert.deepEqual(await ids('abd'), ['abd']);
  assert.deepEqual(await ids('%'), []);
});

withEntries('the secret stays with the database', async (entries, database) => {
  const secret = await entries.cacheSecret();
  assert.equal(secret.length, 32);
  assert.deepEqual(await new SqliteCacheEntries(database.connection).cacheSecret(), secret);
});
