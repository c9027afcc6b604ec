// What if, a test's intervals over time, stored prompts and the server's facts, in a real browser with a month behind it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { fillHistory } from '../../src/cli/demo-history.ts';
import { readSettings } from '../../src/settings.ts';
import { jumpsOf } from './layout-shift.ts';
import { launchBrowser, type Opened, openPage, send, skip } from './open-page.ts';

/** Enough for the history's A/B test to show something. */
const DAYS = 20;

let browser: Browser;
let opened: Opened;
before(async () => {
  if (skip !== false) return;
  browser = await launchBrowser();
  opened = await openPage(browser, {
    prepare: async (dataDir) =>
      void (await fillHistory(readSettings({ TOKENWATCH_DATA_DIR: dataDir }), DAYS)),
  });
});
after(async () => {
  await opened?.close();
  await browser?.close();
});

test('what if another model had answered is computed for the span', { skip }, async () => {
  const { app, page } = opened;
  await page.goto(`${app.dashboardUrl}/?tab=cost&span=7d`);
  const card = page.getByTestId('what-if');
  await card.getByLabel('Which model').fill('claude-haiku-4-5');
  await card.getByRole('button', { name: 'Compute' }).click();
  await card
    .getByText(/^\$[\d.,]+ instead of \$[\d.,]+ \([−+][\d.]+ %\), \$.* if it takes 20 % fewer or more/)
    .waitFor();
  await card
    .getByRole('row', { name: /^claude-sonnet.* claude-haiku-4-5 / })
    .first()
    .waitFor();
  await card.getByLabel('Which model').fill('no-such-model');
  await card.getByRole('button', { name: 'Compute' }).click();
  await card.getByText(/price of what is asked for is unknown/).waitFor();
  await card.getByLabel('Suppose').selectOption('tier');
  await card.getByRole('button', { name: 'Compute' }).click();
  await card.getByText(/^\$[\d.,]+ instead of/).waitFor();
});

test('what another kind of model does is not priced at a chat model, and is told', { skip }, async () => {
  const { app, page } = opened;
  const vectors = await fetch(`${app.proxyUrl}/openai/v1/embeddings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'indexing/1' },
    body: JSON.stringify({ model: 'text-embedding-3-small', input: 'Tell me about parsers' }),
  });
  await vectors.text();
  const card = page.getByTestId('what-if');
  for (const path of ['?tab=cost&span=7d', '?tab=cost&span=7d&app=indexing']) {
    await page.goto(`${app.dashboardUrl}/${path}`);
    await card.getByLabel('Which model').fill('claude-haiku-4-5');
    await card.getByRole('button', { name: 'Compute' }).click();
    await card.getByText(/^Not comparable, .* does that: embeddings \(1 request, \S+ now\)\.$/).waitFor();
  }
  await card.getByText('Nothing of this span can be compared').waitFor();
});

test('what caches saved is not called nothing before it is known', { skip }, async () => {
  const { app, page } = opened;
  const release = Promise.withResolvers<void>();
  await page.route('**/api/stats?*by=model*', async (route) => {
    await release.promise;
    await route.continue();
  });
  await page.goto(`${app.dashboardUrl}/?tab=cost&span=7d`);
  const card = page.getByTestId('savings');
  await card.locator('.skeleton').waitFor();
  assert.equal((await card.innerText()).trim(), 'Saved by caches');
  release.resolve();
  // The history has answers from a cache that is off on this server.
  await card.getByText(/% answered, off now/).waitFor();
  assert.match(await card.innerText(), /By TokenWatch’s cache\s+\$\d/);
  await card.getByText(/% of the input$/).waitFor();
  await page.unrouteAll({ behavior: 'wait' });
});

test('a session is told with its times and with what both caches saved', { skip }, async () => {
  const { app, page } = opened;
  await page.goto(`${app.dashboardUrl}/?tab=cost&span=30d&by=session`);
  const table = page.getByTestId('session-costs');
  await table.getByRole('columnheader', { name: 'The provider’s saved' }).waitFor();
  const dearest = table.getByRole('row').nth(1);
  await dearest.getByRole('cell', { name: 'claude-code' }).waitFor();
  await dearest.getByRole('cell').last().getByText(/^\$\d/).waitFor();
  await dearest.getByRole('button').click();
  await page.waitForURL(/session=/);
});

test('a test’s interval is drawn over time, and told in words and as a table', { skip }, async () => {
  const { app, page } = opened;
  await page.goto(`${app.dashboardUrl}/?tab=experiments`);
  await page
    .getByRole('region', { name: 'B against A', exact: true })
    .getByRole('img', { name: /^Share of failures: .*[−+][\d.]+ points/ })
    .waitFor();
  const history = page.getByRole('region', { name: 'Over time' });
  await history.getByRole('img', { name: /^Cost of a request: (B|between) / }).waitFor();
  await history.getByText('As a table').click();
  const table = history.getByRole('table');
  await table.getByRole('row').nth(5).waitFor();
  await history.getByText('Failures', { exact: true }).click();
  await history.getByRole('img', { name: /^Share of failures: .* points by now/ }).waitFor();
  await history.getByText('Grade', { exact: true }).click();
  await history.getByRole('img', { name: /^Judge’s grade: / }).waitFor();
  await page
    .getByRole('table', { name: '' })
    .getByRole('row', { name: /^A .*\d\.\d\d of \d+/ })
    .first()
    .waitFor();
});

test('archive rules are added and removed, and what is stored is told', { skip }, async () => {
  const { app, page } = opened;
  await page.goto(`${app.dashboardUrl}/?tab=system&section=prompts`);
  await page
    .getByTestId('stored-prompts')
    .getByText(/packed from/)
    .waitFor();
  const rules = page.getByTestId('archive-rules');
  await rules.getByRole('button', { name: 'Add a rule' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('no-payroll');
  await dialog.getByLabel('Application').fill('payroll');
  await dialog.getByLabel('Their prompts').selectOption('off');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await rules.getByRole('row', { name: /100 no-payroll application payroll left out/ }).waitFor();
  await rules.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await rules.getByText('No archive rule').waitFor();
});

test('the server tells of its store, its spool and its telemetry', { skip }, async () => {
  const { app, page } = opened;
  await page.goto(`${app.dashboardUrl}/?tab=system&section=server`);
  await page.getByText(/^SQLite: .*tokenwatch\.sqlite$/).waitFor();
  await page.getByText(/on the way to the store/).waitFor();
  await page.getByTestId('telemetry').getByText('TOKENWATCH_OTEL_ENABLED').waitFor();
  await page.getByTestId('telemetry').getByRole('link', { name: '/metrics' }).waitFor();
});

test('a budget says what becomes of requests whose price is unknown', { skip }, async () => {
  const { app, page, faults } = opened;
  await page.goto(`${app.dashboardUrl}/?tab=system`);
  await page.getByRole('button', { name: 'Set a budget' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Dollars').fill('10');
  await dialog.getByLabel('Name').fill('lenient');
  await dialog.getByLabel('A request whose price is unknown').selectOption('allow');
  await dialog.getByRole('button', { name: 'Set', exact: true }).click();
  await page.getByRole('meter', { name: 'lenient: spent' }).waitFor();
  const { budgets } = (await (await fetch(`${app.dashboardUrl}/api/budgets`)).json()) as {
    budgets: { name: string; unknownPrice: string }[];
  };
  assert.equal(budgets.find(({ name }) => name === 'lenient')?.unknownPrice, 'allow');
  assert.deepEqual(faults, []);
});

test('of many budgets those that press most are drawn first, the others on demand', { skip }, async () => {
  const { app, page } = opened;
  const set = async (name: string, limit: string): Promise<void> => {
    const body = JSON.stringify({ name, limit, period: 'monthly', action: 'warn' });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${app.dashboardUrl}/api/budgets`, { method: 'POST', headers, body });
    assert.equal(response.status, 200);
  };
  for (let number = 1; number <= 8; number += 1) await set(`roomy-${number}`, '1000000');
  // Also in the first hour of a month, when nothing else of the history is of this one.
  await send(app, 'now', { session: 'now' });
  await app.recordOf('now');
  await set('spent-long-ago', '0.000001');
  await page.goto(`${app.dashboardUrl}/?tab=cost&span=7d`);
  const burns = page.getByTestId('burn-down').locator('figure');
  await burns.first().getByRole('heading', { name: 'spent-long-ago' }).waitFor();
  assert.equal(await burns.count(), 6);
  await page
    .getByTestId('burn-down')
    .getByRole('button', { name: /^Show all \d\d$/ })
    .click();
  await burns.getByRole('heading', { name: 'roomy-8' }).waitFor();
  const lines = page.getByTestId('forecast').getByRole('listitem');
  await lines.nth(7).waitFor();
  assert.match(await lines.first().innerText(), /is spent$/);
  assert.equal(await lines.count(), 8);
  for (let number = 1; number <= 8; number += 1)
    await fetch(`${app.dashboardUrl}/api/budgets/roomy-${number}`, { method: 'DELETE' });
  await fetch(`${app.dashboardUrl}/api/budgets/spent-long-ago`, { method: 'DELETE' });
});

test('nothing jumps while answers come one after the other', { skip }, async () => {
  const { app, page } = opened;
  const places = ['', '?tab=cost', '?tab=cost&by=session', '?tab=cost&by=upstream', '?tab=experiments'];
  const sections = ['budgets', 'prices', 'access'].map((section) => `?tab=system&section=${section}`);
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 900 });
    const urls = [...places, ...sections].map((place) => `${app.dashboardUrl}/${place}`);
    for (const [url, jumps] of await jumpsOf(page, urls)) {
      const sum = jumps.reduce((total, { value }) => total + value, 0);
      assert.ok(sum < 0.05, `${width} pixels, ${url}: ${sum.toFixed(3)}, ${JSON.stringify(jumps)}`);
    }
  }
});

test('on a phone no card of the costs stands below one whose height is not known yet', { skip }, async () => {
  const { app, page } = opened;
  const release = Promise.withResolvers<void>();
  await page.setViewportSize({ width: 360, height: 900 });
  await page.route('**/api/stats?*limit=200', async (route) => {
    // What the movers are made of, alone, is by upstream.
    if (new URL(route.request().url()).searchParams.get('by') === 'upstream') await release.promise;
    await route.continue();
  });
  await page.goto(`${app.dashboardUrl}/?tab=cost&span=7d&by=upstream`);
  await page.getByTestId('cost-by').getByRole('table').waitFor();
  const savings = page.getByTestId('savings');
  try {
    await savings.getByText(/% of the input$/).waitFor({ state: 'attached' });
    assert.equal(await savings.isVisible(), false);
  } finally {
    release.resolve();
  }
  await savings.getByText(/% of the input$/).waitFor();
  await page.unrouteAll({ behavior: 'wait' });
});
