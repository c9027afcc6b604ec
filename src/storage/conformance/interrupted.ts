// What every store must know of requests whose process was killed.

import assert from 'node:assert/strict';
import { type Check, type StoreUnderTest, startOf } from './model.ts';

const FIRST = startOf(1, { modelRequested: null, modelSent: null, reservedNanoUsd: 1 });
const SECOND = startOf(2, { modelRequested: null, modelSent: null, reservedNanoUsd: 1 });

/** What the budgets of two models have to pay, or to hold. */
async function charged(
  { budgets }: StoreUnderTest,
  what: 'costNanoUsd' | 'reservedNanoUsd',
): Promise<readonly (number | undefined)[]> {
  const all = { fromMs: 0, toMs: Number.POSITIVE_INFINITY, unsettledIds: [] };
  const scopes = ['gpt-4o', 'gpt-4o-mini'].map((model) => ({ app: null, model, tag: null }));
  const spent = await budgets.spentSoFar(scopes.map((scope) => ({ scope, ...all })));
  return spent.map((each) => each[what]);
}

export function testInterrupted(check: Check): void {
  check('what a session has paid is the charge of the model that made it', async (store) => {
    await store.take([{ start: FIRST }]);
    await store.take([{ start: { ...FIRST, reservedNanoUsd: 90, paidModel: 'gpt-4o' } }]);
    assert.deepEqual(await charged(store, 'reservedNanoUsd'), [90, 0]);
    // Another one has answered, too: nothing tells which of them made how much.
    await store.take([{ start: { ...FIRST, reservedNanoUsd: 95 } }]);
    assert.deepEqual(await charged(store, 'reservedNanoUsd'), [95, 95]);
  });

  check(
    'a session whose process was killed is charged to the model that made what it paid',
    async (store) => {
      const [grown, more] = [90, 7].map((reservedNanoUsd) => ({ reservedNanoUsd, paidModel: 'gpt-4o' }));
      await store.takeFromKilled([
        { start: FIRST },
        { start: { ...FIRST, ...grown } },
        { start: { ...SECOND, ...more } },
        { start: { ...SECOND, reservedNanoUsd: 8 } },
      ]);
      assert.deepEqual(await charged(store, 'costNanoUsd'), [98, 8]);
    },
  );
}
