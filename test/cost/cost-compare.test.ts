// What if: recorded requests under another model, tier, cache or rule set.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { costCompare } from '../../src/cli/commands/cost/compare.ts';
import type { RequestRecord } from '../../src/core/record.ts';
import type { ComparisonResult } from '../../src/dashboard/reports/cost-comparison.ts';
import { loadPriceBook } from '../../src/pricing/price-book.ts';
import { costIf, costRangeIf, isComparable, type WhatIf } from '../../src/pricing/what-if.ts';
import { NOON, run } from '../price-questions.ts';
import { contextOf } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const book = loadPriceBook('');
const AS_IT_WAS: WhatIf = { model: null, upstream: null, tier: null, cache: null };
const USAGE = run({
  inputTokens: 1000,
  cacheReadTokens: 4000,
  cacheWrite5mTokens: 200,
  cacheWrite1hTokens: 800,
  outputTokens: 100,
}).usage;

const recorded = (fields: Partial<RequestRecord> = {}): RequestRecord =>
  ({
    outcome: 'completed',
    cacheUse: null,
    costNanoUsd: 1,
    usage: USAGE,
    runs: null,
    serviceTier: null,
    modelUsed: 'claude-sonnet-4-6',
    modelRequested: 'claude-sonnet-4-6',
    upstream: 'https://api.anthropic.com',
    startedAtMs: NOON,
    ...fields,
  }) as RequestRecord;

const usd = (what: Partial<WhatIf>, record = recorded()): number | null => {
  const cost = costIf(book, record, { ...AS_IT_WAS, ...what });
  return cost === null ? null : cost / 1e9;
};

test('the same tokens are priced at the other model, tier and cache', () => {
  // Sonnet 4.6: 3 in, 0.30 read, 3.75 and 6 write, 15 out.
  assert.equal(usd({}), 0.01125);
  assert.equal(usd({ tier: 'batch' }), 0.01125 / 2);
  assert.equal(usd({ cache: 'none' }), 0.0195);
  assert.equal(usd({ cache: '5m' }), 0.00945);
  assert.equal(usd({ cache: '1h' }), 0.0117);
  // Opus 4.8's tier of before is not asked of another model.
  const fast = recorded({ serviceTier: 'batch' });
  assert.equal(usd({}, fast), 0.01125 / 2);
  // GLM-4.7: 0.60 in and written, 0.11 read, 2.20 out.
  assert.equal(usd({ model: 'glm-4.7', upstream: '' }, fast), 0.00186);
  assert.equal(usd({ model: 'unheard-of', upstream: '' }), null);
  assert.equal(usd({ model: 'claude-haiku-4-5', upstream: 'https://api.groq.com' }), null);
});

test('another model’s range is a fifth to either side, at the price of its length', () => {
  const what = { ...AS_IT_WAS, model: 'glm-4.7', upstream: '' };
  assert.deepEqual(costRangeIf(book, recorded(), what, 0.2), [1_488_000, 2_232_000]);
});

test('only what was paid is compared', () => {
  assert.equal(isComparable(recorded()), true);
  assert.equal(isComparable(recorded({ costNanoUsd: null })), false);
  assert.equal(isComparable(recorded({ costNanoUsd: 0 })), false);
  assert.equal(isComparable(recorded({ outcome: 'in_flight' })), false);
  assert.equal(isComparable(recorded({ cacheUse: 'exact' })), false);
  assert.equal(isComparable(recorded({ cacheUse: 'miss' })), true);
});

let app: TestApp;
before(async () => {
  app = await startTestApp();
  for (const [index, model] of ['gpt-4o', 'gpt-4o', 'gpt-4o-mini', 'unheard-of'].entries()) {
    const session = `compare-${index}`;
    const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-tokenwatch-session': session,
        'x-tokenwatch-tag': `n=${index}`,
        'user-agent': 'comparing/1',
      },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Tell me about parsers' }] }),
    });
    await response.text();
    await app.recordOf(session);
  }
  const response = await fetch(`${app.proxyUrl}/openai/v1/embeddings`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-tokenwatch-session': 'vectors',
      'user-agent': 'indexing/1',
    },
    body: JSON.stringify({ model: 'text-embedding-3-small', input: 'Tell me about parsers' }),
  });
  await response.text();
  await app.recordOf('vectors');
  await set('/api/routes', {
    name: 'thrift',
    conditions: [{ type: 'model', value: 'gpt-4o' }],
    target: 'gpt-4.1-nano',
  });
  const words = [{ type: 'regex', value: 'parsers' }];
  await set('/api/routes', { name: 'words', conditions: words, target: 'gpt-5', priority: 1 });
});
after(() => app.close());

async function set(path: string, document: object): Promise<void> {
  const response = await fetch(app.dashboardUrl + path, { method: 'POST', body: JSON.stringify(document) });
  assert.equal(response.status, 200, await response.text());
}

async function compare(options: Readonly<Record<string, unknown>>): Promise<string> {
  const lines: string[] = [];
  const environment = { TOKENWATCH_DATA_DIR: app.dataDir };
  await costCompare.run(contextOf(environment, lines, { options }));
  return lines.join('\n');
}

test('"cost compare --to" sums by model, with what is left out and how uncertain it is', async () => {
  const result = JSON.parse(
    await compare({ to: 'gpt-4o-mini', app: 'comparing', json: true }),
  ) as ComparisonResult;
  assert.deepEqual(
    result.rows.map(({ from, to, requests }) => [from, to, requests]),
    [
      ['gpt-4o-2024-08-06', 'gpt-4o-mini', 2],
      ['gpt-4o-mini-2024-07-18', 'gpt-4o-mini', 1],
    ],
  );
  const [dear, same] = result.rows;
  assert.ok(Math.abs((dear?.nowNanoUsd ?? 0) / (dear?.thenNanoUsd ?? 1) - 2.5 / 0.15) < 0.1);
  assert.equal(same?.nowNanoUsd, same?.thenNanoUsd);
  assert.deepEqual(result.leftOut, { unknownNow: 1, unknownThen: 0, free: 0 });
  const text = await compare({ to: 'gpt-4o-mini', since: '24h' });
  assert.match(text, /^The last 24h, with gpt-4o-mini\n/);
  assert.match(text, /^gpt-4o-20\S+ +gpt-4o-mini +2 .* -94 %$/m);
  assert.match(text, /at 20 % fewer or more tokens it would be/);
  assert.match(text, /^Left out: 1 of unknown cost\.$/m);
  assert.deepEqual(
    text.split('\n').filter((line) => line.length > 80),
    [],
  );
});

test('"cost compare" narrows by tag, and says of a model without a price that it has none', async () => {
  const one = JSON.parse(await compare({ to: 'gpt-4o-mini', tag: 'n=0', json: true })) as ComparisonResult;
  assert.equal(one.total.requests, 1);
  assert.match(
    await compare({ to: 'what-is-this', app: 'comparing' }),
    /No requests of 30d can be compared\.\n.*\n?.*3 whose price would be unknown/,
  );
});

test('"cost compare" leaves out what the other model does not do, and says what that cost', async () => {
  const chat = JSON.parse(await compare({ to: 'gpt-4o-mini', json: true })) as ComparisonResult;
  const [other] = chat.otherWork;
  assert.deepEqual([chat.otherWork.length, other?.kind, other?.requests], [1, 'embeddings', 1]);
  assert.ok((other?.nowNanoUsd ?? 0) > 0);
  assert.ok(chat.rows.every(({ from }) => from.startsWith('gpt-4o')));
  assert.match(
    await compare({ to: 'gpt-4o-mini' }),
    /^Not comparable, since another kind of model does that:\n {2}embeddings: 1 \(\S+ now\)$/m,
  );
  // The other way round.
  const vectors = JSON.parse(await compare({ to: 'text-embedding-3-large', json: true })) as ComparisonResult;
  assert.deepEqual(
    vectors.rows.map(({ from, requests }) => [from, requests]),
    [['text-embedding-3-small', 1]],
  );
  assert.deepEqual(
    vectors.otherWork.map(({ kind, requests }) => [kind, requests]),
    [['text', 3]],
  );
});

test('"cost compare" says of a model without a price nothing but that, whatever it does', async () => {
  const vectors = JSON.parse(await compare({ to: 'bge-m3', json: true })) as ComparisonResult;
  assert.deepEqual([vectors.rows, vectors.otherWork], [[], []]);
  assert.equal(vectors.leftOut.unknownThen, 4);
});

test('"cost compare --rules" asks the planner, and names the rules that records cannot answer', async () => {
  const result = JSON.parse(await compare({ rules: true, app: 'comparing', json: true })) as ComparisonResult;
  const told = result.rows.map(({ from, to, requests }) => `${from} → ${to}: ${requests}`);
  assert.deepEqual(told, [
    'gpt-4o-2024-08-06 → gpt-4.1-nano: 2',
    'gpt-4o-mini-2024-07-18 → gpt-4o-mini-2024-07-18: 1',
  ]);
  assert.deepEqual(result.rulesBeyondRecords, ['words']);
});

test('"cost compare" without a what is refused', async () => {
  await assert.rejects(compare({}), { code: 'invalid_argument', message: /needs --to MODEL/ });
  await assert.rejects(compare({ to: 'a', rules: true }), { message: /not both/ });
});
