// What every store must do with texts that mean something to SQL: they are texts, in whatever column, and in whatever
// question.

import assert from 'node:assert/strict';
import { type BreakdownDimension, FILTER_NAMES, type RequestFilter } from '../../core/analytics.ts';
import { parseBudget } from '../../ledger/book/budget-request.ts';
import { answer } from './cache.ts';
import { type Check, endOf, idOf, type StoreUnderTest, startOf } from './model.ts';
import { itemOf } from './prompt-archive.ts';
import { question } from './semantic.ts';

/** None is a part of another, nor matches it as a pattern. */
export const SQL_TEXTS = [
  `x' OR '1'='1`,
  `'); DELETE FROM requests; -- `,
  `"a" || :p1 || ?1 || $1 || @b`,
  String.raw`%_\' /* $$ q'[ %`,
];

const ALL = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
/** Where a facet's name holds one, too. */
const facet = (text: string): string => text.replace(/[\s=,]/g, '');

export function testTexts(check: Check): void {
  check(
    'records with SQL in their texts come back as they were, and are found by them alone',
    async (store) => {
      await store.take(SQL_TEXTS.map((text, index) => recordOf(index + 1, text)));
      for (const [index, text] of SQL_TEXTS.entries()) await assertFound(store, idOf(index + 1), text);
      assert.equal((await store.analytics.recent({ limit: 10 })).length, SQL_TEXTS.length);
    },
  );

  check('rules, budgets and opinions with SQL in their texts stay apart', async (store) => {
    await store.take(SQL_TEXTS.map((text, index) => recordOf(index + 1, text)));
    for (const [index, text] of SQL_TEXTS.entries()) {
      await assertRules(store, text);
      await assertBudgets(store, text);
      const { feedback } = store;
      assert.equal((await feedback.rate(text, { rating: 4, atMs: 1 }))?.id, idOf(index + 1));
      assert.equal((await feedback.grade(text, { grade: 4, judge: text, atMs: 1 }))?.id, idOf(index + 1));
    }
    assert.equal(await store.feedback.rate(`' OR 1=1 --`, { rating: 1, atMs: 1 }), null);
    assert.equal((await store.analytics.recent({ limit: 10 })).length, SQL_TEXTS.length);
  });

  check('stored answers and prompts with SQL in their texts stay apart', async (store) => {
    for (const [index, text] of SQL_TEXTS.entries()) {
      await putAnswer(store, text);
      await putPrompt(store, index + 1, text);
    }
    for (const [index, text] of SQL_TEXTS.entries()) {
      await assertAnswer(store, text);
      await assertPrompt(store, itemOf(index + 1).id, text);
    }
    for (const text of SQL_TEXTS) assert.equal(await store.cache.clearAnswers(text), 1, text);
  });
}

const recordOf = (number: number, text: string) => ({
  start: startOf(number, {
    ...{ app: text, session: text, user: text, accessKey: text, userAgent: text, path: text },
    ...{ modelRequested: text, modelSent: text, routingRule: text },
    ...{ experiment: text, variant: text, tag: `${facet(text)}=x` },
  }),
  end: endOf({
    ...{ modelUsed: text, errorCode: text, upstreamRequestId: text, responseId: text, upstreamName: text },
  }),
});

async function assertFound({ analytics }: StoreUnderTest, id: string, text: string): Promise<void> {
  const tag = `${facet(text)}=x`;
  const asked: RequestFilter[] = FILTER_NAMES.filter((name) => name !== 'outcome').map((name) => ({
    [name]: name === 'tag' ? tag : text,
  }));
  for (const filter of asked) {
    const { records } = await analytics.requests({
      ...{ range: ALL, filter, sort: 'cost', limit: 10, cursor: null },
    });
    assert.deepEqual(
      records.map((record) => record.id),
      [id],
      JSON.stringify(filter),
    );
    assert.equal(records[0]?.app, text);
  }
  assert.equal((await analytics.summary(ALL, { text })).requests, 1);
  assert.equal((await analytics.dearestSessions(ALL, 5, { session: text })).rows[0]?.key, text);
  const by: BreakdownDimension = `tag:${facet(text)}`;
  const known = (await analytics.breakdown(ALL, by, 10)).filter(({ key }) => key !== null);
  assert.deepEqual(
    known.map(({ key, requests }) => [key, requests]),
    [['x', 1]],
  );
  assert.equal((await analytics.stacks(ALL, 1000, by, 10)).filter(({ key }) => key !== null).length, 1);
  const figures = await analytics.variantFigures({ experiment: text, unit: 'session', sinceMs: 0 });
  assert.deepEqual(
    figures.map(({ variant, requests }) => [variant, requests]),
    [[text, 1]],
  );
  assert.equal((await analytics.request(text))?.id ?? null, null);
}

async function assertRules({ rules }: StoreUnderTest, text: string): Promise<void> {
  const entry = { kind: 'route', name: text, definition: { text }, createdAtMs: 1 } as const;
  const named = async () => (await rules.rules()).entries.filter(({ name }) => name === text);
  assert.equal(await rules.addRule(entry), true);
  assert.equal(await rules.changeRule({ ...entry, definition: [text] }), true);
  assert.deepEqual(await named(), [{ ...entry, definition: [text] }]);
  await rules.addRule({ ...entry, name: 'plain' });
  await rules.removeRule('route', text);
  assert.deepEqual(
    (await rules.rules()).entries.map(({ name }) => name),
    ['plain'],
  );
}

async function assertBudgets({ budgets }: StoreUnderTest, text: string): Promise<void> {
  const scope = { app: text, model: text, tag: `${facet(text)}=x`, user: text, session: text, key: text };
  const budget = {
    ...parseBudget({ limit: '1', name: 'plain' }, { id: text, webhookSecret: 's', createdAtMs: 0 }),
    ...{ name: text, scope },
  };
  await budgets.putBudget(budget);
  await budgets.putKill({ id: text, scope, createdAtMs: 1 });
  const notice = {
    ...{ id: text, budgetId: text, periodStartMs: 0, threshold: 1, url: text, secret: text, body: text },
    ...{ createdAtMs: 100, attempts: 0 },
  };
  await budgets.addNotice(notice);
  assert.deepEqual(await budgets.dueNotices(100, 10), [notice]);
  await budgets.noticeFailed(text, text, null);
  const set = await budgets.budgetRules();
  assert.deepEqual([set.budgets, set.kills], [[budget], [{ id: text, scope, createdAtMs: 1 }]]);
  const [spent] = await budgets.spentSoFar([
    { scope: { ...scope, model: null }, fromMs: 0, toMs: ALL.toMs, unsettledIds: [text], per: 'session' },
  ]);
  assert.deepEqual(
    spent?.shares?.map(({ share, costNanoUsd }) => [share, costNanoUsd]),
    [[text, 100]],
  );
  await budgets.removeBudget(text);
  await budgets.removeKill(text);
  const left = await budgets.budgetRules();
  assert.deepEqual([left.budgets, left.kills], [[], []]);
}

async function putAnswer({ cache, semantic }: StoreUnderTest, text: string): Promise<void> {
  await cache.putAnswer(answer(text, { model: text, endpoint: text, modelUsed: text, responseId: text }));
  const places = { partition: text, bodyPartition: text, embedder: text };
  await semantic.putQuestion(question(text, { ...places, text }));
  await semantic.addCounts([{ kind: 'lookup', name: text, count: 1 }]);
}

async function assertAnswer({ cache, semantic }: StoreUnderTest, text: string): Promise<void> {
  const found = await cache.findAnswer(text, 500);
  assert.ok(found !== null && found !== 'corrupt');
  assert.equal(found.modelUsed, text);
  const begun = await cache.answersById(text.slice(0, 8));
  assert.deepEqual(
    begun.map(({ key }) => key),
    [text],
  );
  assert.equal((await cache.recentAnswers('openai', text, 10)).length, 1);
  assert.deepEqual(
    (await semantic.partitionQuestions(text, 500, 10)).questions.map(({ key }) => key),
    [text],
  );
  assert.equal((await semantic.bodyQuestions(text, 500, 10))[0]?.text, text);
  assert.equal((await semantic.questionOf(text))?.partition, text);
  assert.equal((await semantic.semanticFacts(0)).counts.lookup?.[text], 1);
}

async function putPrompt({ prompts }: StoreUnderTest, number: number, text: string): Promise<void> {
  const named = { app: text, session: text, endpoint: text, modelUsed: text, modelRequested: text };
  await prompts.putItem(itemOf(number, { ...named, tag: `${facet(text)}=x`, turnsDigest: text }), text);
  await prompts.putNumbering(text, text, text, 10);
}

async function assertPrompt({ prompts }: StoreUnderTest, id: string, text: string): Promise<void> {
  const query = { app: text, session: text, endpoint: text, tag: `${facet(text)}=x` };
  for (const asked of [query, { ...query, model: text }]) {
    const items = await prompts.items({ ...asked, order: 'newest', limit: 10 });
    assert.deepEqual(
      items.map((item) => item.id),
      [id],
    );
  }
  assert.deepEqual(await prompts.itemsById(text), []);
  assert.equal((await prompts.itemWithTurns(text, text, [text]))?.id, id);
  assert.equal((await prompts.newestOfSession(text, text))?.id, id);
  assert.equal(await prompts.numbering(text, text), text);
  await assert.doesNotReject(prompts.searchItems([text], 10));
  assert.deepEqual(await prompts.dependents([text]), []);
}
