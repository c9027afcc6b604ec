import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOf, startOf } from '../../../src/storage/conformance/model.ts';
import type { FilterName } from '../address.ts';
import { fits } from './fits.ts';

const record = {
  ...startOf(1, {
    app: 'chat',
    tag: 'feature=x,team=growth',
    session: 'run-1',
    user: 'Ada',
    accessKey: 'ci',
    modelRequested: 'asked',
    modelSent: 'sent',
    upstreamName: 'backup',
  }),
  ...endOf({ outcome: 'upstream_error', modelUsed: 'used', responseId: 'resp_9', upstreamName: 'backup' }),
};

test('a live row fits what the server would have found it by', () => {
  const found: readonly (readonly [FilterName, string])[] = [
    ['app', 'chat'],
    ['tag', 'feature=x,team=growth'],
    ['tag', 'team=growth'],
    ['model', 'asked'],
    ['model', 'sent'],
    ['model', 'used'],
    ['session', 'run-1'],
    ['upstream', 'backup'],
    ['upstream', record.upstream],
    ['outcome', 'upstream_error'],
    ['outcome', 'failed'],
    ['key', 'ci'],
    ['text', 'ada'],
    ['text', 'RESP_9'],
    ['text', 'cI'],
  ];
  for (const [name, value] of found) assert.ok(fits(record, { [name]: value }), `${name}:${value}`);
  assert.ok(fits(record, Object.fromEntries(found)));
});

test('a live row that the server would not have found stays out', () => {
  const others: readonly (readonly [FilterName, string])[] = [
    ['app', 'cha'],
    ['tag', 'team=grow'],
    ['model', 'use'],
    ['session', 'run'],
    ['upstream', 'back'],
    ['outcome', 'completed'],
    ['key', 'c'],
    ['text', 'nothing'],
  ];
  for (const [name, value] of others) {
    assert.ok(!fits(record, { [name]: value }), `${name}:${value}`);
    assert.ok(!fits(record, { app: 'chat', [name]: value }), `${name}:${value}, beside one that fits`);
  }
  assert.ok(!fits({ ...record, tag: null }, { tag: 'null' }));
  for (const outcome of ['completed', 'cached', 'in_flight'] as const)
    assert.ok(!fits({ ...record, outcome }, { outcome: 'failed' }), outcome);
});
