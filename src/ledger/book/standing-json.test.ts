import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBudget } from './budget-request.ts';
import { budgetJson } from './standing-json.ts';

test('a budget as JSON says that it signs its webhooks, and not with what', () => {
  const identity = { id: 'b1', webhookSecret: 'whsec_not-a-real-one', createdAtMs: 0 };
  const silent = budgetJson(parseBudget({ limit: '1' }, identity));
  const loud = budgetJson(parseBudget({ limit: '1', webhookUrl: 'https://example.com/hook' }, identity));
  assert.deepEqual([silent.signsWebhooks, loud.signsWebhooks], [false, true]);
  assert.ok(!JSON.stringify([silent, loud]).includes('whsec_'));
});
