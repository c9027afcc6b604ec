// Old requests of a running server: they go, and what they cost stays in reports, in budgets and in what is verified.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from '../src/dashboard/contract.ts';
import { endOf, idOf, startOf } from '../src/storage/conformance/model.ts';
import { importRecords } from '../src/storage/loading/import-records.ts';
import { databasePath } from '../src/storage/sqlite/database.ts';
import { withBook } from './budgets/app-with-budgets.ts';
import { runCommand } from './run-command.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

const DAY_MS = 24 * 3_600_000;
const NOW_MS = Date.now();
const OLD = 1500;
const NEW = 5;
/** A tenth of a cent each. */
const COST_NANO_USD = 1_000_000;

let app: TestApp;
before(async () => {
  app = await startTestApp({
    settings: { TOKENWATCH_RECORD_RETENTION_DAYS: '7', TOKENWATCH_BUDGET_WAIT: '0' },
    prepare: async (dataDir) => {
      await withBook(dataDir, (book) => book.set({ name: 'all', limit: '1.51', period: 'total' }));
      const past = Array.from({ length: OLD + NEW }, (_, index) => {
        const startedAtMs = index < OLD ? NOW_MS - 30 * DAY_MS + index * 60_000 : Date.now() + index;
        return {
          start: startOf(index, { startedAtMs, experiment: null, reservedNanoUsd: COST_NANO_USD }),
          end: endOf({ costNanoUsd: COST_NANO_USD, priceSource: 'stated' }),
        };
      });
      await importRecords({ TOKENWATCH_DATA_DIR: dataDir }, past, assert.fail, async () => undefined);
    },
  });
  for (let left = OLD; left > NEW; left = (await app.analytics.recent({ limit: 2 * OLD })).length)
    await pause(5);
});
after(() => app.close());

const api = async <T>(path: string): Promise<T> => (await (await fetch(app.dashboardUrl + path)).json()) as T;
const environment = () => ({ TOKENWATCH_DATA_DIR: app.dataDir, TOKENWATCH_BUDGET_TIMEZONE: 'UTC' });

test('totals of a span are what they were, and a list says what it lacks', async () => {
  const { summary } = await api<Answer<'stats'>>('/api/stats?range=all');
  assert.deepEqual([summary.requests, summary.costNanoUsd], [OLD + NEW, (OLD + NEW) * COST_NANO_USD]);
  const month = await api<Answer<'timeseries'>>('/api/timeseries?range=all');
  assert.equal(
    month.points.reduce((sum, point) => sum + point.requests, 0),
    OLD + NEW,
  );
  const list = await api<Answer<'requests'>>('/api/requests?range=all');
  assert.equal(list.records.length, NEW);
  assert.ok(list.rowsFromMs > NOW_MS - 8 * DAY_MS && list.rowsFromMs <= NOW_MS - 7 * DAY_MS);
  assert.equal((await api<Answer<'requests'>>('/api/requests?range=1h')).rowsFromMs, 0);
  const { error } = await api<{ error: { message: string } }>(`/api/requests/${idOf(1)}`);
  assert.match(error.message, /No request has the id.*from before .* were deleted/);
});

test('a budget is not filled up again by what is deleted, and verifying counts it', async () => {
  const { budgets } = await api<Answer<'budgets'>>('/api/budgets');
  assert.equal(Number(budgets[0]?.spentUsd), 1.505);
  // $0.005 are left: a request that may cost more does not leave.
  const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'demo' },
    body: JSON.stringify({
      ...{ model: 'claude-opus-4-1', max_tokens: 4000 },
      messages: [{ role: 'user', content: 'Hello' }],
    }),
  });
  assert.equal(response.status, 429);
  const { stdout } = await runCommand('verify', [], environment());
  assert.match(stdout, /Never over/);
  assert.match(stdout, /were deleted: what they spent, \$1\.5 in the periods above, counts as it stands\./);
});

test('commands that are about requests themselves say which are gone', async () => {
  for (const [name, words] of [
    ['cost compare', ['--to', 'gpt-4o-mini', '--since', 'all']],
    ['cost by-session', ['--since', 'all']],
  ] as const)
    assert.match((await runCommand(name, words, environment())).stdout, /from before .* were deleted/, name);
  assert.match(
    (await runCommand('status', [], environment())).stdout,
    /of those before .* only totals are left/,
  );
  const exported = await runCommand('export', ['--since', 'all', '--format', 'jsonl'], environment());
  // The refused one may be on its way.
  assert.ok([NEW, NEW + 1].includes(exported.stdout.split('\n').length));
});

test('the log of the database stays short while many are deleted', () => {
  assert.ok(statSync(`${databasePath(app.dataDir)}-wal`).size < 8 * 1024 ** 2);
});

test('a ledger that starts anew counts what was deleted', async () => {
  await app.stop();
  const { stdout } = await runCommand('budget status', ['--json'], environment());
  const [budget] = (JSON.parse(stdout) as Pick<Answer<'budgets'>, 'budgets'>).budgets;
  assert.equal(Number(budget?.spentUsd), 1.505);
});
