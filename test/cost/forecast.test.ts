// The forecast over a month of records, by the command line and by the API.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fillHistory } from '../../src/cli/demo-history.ts';
import type { ForecastAnswer, ForecastSum } from '../../src/dashboard/contract.ts';
import { readSettings } from '../../src/settings.ts';
import { runWords } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp({
    prepare: async (dataDir) => void (await fillHistory(readSettings({ TOKENWATCH_DATA_DIR: dataDir }), 40)),
  });
});
after(() => app.close());

async function cli(...words: string[]): Promise<string> {
  return runWords(['cost', 'forecast', ...words], { TOKENWATCH_DATA_DIR: app.dataDir });
}

const api = async (query = ''): Promise<ForecastAnswer> =>
  (await (await fetch(`${app.dashboardUrl}/api/cost/forecast${query}`)).json()) as ForecastAnswer;

function assertOrdered({ spentNanoUsd, lowNanoUsd, expectedNanoUsd, highNanoUsd }: ForecastSum): void {
  assert.ok(spentNanoUsd <= lowNanoUsd && lowNanoUsd <= expectedNanoUsd && expectedNanoUsd <= highNanoUsd);
}

test('a month of records foresees the end of today and of the month, and says by what', async () => {
  const { today, month, basis } = await api();
  assertOrdered(today);
  assertOrdered(month);
  assert.ok(month.spentNanoUsd >= today.spentNanoUsd);
  assert.ok(basis.wholeDays >= 37 && basis.missingDays === 0, JSON.stringify(basis));
  assert.equal(basis.levelShift, null);
  assert.ok(basis.methods.length > 0 && basis.pastError !== null && basis.pastError < 0.3);
  assert.ok(basis.unpricedRequests > 0);
  const one = await api('?app=claude-code');
  assert.ok(one.month.expectedNanoUsd < month.expectedNanoUsd);
});

test('each budget is told with the day it runs out, or that it lasts', async () => {
  const { budgets } = await api();
  assert.deepEqual(budgets.map(({ name }) => name).sort(), ['claude-code', 'everything']);
  for (const { earliest, runsOut, latest } of budgets) {
    if (runsOut !== null) assert.match(runsOut, /^\d{4}-\d\d-\d\d$/);
    if (runsOut !== null) assert.ok(earliest !== null && earliest <= runsOut);
    if (latest !== null) assert.ok(runsOut !== null && runsOut <= latest);
  }
  const text = await cli();
  assert.match(text, /^today +\$\d+.* to \$\d/m);
  assert.match(text, /^this month +\$\d+/m);
  assert.match(text, /Budget "everything" \(monthly\): it (lasts|should last|runs out|is spent)/);
  for (const narrowed of ['?app=search', '?app=nobody'])
    assert.deepEqual((await api(narrowed)).budgets, budgets, `a budget is what it is, also with ${narrowed}`);
  const { basis } = JSON.parse(await cli('--json')) as ForecastAnswer;
  assert.deepEqual(basis.methods, (await api()).basis.methods);
});
