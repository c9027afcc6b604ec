// What one sees at a glance, in a real browser: where things end, and what is said while there is nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import { atRest, launchBrowser, openPage, send, skip } from './open-page.ts';

let browser: Browser;
before(async () => {
  if (!skip) browser = await launchBrowser();
});
after(() => browser?.close());

const rightOf = (place: Locator): Promise<number> =>
  place.evaluate((element) => element.getBoundingClientRect().right);

test('the buttons of a table end where it ends, and a lone condition where its dialog’s fields end', {
  skip,
}, async () => {
  const { app, page, close } = await openPage(browser);
  try {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ name: 'agents', app: 'claude-code', cache: false });
    const set = await fetch(`${app.dashboardUrl}/api/cache-rules`, { method: 'POST', headers, body });
    assert.equal(set.status, 200);
    await page.goto(`${app.dashboardUrl}/?tab=system&section=cache`);
    const rules = page.getByRole('region', { name: 'Cache rules' });
    const remove = rules.getByRole('button', { name: 'Remove' });
    await remove.first().waitFor();
    const [button, table] = await Promise.all([rightOf(remove.first()), rightOf(rules.getByRole('table'))]);
    assert.ok(Math.abs(button - table) < 1, `${button} of ${table}`);
    await page.goto(`${app.dashboardUrl}/?tab=system&section=routes`);
    await page.getByRole('button', { name: 'Add a rule' }).click();
    const dialog = page.getByRole('dialog');
    const [name, value] = await Promise.all(
      ['Name', 'Value'].map((label) => rightOf(dialog.getByLabel(label))),
    );
    assert.ok(Math.abs((name ?? 0) - (value ?? 0)) < 1, `${value} of ${name}`);
  } finally {
    await close();
  }
});

test('a forecast of nothing is none, and what a filter does not narrow says so', { skip }, async () => {
  const { app, page, faults, close } = await openPage(browser, {
    path: '/?tab=cost',
    settings: { TOKENWATCH_CACHE_ENABLED: 'true', TOKENWATCH_CACHE_EMBEDDER: 'off' },
  });
  try {
    const forecast = page.getByTestId('forecast');
    await forecast.getByText('No forecast yet').waitFor();
    await send(app, 'chat', { session: 'one' });
    await app.recordOf('one');
    await page.reload();
    await forecast.getByText('so far').first().waitFor();
    await page.goto(`${app.dashboardUrl}/?app=nobody`);
    const cache = page.getByTestId('cache');
    await cache.getByText('the filter does not narrow these').waitFor();
    await page.goto(app.dashboardUrl);
    await cache.waitFor();
    await atRest(page);
    assert.equal(await cache.getByText('the filter does not narrow these').count(), 0);
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});
