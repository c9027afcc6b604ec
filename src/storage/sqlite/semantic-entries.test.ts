import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CachedAnswer } from '../../cache/ports.ts';
import type { StoredQuestion } from '../../cache/semantic/ports.ts';
import { NEW_STANDING } from '../../cache/semantic/trust.ts';
import { SqliteCacheEntries } from './cache-entries.ts';
import { SqliteDatabase } from './database.ts';
import { SqliteSemanticEntries } from './semantic-entries.ts';

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

function answer(key: string, createdAtMs = 100): CachedAnswer {
  return {
    key,
    parts: PARTS,
    protocol: 'openai',
    endpoint: 'responses',
    model: 'm',
    form: 'document',
    body: Buffer.from('{}'),
    createdAtMs,
    expiresAtMs: 1000,
    modelUsed: null,
    responseId: null,
    finishReason: 'completed',
    costNanoUsd: 42,
  };
}

function question(key: string, more: Partial<StoredQuestion> = {}): StoredQuestion {
  return {
    key,
    partition: 'p',
    bodyPartition: 'b',
    embedder: 'e',
    text: `What is ${key}?`,
    vector: Float32Array.from([0.6, -0.8]),
    expiresAtMs: 1000,
    standing: NEW_STANDING,
    ...more,
  };
}

interface Stores {
  readonly answers: SqliteCacheEntries;
  readonly semantic: SqliteSemanticEntries;
  readonly database: SqliteDatabase;
}

function withStores(name: string, work: (stores: Stores) => Promise<void>): void {
  test(name, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-questions-'));
    const database = new SqliteDatabase(folder);
    try {
      const { connection } = database;
      await work({
        answers: new SqliteCacheEntries(connection),
        semantic: new SqliteSemanticEntries(connection),
        database,
      });
    } finally {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

withStores(
  'a question comes back as it was put, with what was learnt of it',
  async ({ answers, semantic }) => {
    await answers.putAnswer(answer('a'));
    await semantic.putQuestion(question('a'));
    const standing = { distanceBelow: 0.0123, prompts: 3, promptsAllowed: 16, agreed: 2, disagreed: 1 };
    await semantic.putStanding('a', standing);
    const expected = question('a', { standing });
    assert.deepEqual(await semantic.partitionQuestions('p', 500, 10), { questions: [expected], corrupt: 0 });
    assert.deepEqual(await semantic.bodyQuestions('b', 500, 10), [expected]);
    assert.deepEqual(await semantic.questionOf('a'), expected);
    assert.deepEqual((await semantic.partitionQuestions('other', 500, 10)).questions, []);
  },
);

withStores('a question goes with its answer, however that goes', async ({ answers, semantic }) => {
  const put = async (key: string): Promise<void> => {
    await answers.putAnswer(answer(key));
    await semantic.putQuestion(question(key));
  };
  await put('a');
  await answers.sweepAnswers(1000, 1e9);
  assert.equal(await semantic.questionOf('a'), null);
  await put('a');
  await answers.clearAnswers(null);
  assert.equal(await semantic.questionOf('a'), null);
  await put('a');
  await answers.putAnswer(answer('a'));
  assert.equal(await semantic.questionOf('a'), null);
  await semantic.putQuestion(question('nobody'));
  assert.equal(await semantic.questionOf('nobody'), null);
});

withStores(
  'the newest of a partition come, the oldest of them first, and no expired ones',
  async ({ answers, semantic }) => {
    for (const [index, key] of ['a', 'b', 'c', 'd'].entries()) {
      await answers.putAnswer(answer(key, 100 + index));
      await semantic.putQuestion(question(key));
    }
    const { questions } = await semantic.partitionQuestions('p', 500, 3);
    assert.deepEqual(
      questions.map(({ key }) => key),
      ['b', 'c', 'd'],
    );
    assert.deepEqual((await semantic.partitionQuestions('p', 1000, 3)).questions, []);
  },
);

for (const [column, value] of [
  ['vector', "x'0000803F00000000'"],
  ['vector', "x'0102'"],
  ['text', "'What else?'"],
  ['partition', "'p2'"],
  ['embedder', "'e2'"],
  ['checksum', "'x'"],
] as const) {
  withStores(
    `a row whose ${column} became ${value} is counted, and gone`,
    async ({ answers, semantic, database }) => {
      for (const key of ['a', 'b']) {
        await answers.putAnswer(answer(key));
        await semantic.putQuestion(question(key));
      }
      database.connection.exec(`UPDATE cache_questions SET ${column} = ${value} WHERE key = 'a'`);
      const partition = column === 'partition' ? 'p2' : 'p';
      const { questions, corrupt } = await semantic.partitionQuestions(partition, 500, 10);
      assert.equal(corrupt, 1);
      assert.deepEqual(
        questions.map(({ key }) => key),
        partition === 'p' ? ['b'] : [],
      );
      assert.equal((await semantic.partitionQuestions(partition, 500, 10)).corrupt, 0);
      assert.ok((await answers.findAnswer('a', 500)) !== null);
    },
  );
}

withStores('vectors count against the bound of the cache', async ({ answers, semantic }) => {
  await answers.putAnswer(answer('a'));
  const before = (await answers.cacheFacts(0, 0)).bytes;
  await semantic.putQuestion(question('a'));
  const after = (await answers.cacheFacts(0, 0)).bytes;
  assert.equal(after - before, 8 + question('a').text.length);
});

withStores(
  'trust and counts stay, and clearing everything forgets what was found',
  async ({ answers, semantic }) => {
    const trust = {
      scope: 'all:e',
      level: 1,
      checks: 3,
      disagreed: 1,
      totalChecks: 9,
      totalDisagreed: 4,
      undecided: 2,
      changedAtMs: 77,
    };
    await semantic.putScopeTrust({ ...trust, level: 0 });
    await semantic.putScopeTrust(trust);
    await semantic.addCounts([{ kind: 'guard', name: 'numbers', count: 2 }]);
    await semantic.addCounts([
      { kind: 'guard', name: 'numbers', count: 3 },
      { kind: 'lookup', name: 'hit', count: 1 },
    ]);
    const facts = await semantic.semanticFacts(0);
    assert.deepEqual(facts.trust, [trust]);
    assert.deepEqual(facts.counts, { guard: { numbers: 5 }, lookup: { hit: 1 } });
    await answers.clearAnswers('m');
    assert.equal((await semantic.scopeTrust()).length, 1);
    await answers.clearAnswers(null);
    assert.deepEqual(await semantic.scopeTrust(), []);
  },
);
