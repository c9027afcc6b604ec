import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archiveRuleOf, archives } from './archive-policy.ts';

const rule = (app: string | null, tag: string | null, store: boolean) =>
  archiveRuleOf('r', { app, tag, priority: 1, store });

test('without a rule the setting decides', () => {
  assert.equal(archives([], { app: 'a', tag: null }, true), true);
  assert.equal(archives([], { app: 'a', tag: null }, false), false);
});

test('the first rule that matches decides, for an application, a facet of a tag, or both', () => {
  const rules = [
    rule('payroll', 'kind=test', true),
    rule('payroll', null, false),
    rule(null, 'team=search', true),
  ];
  const asks = (app: string, tag: string | null, otherwise: boolean): boolean =>
    archives(rules, { app, tag }, otherwise);
  assert.equal(asks('payroll', 'kind=test,x=1', false), true);
  assert.equal(asks('payroll', 'team=search', true), false);
  assert.equal(asks('other', 'a=b,team=search', false), true);
  assert.equal(asks('other', 'team=searching', false), false);
  assert.equal(asks('other', null, true), true);
});
