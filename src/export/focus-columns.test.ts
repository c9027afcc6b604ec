import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestRecord } from '../core/record.ts';
import { NO_USAGE } from '../core/usage.ts';
import { endOf, startOf } from '../storage/conformance/model.ts';
import { FOCUS_COLUMNS } from './focus-columns.ts';

const rowOf = (record: RequestRecord) =>
  Object.fromEntries(FOCUS_COLUMNS.map(({ name, read }) => [name, read(record)]));
const usage = { ...NO_USAGE, inputTokens: 6, outputTokens: 4 };

test('a reseller’s figure is the charge, and the price list says the list cost beside it', () => {
  const stated = endOf({ usage, costNanoUsd: 2e9, listCostNanoUsd: 3e9, priceSource: 'stated' });
  const row = rowOf({ ...startOf(1), ...stated });
  assert.deepEqual([row.BilledCost, row.EffectiveCost, row.ContractedCost, row.ListCost], [2, 2, 2, 3]);
  assert.deepEqual([row.ContractedUnitPrice, row.ListUnitPrice], [0.2, 0.3]);
  const unlisted = rowOf({ ...startOf(1), ...stated, listCostNanoUsd: null });
  assert.deepEqual([unlisted.ListCost, unlisted.ListUnitPrice], [2, 0.2]);
});

test('every facet is a tag, whatever its name, and none takes the place of ours', () => {
  const tag = '__proto__=x,tokenwatch/app=other,urgent';
  const row = rowOf({ ...startOf(1, { app: 'chat', tag, experiment: 'e', variant: 'b' }), ...endOf() });
  assert.equal(
    row.Tags,
    '{"__proto__":"x","tokenwatch/app":"chat","urgent":"true","tokenwatch/experiment":"e/b"}',
  );
});
