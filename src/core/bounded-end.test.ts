import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOf } from '../storage/conformance/model.ts';
import { boundedEnd } from './bounded-end.ts';
import type { RequestEnd } from './record.ts';
import { storedModel, storedWord } from './stored-name.ts';
import { NO_USAGE, type UsageRun } from './usage.ts';

const LONG = 'x'.repeat(10_000);
const run = (more: Partial<UsageRun>): UsageRun => ({
  ...{ kind: 'message', model: null, usage: NO_USAGE, serviceTier: null, speed: null, inferenceGeo: null },
  ...more,
});

test('each text that others chose is bounded, wherever it is the only long one', () => {
  for (const name of [
    'errorCode',
    'upstreamRequestId',
    'responseId',
    'finishReason',
    'serviceTier',
    'billingKey',
  ] as const)
    assert.deepEqual(boundedEnd(endOf({ [name]: LONG })), endOf({ [name]: storedWord(LONG) }), name);
  const model = storedModel(LONG);
  assert.deepEqual(boundedEnd(endOf({ modelUsed: LONG })), endOf({ modelUsed: model }));
  const attempt = { upstream: 'spare', outcome: 'answered' } as NonNullable<RequestEnd['attempts']>[number];
  const { attempts } = boundedEnd(endOf({ attempts: [{ ...attempt, model: LONG }] }));
  assert.deepEqual(attempts, [{ ...attempt, model }]);
  const { runs } = boundedEnd(endOf({ runs: [run({ model: LONG }), run({ speed: LONG })] }));
  assert.deepEqual(runs, [run({ model }), run({ speed: storedWord(LONG) })]);
});

test('what is within the bounds stays as it is', () => {
  const end = endOf();
  assert.deepEqual(boundedEnd(end), end);
});
