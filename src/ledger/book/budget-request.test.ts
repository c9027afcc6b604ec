import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TokenWatchError } from '../../core/errors.ts';
import { exactUsd } from '../../core/money.ts';
import { storedModel } from '../../core/stored-name.ts';
import { describeScope } from '../budget.ts';
import { ScopeMatcher } from '../scope-matcher.ts';
import { type BudgetRequest, parseBudget, parseNewScope, parseScope } from './budget-request.ts';

const identity = { id: 'b1', webhookSecret: 'whsec_AAAA', createdAtMs: 1 };
const parse = (request: Partial<BudgetRequest>) => parseBudget({ limit: '25', ...request }, identity);

test('a limit alone makes a hard monthly budget on all traffic', () => {
  assert.deepEqual(parse({}), {
    id: 'b1',
    name: 'monthly',
    limitNanoUsd: 25_000_000_000,
    period: 'monthly',
    scope: { app: null, model: null, tag: null, user: null, session: null, key: null },
    per: null,
    raises: [],
    action: 'block',
    thresholds: [80],
    webhookUrl: null,
    unknownPrice: null,
    webhookSecret: null,
    createdAtMs: 1,
  });
});

test('hard stands for block and webhook for notify', () => {
  assert.equal(parse({ action: 'hard' }).action, 'block');
  assert.equal(parse({ action: 'webhook', webhookUrl: 'https://example.com/x' }).action, 'notify');
  assert.equal(parse({ webhookUrl: 'https://example.com/x' }).action, 'notify');
});

test('any budget may have a webhook, with a secret of its own', () => {
  const budget = parse({ action: 'block', webhookUrl: 'https://example.com/x' });
  assert.equal(budget.webhookSecret, 'whsec_AAAA');
  assert.equal(budget.action, 'block');
});

test('thresholds are sorted and each is kept once', () => {
  assert.deepEqual(parse({ thresholds: '100, 50,80%,50' }).thresholds, [50, 80, 100]);
});

test('a limit is read to the nano-dollar', () => {
  assert.equal(parse({ limit: '0.000000001' }).limitNanoUsd, 1);
  assert.equal(parse({ limit: '$1.5' }).limitNanoUsd, 1_500_000_000);
});

test('an amount in exact dollars reads back as the same amount', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (amount) => {
      assert.equal(parse({ limit: exactUsd(amount) }).limitNanoUsd, amount);
    }),
  );
});

for (const [part, request] of Object.entries({
  limit: { limit: '0' },
  'limit too': { limit: '1e3' },
  'limit as well': { limit: '9999999999' },
  period: { period: 'yearly' },
  action: { action: 'shout' },
  'action that every object has': { action: 'constructor' },
  webhook: { action: 'notify' },
  'webhook-url': { webhookUrl: 'ftp://example.com' },
  thresholds: { thresholds: '0' },
  'thresholds too': { thresholds: '80,x' },
  name: { name: 'two\nlines' },
  app: { app: ' ' },
  model: { model: 'gpt-4o,claude-*' },
})) {
  test(`a wrong ${part} is refused with its value and the accepted form`, () => {
    assert.throws(
      () => parse(request),
      (error) =>
        error instanceof TokenWatchError &&
        error.code === 'invalid_argument' &&
        error.message.includes(part.split(' ')[0]!),
    );
  });
}

test('a model of any length is a scope of its own, as records keep its name; a pattern has an end', () => {
  const long = `${'m'.repeat(900)}-a`;
  const { model } = parseScope({ model: long });
  assert.equal(model, storedModel(long));
  assert.deepEqual(parseScope({ model: model ?? '' }), parseScope({ model: long }));
  const isMet = (name: string): boolean =>
    new ScopeMatcher(
      [model],
      (of) => ({ app: null, tag: null, model: of }),
      (met) => met,
    ).matching({ app: '', tag: null, model: name }).length > 0;
  assert.deepEqual([long, model ?? '', `${'m'.repeat(900)}-b`, long.slice(1)].map(isMet), [
    true,
    true,
    false,
    false,
  ]);
  assert.equal(parseScope({ model: 'm'.repeat(400) }).model, 'm'.repeat(400));
  for (const tooLong of [`${'m'.repeat(300)}*`, 'm'.repeat(70_000)])
    assert.throws(() => parseScope({ model: tooLong }), /longer than/);
});

test('what was set before a list of models was refused can still be taken back by it', () => {
  assert.equal(parseScope({ model: 'gpt-4o,claude-*' }).model, 'gpt-4o,claude-*');
  assert.throws(() => parseNewScope({ model: 'gpt-4o,claude-*' }), /is a list/);
});

test('a name made from a scope is fit for a header', () => {
  assert.equal(parse({ app: 'claude-code', model: 'gpt-4o*' }).name, 'monthly claude-code gpt-4o*');
  assert.match(parse({ tag: 'größe €\n' }).name, /^[\x20-\x7e]+$/);
});

test('a scope is told in words', () => {
  assert.equal(describeScope({ app: null, model: null, tag: null }), 'all traffic');
  assert.equal(describeScope({ app: 'a', model: 'm*', tag: 't' }), 'app a, model m*, tag t');
});
