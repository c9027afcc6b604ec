// What every store must do with the questions behind the cache's answers, and with what checks found of them.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cosineSimilarity } from '../../cache/embedder.ts';
import type { StoredQuestion } from '../../cache/semantic/ports.ts';
import { NEW_STANDING } from '../../cache/semantic/trust.ts';
import { answer as cachedAnswer } from './cache.ts';
import { type Check, endOf, startOf } from './model.ts';

const answer = (key: string, createdAtMs = 100) => cachedAnswer(key, { createdAtMs });

function unit(values: readonly number[]): Float32Array {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
}

export function question(key: string, more: Partial<StoredQuestion> = {}): StoredQuestion {
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

export function testSemantic(check: Check): void {
  check(
    'a question comes back as it was put, with what was learnt of it',
    async ({ cache: answers, semantic }) => {
      await answers.putAnswer(answer('a'));
      await semantic.putQuestion(question('a'));
      const standing = { distanceBelow: 0.0123, prompts: 3, promptsAllowed: 16, agreed: 2, disagreed: 1 };
      await semantic.putStanding('a', standing);
      const expected = question('a', { standing });
      assert.deepEqual(await semantic.partitionQuestions('p', 500, 10), {
        questions: [expected],
        corrupt: 0,
      });
      assert.deepEqual(await semantic.bodyQuestions('b', 500, 10), [expected]);
      assert.deepEqual(await semantic.questionOf('a'), expected);
      assert.deepEqual((await semantic.partitionQuestions('other', 500, 10)).questions, []);
    },
  );

  check('a question goes with its answer, however that goes', async ({ cache: answers, semantic }) => {
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

  check(
    'the newest of a partition come, the oldest of them first, and no expired ones',
    async ({ cache: answers, semantic }) => {
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
    ['vector', Buffer.from('0000803F00000000', 'hex')],
    ['vector', Buffer.from('0102', 'hex')],
    ['text', 'What else?'],
    ['partition', 'p2'],
    ['embedder', 'e2'],
    ['checksum', 'x'],
  ] as const) {
    check(
      `a row whose ${column} became ${typeof value === 'string' ? value : value.toString('hex')} is counted, and gone`,
      async ({ cache: answers, semantic, damage }) => {
        for (const key of ['a', 'b']) {
          await answers.putAnswer(answer(key));
          await semantic.putQuestion(question(key));
        }
        await damage('cache_questions', column, 'a', value);
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

  check(
    'the nearest of a partition are those that comparing all finds, where the store compares',
    async (store) => {
      const { cache: answers, semantic, comparesPrompts } = store;
      const place = await semantic.openSearch(4);
      assert.equal(place.by, comparesPrompts ? 'store' : 'memory', place.about);
      if (!comparesPrompts) {
        await assert.rejects(semantic.nearestQuestions('p', unit([1, 0, 0, 0]), 5, 500));
        return;
      }
      const values = fc.sample(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 4, maxLength: 4 }), {
        numRuns: 60,
        seed: 1,
      });
      const questions = values.map((given, index) =>
        question(`k${index}`, {
          partition: index % 3 === 0 ? 'other' : 'p',
          vector: unit([...given.slice(0, 3), 1 + Math.abs(given[3] ?? 0)]),
          expiresAtMs: index % 5 === 0 ? 400 : 1000,
        }),
      );
      for (const each of questions) {
        await answers.putAnswer(cachedAnswer(each.key, { expiresAtMs: each.expiresAtMs }));
        await semantic.putQuestion(each);
      }
      const asked = unit([3, -1, 2, 1]);
      const expected = questions
        .filter(({ partition, expiresAtMs }) => partition === 'p' && expiresAtMs > 500)
        .toSorted((one, other) => cosineSimilarity(asked, other.vector) - cosineSimilarity(asked, one.vector))
        .slice(0, 5);
      const found = await semantic.nearestQuestions('p', asked, 5, 500);
      assert.equal(found.corrupt, 0);
      assert.deepEqual(
        found.questions.map(({ vector }) => cosineSimilarity(asked, vector).toFixed(6)),
        expected.map(({ vector }) => cosineSimilarity(asked, vector).toFixed(6)),
      );
      assert.deepEqual(found.questions[0], expected[0]);
      assert.deepEqual((await semantic.nearestQuestions('nobody', asked, 5, 500)).questions, []);
      await answers.clearAnswers(null);
      assert.deepEqual((await semantic.nearestQuestions('p', asked, 5, 500)).questions, []);
    },
  );

  check('a damaged question is no neighbour, and gone', async (store) => {
    const { cache: answers, semantic, comparesPrompts, damage } = store;
    if (!comparesPrompts) return;
    await semantic.openSearch(2);
    for (const key of ['a', 'b']) {
      await answers.putAnswer(answer(key));
      await semantic.putQuestion(question(key));
    }
    await damage('cache_questions', 'text', 'a', 'What else?');
    const vector = question('a').vector;
    const { questions, corrupt } = await semantic.nearestQuestions('p', vector, 5, 500);
    assert.deepEqual([questions.map(({ key }) => key), corrupt], [['b'], 1]);
    assert.equal(await semantic.questionOf('a'), null);
  });

  check('vectors count against the bound of the cache', async ({ cache: answers, semantic }) => {
    await answers.putAnswer(answer('a'));
    const before = (await answers.cacheFacts(0, 0)).bytes;
    await semantic.putQuestion(question('a'));
    const after = (await answers.cacheFacts(0, 0)).bytes;
    assert.equal(after - before, 8 + question('a').text.length);
  });

  check(
    'trust and counts stay, and clearing everything forgets what was found',
    async ({ cache: answers, semantic }) => {
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

  check(
    'facts tell what is stored, what checks cost, and how the tier is',
    async ({ cache, semantic, take }) => {
      const cost = { cacheUse: 'shadow', costNanoUsd: 5 } as const;
      await take([1, 2].map((number) => ({ start: startOf(number), end: endOf(cost) })));
      for (const [key, distanceBelow] of [
        ['a', 0],
        ['b', 0.01],
        ['c', null],
      ] as const) {
        await cache.putAnswer(answer(key));
        await semantic.putQuestion(question(key));
        await semantic.putStanding(key, { ...NEW_STANDING, distanceBelow });
      }
      const status = {
        embedder: 'e',
        state: 'working',
        reason: null,
        distanceMax: 0.1,
        shadowRate: 0,
        errorMax: 0,
        comparedBy: 'somewhere',
        atMs: 7,
      } as const;
      await semantic.putTierStatus(status);
      const facts = await semantic.semanticFacts(startOf(2).startedAtMs);
      assert.deepEqual(facts.status, status);
      assert.deepEqual(facts.questions, { e: 3 });
      assert.deepEqual([facts.stoppedEntries, facts.tightenedEntries, facts.shadowCostNanoUsd], [1, 1, 5]);
    },
  );
}
