import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CostedEnd, modelCosts } from './model-costs.ts';
import { NO_USAGE } from './usage.ts';

const run = (model: string | null, costNanoUsd: number | null) => ({
  kind: 'message',
  model,
  serviceTier: null,
  speed: null,
  inferenceGeo: null,
  usage: NO_USAGE,
  costNanoUsd,
});
const end = (parts: Partial<CostedEnd>): CostedEnd => ({
  costNanoUsd: null,
  listCostNanoUsd: null,
  modelUsed: 'own',
  runs: null,
  ...parts,
});

test('the parts of models come to the whole, and none to less than nothing', () => {
  const runs = fc.array(
    fc
      .tuple(fc.constantFrom('own', 'other', 'third', null), fc.option(fc.nat(100)))
      .map(([model, costNanoUsd]) => run(model, costNanoUsd)),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(runs, fc.option(fc.nat(300)), fc.option(fc.nat(300)), (all, costNanoUsd, listCostNanoUsd) => {
      const costs = modelCosts(end({ runs: all, costNanoUsd, listCostNanoUsd }));
      const sum = costs.reduce((whole, { nanoUsd }) => whole + nanoUsd, 0);
      assert.equal(sum, costNanoUsd ?? listCostNanoUsd ?? 0);
      assert.ok(costs.every(({ nanoUsd }) => nanoUsd >= 0));
      // What nobody knows is told of somebody.
      assert.equal(
        costs.some(({ isUnknown }) => isUnknown),
        costNanoUsd === null || all.some(({ model, costNanoUsd: cost }) => isOther(model) && cost === null),
      );
    }),
  );
});

const isOther = (model: string | null): boolean => model !== null && model !== 'own';

test('parts that were rounded up, each by itself, take no more than the whole', () => {
  const costs = modelCosts(end({ costNanoUsd: 3, runs: [run('other', 2), run('third', 2), run('own', 0)] }));
  assert.deepEqual(
    costs.map(({ model, nanoUsd }) => [model, nanoUsd]),
    [
      ['own', 0],
      ['other', 2],
      ['third', 1],
    ],
  );
});
