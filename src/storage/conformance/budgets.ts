// What every store must do with budgets, with what was spent, and with notices on their way.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { NO_USAGE } from '../../core/usage.ts';
import { parseBudget } from '../../ledger/book/budget-request.ts';
import type { Scope } from '../../ledger/budget.ts';
import type { SpendQuery, SpentSoFar } from '../../ledger/ports.ts';
import { ANY_MODEL, scopeCharges } from '../../ledger/scope-matcher.ts';
import { type Check, endOf, runs as runsOf, type StoreUnderTest, startOf } from './model.ts';

const ANY: Scope = { app: null, model: null, tag: null };
const budget = (id: string, name: string) =>
  parseBudget(
    { limit: '1', name, webhookUrl: 'https://example.com/' },
    { id, webhookSecret: 'whsec_AA', createdAtMs: 0 },
  );
const notice = (id: string, threshold: number) => ({
  ...{ id, budgetId: 'b1', periodStartMs: 0, threshold, url: 'https://example.com/', secret: 'whsec_AA' },
  ...{ body: '{}', createdAtMs: 100, attempts: 0 },
});

async function spent({ budgets }: StoreUnderTest, query: Partial<SpendQuery>): Promise<SpentSoFar> {
  const whole = { scope: ANY, fromMs: 0, toMs: Number.POSITIVE_INFINITY, unsettledIds: [], ...query };
  const [answer] = await budgets.spentSoFar([whole]);
  assert.ok(answer !== undefined);
  return answer;
}

export function testBudgets(check: Check): void {
  check(
    'budgets and kill switches come back as they were put, and each change raises the version',
    async (store) => {
      const { budgets: bank } = store;
      const versions = [await bank.budgetVersion()];
      const changes = [
        () => bank.putBudget(budget('b1', 'one')),
        () => bank.putBudget({ ...budget('b1', 'one'), limitNanoUsd: 7 }),
        () => bank.putKill({ id: 'k1', scope: ANY, createdAtMs: 3 }),
      ];
      for (const change of changes) {
        await change();
        versions.push(await bank.budgetVersion());
      }
      assert.deepEqual(
        versions,
        [...new Set(versions)].sort((a, b) => a - b),
      );
      assert.deepEqual(await bank.budgetRules(), {
        version: versions.at(-1),
        resets: 0,
        budgets: [{ ...budget('b1', 'one'), limitNanoUsd: 7 }],
        kills: [{ id: 'k1', scope: ANY, createdAtMs: 3 }],
      });
      await bank.removeBudget('b1');
      await bank.removeKill('k1');
      const { budgets, kills } = await bank.budgetRules();
      assert.deepEqual([budgets, kills], [[], []]);
    },
  );

  check('two budgets cannot have one name', async (store) => {
    const { budgets: bank } = store;
    await bank.putBudget(budget('b1', 'one'));
    await assert.rejects(bank.putBudget(budget('b2', 'one')), /unique/i);
  });

  check('what has ended is spent, what runs is reserved, and what was refused is neither', async (store) => {
    await store.take([
      { start: startOf(1, { reservedNanoUsd: 100 }), end: endOf({ costNanoUsd: 70 }) },
      { start: startOf(2, { reservedNanoUsd: 100 }), end: endOf({ costNanoUsd: 130 }) },
      { start: startOf(3, { reservedNanoUsd: 40 }) },
      { start: startOf(4), end: endOf({ costNanoUsd: null }) },
      { start: startOf(5), end: endOf({ costNanoUsd: null, outcome: 'refused' }) },
    ]);
    assert.deepEqual(await spent(store, {}), {
      costNanoUsd: 200,
      reservedNanoUsd: 40,
      unpricedRequests: 1,
      overrunNanoUsd: 30,
    });
  });

  check('of an unknown cost what is known is spent, of each and after it was deleted', async (store) => {
    const ends = [
      { costNanoUsd: null, listCostNanoUsd: 70 },
      // By the list; what was taken is another sum.
      { costNanoUsd: 5, listCostNanoUsd: 9 },
      { costNanoUsd: null, listCostNanoUsd: null },
    ];
    const session = 's';
    await store.take(
      ends.map((end, index) => ({
        start: startOf(index, { session, reservedNanoUsd: 40 }),
        end: endOf(end),
      })),
    );
    const sums = { costNanoUsd: 75, reservedNanoUsd: 0, unpricedRequests: 2, overrunNanoUsd: 0 };
    assert.deepEqual(await spent(store, {}), sums);
    assert.deepEqual((await spent(store, { per: 'session' })).shares, [{ ...sums, share: session }]);
    await store.retention.deleteOld({ beforeMs: 1e15, fromMs: 0, experiments: [], nowMs: 1e15 });
    assert.deepEqual(await spent(store, {}), sums);
  });

  check('what was charged is known by its key, also after it was deleted', async (store) => {
    const { usage } = endOf();
    const used = { ...usage, inputTokens: 1 };
    await store.take([
      { start: startOf(1), end: endOf({ billingKey: 'response:r 1', usage: used }) },
      // It says of no usage: who tells it may still come.
      { start: startOf(2), end: endOf({ billingKey: 'response:r 2' }) },
    ]);
    const told = (): Promise<readonly boolean[]> =>
      Promise.all(['response:r 1', 'response:r 2', 'response:r'].map((key) => store.budgets.isCharged(key)));
    assert.deepEqual(await told(), [true, false, false]);
    await store.retention.deleteOld({ beforeMs: 1e15, fromMs: 0, experiments: [], nowMs: 1e15 });
    assert.deepEqual(await told(), [true, false, false]);
  });

  check(
    'what several models of a request made is each one’s own, also after it was deleted',
    async (store) => {
      const run = (model: string, costNanoUsd: number | null) => ({
        ...{ kind: 'message', model, usage: NO_USAGE, serviceTier: null, speed: null, inferenceGeo: null },
        costNanoUsd,
      });
      const lines = [
        {
          start: startOf(1, { modelRequested: null, modelSent: null }),
          end: endOf({
            ...{ modelUsed: 'last', costNanoUsd: 100 },
            runs: [run('first', 60), run('last', 30), run('first', 10)],
          }),
        },
        {
          start: startOf(2, { modelRequested: 'asked', modelSent: null }),
          end: endOf({
            ...{ modelUsed: 'last', costNanoUsd: null, listCostNanoUsd: 5 },
            runs: [run('last', 5), run('house', null)],
          }),
        },
      ];
      await store.take(lines);
      // A line that comes again changes nothing.
      await store.take(lines);
      const each = async (deletedOnly?: true) => {
        const told: unknown[] = [];
        for (const model of [null, 'first', 'last', 'asked', 'house', 'other']) {
          const scope = { ...ANY, model };
          const { costNanoUsd, unpricedRequests } = await spent(store, {
            scope,
            ...(deletedOnly && { deletedOnly }),
          });
          told.push([model, costNanoUsd, unpricedRequests]);
        }
        return told;
      };
      const expected = [
        [null, 105, 1],
        ['first', 70, 0],
        ['last', 35, 0],
        ['asked', 5, 1],
        ['house', 0, 1],
        ['other', 0, 0],
      ];
      assert.deepEqual(await each(), expected);
      assert.deepEqual(
        await each(true),
        expected.map(([model]) => [model, 0, 0]),
      );
      await store.retention.deleteOld({ beforeMs: 1e15, fromMs: 0, experiments: [], nowMs: 1e15 });
      assert.deepEqual(await each(), expected);
      assert.deepEqual(await each(true), expected);
    },
  );

  check('a start that is told again with more reserved holds that, until it ends', async (store) => {
    const first = startOf(1, { reservedNanoUsd: 40 });
    const raised = { ...first, reservedNanoUsd: 90 };
    await store.take([{ start: first }]);
    await store.take([{ start: raised }]);
    assert.equal((await spent(store, {})).reservedNanoUsd, 90);
    // What comes late, and lower, changes nothing.
    await store.take([{ start: first }]);
    assert.equal((await spent(store, {})).reservedNanoUsd, 90);
    const second = startOf(2, { reservedNanoUsd: 1 });
    await store.take([{ start: second }, { start: { ...second, reservedNanoUsd: 7 } }]);
    assert.equal((await spent(store, {})).reservedNanoUsd, 97);
    await store.take([{ start: raised, end: endOf({ costNanoUsd: 50 }) }, { start: raised }]);
    const { costNanoUsd, reservedNanoUsd, overrunNanoUsd } = await spent(store, {});
    assert.deepEqual([costNanoUsd, reservedNanoUsd, overrunNanoUsd], [50, 7, 0]);
  });

  check('a reset is counted, for a ledger that runs', async (store) => {
    const before = await store.budgets.budgetRules();
    await store.take([{ start: startOf(1), end: endOf({ costNanoUsd: 5 }) }]);
    await store.reset();
    const { version, resets } = await store.budgets.budgetRules();
    assert.equal(resets, before.resets + 1);
    assert.ok(version > before.version);
  });

  check('a record counts at its reservation, or at its start where it has none', async (store) => {
    const [reserved, plain] = [
      startOf(1, { startedAtMs: 10, reservedAtMs: 20 }),
      startOf(2, { startedAtMs: 10 }),
    ];
    await store.take([
      { start: reserved, end: endOf({ costNanoUsd: 1 }) },
      { start: plain, end: endOf({ costNanoUsd: 2 }) },
    ]);
    assert.equal((await spent(store, { fromMs: 20 })).costNanoUsd, 1);
    assert.equal((await spent(store, { toMs: 20 })).costNanoUsd, 2);
    assert.equal((await spent(store, { unsettledIds: [reserved.id, 'x'] })).costNanoUsd, 2);
  });

  check('what was spent is known to the nano-dollar, also beyond 2^53 in sum', async (store) => {
    const costNanoUsd = 2 ** 53 - 1;
    await store.take([
      { start: startOf(1, { app: 'small' }), end: endOf({ costNanoUsd }) },
      ...[2, 3].map((number) => ({ start: startOf(number, { app: 'large' }), end: endOf({ costNanoUsd }) })),
    ]);
    assert.equal((await spent(store, { scope: { ...ANY, app: 'small' } })).costNanoUsd, costNanoUsd);
    const { costNanoUsd: large } = await spent(store, { scope: { ...ANY, app: 'large' } });
    assert.ok(Math.abs(large / (2 * costNanoUsd) - 1) < 1e-12);
  });

  check(
    'a budget may be for a user, a session or a key, and each one’s part of it is told',
    async (store) => {
      const requests = [
        { user: 'ada', session: 's1', accessKey: 'ci' },
        { user: 'ada', session: 's2', accessKey: 'ci' },
        { user: 'bob', session: 's1', accessKey: null },
        { user: null, session: null, accessKey: 'Ci' },
      ];
      await store.take(
        requests.map((whose, index) => ({
          start: startOf(index, { ...whose, app: `app ${index % 2}`, reservedNanoUsd: 7 }),
          ...(index < 3 && { end: endOf({ costNanoUsd: 10 ** index }) }),
        })),
      );
      const costs = await Promise.all(
        [
          { user: 'ada' },
          { session: 's1' },
          { key: 'ci' },
          { user: 'ada', session: 's1' },
          { key: 'c*' },
        ].map(async (scope) => (await spent(store, { scope: { ...ANY, ...scope } })).costNanoUsd),
      );
      assert.deepEqual(costs, [11, 101, 11, 1, 0]);
      const each = async (per: SpendQuery['per']) => {
        const { shares = [] } = await spent(store, { per: per ?? null });
        return shares.map(({ share, costNanoUsd, reservedNanoUsd }) => [share, costNanoUsd, reservedNanoUsd]);
      };
      const bySession = [
        ['s1', 101, 0],
        ['s2', 10, 0],
        [null, 0, 7],
      ];
      assert.deepEqual(await each('session'), bySession);
      assert.deepEqual(await each('user'), [
        ['bob', 100, 0],
        ['ada', 11, 0],
        [null, 0, 7],
      ]);
      assert.deepEqual(await each('key'), [
        [null, 100, 0],
        ['ci', 11, 0],
        ['Ci', 0, 7],
      ]);
      assert.deepEqual(await each('app'), [
        ['app 0', 101, 0],
        ['app 1', 10, 7],
      ]);
      assert.equal((await spent(store, {})).shares, undefined);
    },
  );

  check('several questions are answered in their order', async (store) => {
    await store.take([{ start: startOf(1, { app: 'a' }), end: endOf({ costNanoUsd: 3 }) }]);
    const whole = { fromMs: 0, toMs: Number.POSITIVE_INFINITY, unsettledIds: [] };
    const answers = await store.budgets.spentSoFar(
      ['b', 'a'].map((app) => ({ ...whole, scope: { ...ANY, app } })),
    );
    assert.deepEqual(
      answers.map(({ costNanoUsd }) => costNanoUsd),
      [0, 3],
    );
    assert.deepEqual(await store.budgets.spentSoFar([]), []);
  });

  check('the store finds the same records as the ledger for any scope', async (store) => {
    const part = fc.constantFrom('a', 'b?', '[c]', 'a*');
    const models = fc.option(
      fc.constantFrom(
        ...['gpt-4o', 'gpt-4o-mini', 'GPT-4o', 'a?b', 'a[b', 'x', 'a_b', 'a%b', 'a\\b', 'a"b\nc'],
        ...[
          'openai/gpt-4o-2024-08-06',
          'ft:gpt-4o:acme',
          'openrouter/auto',
          `whoever/${'y'.repeat(400)}/gpt-4o`,
        ],
      ),
    );
    const scopes = fc.record({
      app: fc.option(part),
      model: fc.option(
        fc.constantFrom('gpt-4o', 'gpt-*', '*', '*mini', 'a?b', 'a?*', 'a[*', 'g*4*', 'a_b', 'a%*', '*\\*'),
      ),
      tag: fc.option(fc.constantFrom('a', 'team=x', 'team=x,a', 'a,team=x', '%', 'team')),
    });
    const tags = fc.option(
      fc.constantFrom('a', 'team=x', 'a,team=x', 'team=x,b,a', 'team=xy', 'steam=x', '%'),
    );
    const requests = fc.array(fc.record({ app: part, model: models, answeredBy: models, tag: tags }), {
      maxLength: 20,
    });
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(scopes, requests, async (scope, facets) => {
        // Each run has an hour of its own.
        runs += 1;
        const fromMs = runs * 3_600_000;
        await store.take(
          facets.map(({ app, model, answeredBy, tag }, index) => ({
            start: startOf(runs * 100 + index, {
              startedAtMs: fromMs,
              app,
              tag,
              modelRequested: model,
              modelSent: null,
            }),
            end: endOf({ costNanoUsd: 2 ** index, modelUsed: answeredBy }),
          })),
        );
        const expected = facets.reduce(
          (sum, { app, tag, model, answeredBy }, index) =>
            sum + (scopeCharges(scope, { app, tag, model: model ?? ANY_MODEL }, answeredBy) ? 2 ** index : 0),
          0,
        );
        const answer = await spent(store, { scope, fromMs, toMs: fromMs + 1 });
        assert.equal(answer.costNanoUsd, expected);
      }),
      { numRuns: runsOf(100) },
    );
  });

  check(
    'a notice is kept once for its budget, period and threshold, and is due until it is delivered',
    async (store) => {
      const { budgets: bank } = store;
      await bank.addNotice(notice('n1', 80));
      await bank.addNotice(notice('again', 80));
      assert.deepEqual(await bank.dueNotices(99, 10), []);
      assert.deepEqual(
        (await bank.dueNotices(100, 10)).map((each) => ({ ...each })),
        [notice('n1', 80)],
      );
      await bank.noticeFailed('n1', 'the receiver answered 500', 200);
      assert.deepEqual(await bank.dueNotices(199, 10), []);
      assert.equal((await bank.dueNotices(200, 10))[0]?.attempts, 1);
      await bank.noticeDelivered('n1', 210);
      await bank.addNotice(notice('n1', 80));
      assert.deepEqual(await bank.dueNotices(1e12, 10), []);
    },
  );

  check('a notice that is given up is not due again', async (store) => {
    const { budgets: bank } = store;
    await bank.addNotice(notice('n1', 80));
    await bank.noticeFailed('n1', 'the receiver answered 410', null);
    assert.deepEqual(await bank.dueNotices(1e12, 10), []);
  });
}
