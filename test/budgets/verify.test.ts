// `tokenwatch verify`: what a running server decided, recomputed from its records; and falsified records that it finds.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { visitStore } from '../../src/storage/registry.ts';
import { databasePath } from '../../src/storage/sqlite/database.ts';
import { runCommand } from '../run-command.ts';
import { appWith, withBook } from './app-with-budgets.ts';

test('hard budgets and costs are recomputed from the records, and what does not hold is named', async (context) => {
  const app = await appWith(context, [
    { limit: '0.02', app: 'limited' },
    { name: 'each', limit: '1', per: 'session' },
  ]);
  const ask = async (session: string): Promise<number> => {
    const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-tokenwatch-app': 'limited',
        ...(session !== '' && { 'x-tokenwatch-session': session }),
      },
      body: JSON.stringify({
        model: 'claude-haiku-4-5',
        max_tokens: 200,
        messages: [{ role: 'user', content: `question ${session}` }],
      }),
    });
    await response.arrayBuffer();
    return response.status;
  };
  const statuses = await Promise.all(Array.from({ length: 30 }, (_, index) => ask(`s-${index}`)));
  assert.ok(statuses.includes(200));
  await ask('');
  const record = await app.recordOf('s-0');
  await app.stop();
  const environment = { TOKENWATCH_DATA_DIR: app.dataDir, TOKENWATCH_BUDGET_TIMEZONE: 'UTC' };
  const well = await runCommand('verify', [], { ...environment, COLUMNS: '140' });
  assert.match(
    well.stdout,
    /Never over: no hard budget was, nor was what was spent and set aside together\./,
  );
  assert.match(well.stdout, /are what the prices of their day make of them, 0 are not/);

  assert.match(well.stdout, /Changes: \d+ in the audit log, as they were written\./);
  // Whose each allowance is, also of requests that name nobody.
  assert.match(well.stdout, /^each \(s-0\) /m);
  assert.match(well.stdout, /^each \(without a session\) /m);
  const { stdout: standing } = await runCommand('budget status', [], environment);
  assert.match(standing, /^each +per session +/m);
  // One that is removed meanwhile is held against the records all the same: the audit log knows what it was.
  const named = /^(?!each)(\S.*?) {2,}/m.exec(well.stdout.split('\n').slice(1).join('\n'))?.[1] ?? '';
  assert.equal((await runCommand('budget remove', [named], environment)).stderr, '');
  assert.match((await runCommand('verify', ['--json'], environment)).stdout, /"budget": "[^"]* \(removed\)"/);

  const database = new DatabaseSync(databasePath(app.dataDir));
  database.prepare('UPDATE requests SET cost_nano_usd = 30000000 WHERE id = ?').run(record.id);
  database.close();
  const { stdout } = await runCommand('verify', ['--json'], environment);
  const found = JSON.parse(stdout) as {
    holds: boolean;
    periods: { over: { requestId: string } | null }[];
    costs: { differing: number; examples: { requestId: string; recordedNanoUsd: number }[] };
  };
  assert.equal(found.holds, false);
  assert.ok(found.periods.some(({ over }) => over !== null));
  assert.deepEqual(found.costs.examples[0]?.requestId, record.id);
  assert.equal(found.costs.differing, 1);
});

test('a budget that is changed remembers what it was', async (context) => {
  const app = await appWith(context, [{ limit: '1', name: 'all' }]);
  await app.stop();
  await withBook(app.dataDir, async (book) => {
    await book.set({ name: 'all', limit: '2' });
    await book.set({ name: 'all', thresholds: '50' });
    await book.set({ name: 'all', limit: '3' });
  });
  const { budgets, close } = await visitStore({ TOKENWATCH_DATA_DIR: app.dataDir }, 'refuse');
  const [budget] = (await budgets.budgetRules()).budgets;
  await close();
  assert.deepEqual(
    budget?.earlier?.map(({ limitNanoUsd }) => limitNanoUsd),
    [1_000_000_000, 2_000_000_000],
  );
});
