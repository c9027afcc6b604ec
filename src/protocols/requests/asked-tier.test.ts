import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_USAGE, type UsageRun } from '../../core/usage.ts';
import { inAskedTier } from './asked-tier.ts';

const run = (serviceTier: string | null): UsageRun => ({
  kind: 'message',
  model: null,
  usage: NO_USAGE,
  serviceTier,
  speed: null,
  inferenceGeo: null,
});

test('a dearer tier that was asked for counts where the answer is silent, and nowhere else', () => {
  const tiers = (asked: string | null, ...told: readonly (string | null)[]) =>
    inAskedTier(told.map(run), asked).map(({ serviceTier }) => serviceTier);
  assert.deepEqual(tiers('priority', null), ['priority']);
  assert.deepEqual(tiers('PRIORITY', null, 'default'), ['priority', 'default']);
  assert.deepEqual(tiers('priority', 'default'), ['default']);
  // Not understood is not ordinary.
  assert.deepEqual(tiers('ultrafast', null), ['ultrafast']);
  assert.deepEqual(tiers('SERVICE_TIER_PRIORITY', null), ['priority']);
  for (const asked of ['flex', 'auto', 'default', 'STANDARD', 'SERVICE_TIER_UNSPECIFIED', '', null])
    assert.deepEqual(tiers(asked, null), [null]);
  assert.deepEqual(tiers('priority'), []);
});
