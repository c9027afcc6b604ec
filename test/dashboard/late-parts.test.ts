// Tabs are loaded when they are opened: what is seen where one does not come, in a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser, type Opened, openPage, skip } from './open-page.ts';

let browser: Browser;
let opened: Opened;
before(async () => {
  if (skip !== false) return;
  browser = await launchBrowser();
  opened = await openPage(browser);
});
after(async () => {
  await opened?.close();
  await browser?.close();
});

test('a tab that cannot be loaded says so, and comes when it is asked for again', { skip }, async () => {
  const { page } = opened;
  // With the connection it would come by itself.
  await page.getByText('Live', { exact: true }).waitFor();
  await page.route('**/assets/cost-*.js', (route) => route.abort());
  await page.getByRole('link', { name: 'Cost' }).click();
  const told = page.getByRole('alert').filter({ hasText: 'This part of the page cannot be loaded' });
  await told.waitFor();
  await page.unroute('**/assets/cost-*.js');
  await told.getByRole('button', { name: 'Try again' }).click();
  await page.getByTestId('cost-by').waitFor();
  await told.waitFor({ state: 'detached' });
});

test('a page whose files are gone, since another build is served, is loaded anew', { skip }, async () => {
  const { page } = opened;
  await page.getByText('Live', { exact: true }).waitFor();
  await page.evaluate('globalThis.isOfBefore = true');
  await page.route('**/assets/system-*.js', (route) => route.fulfill({ status: 404, body: '' }));
  await page.getByRole('link', { name: 'System' }).click();
  const told = page.getByRole('alert').filter({ hasText: 'was updated since' });
  await told.waitFor();
  await page.unroute('**/assets/system-*.js');
  // Gone at the second look, too; the page of now has others.
  await page.route('**/assets/system-*.js', (route) => route.fulfill({ status: 404, body: '' }), {
    times: 1,
  });
  const anew = page.waitForEvent('load');
  await told.getByRole('button', { name: 'Try again' }).click();
  await anew;
  assert.equal(await page.evaluate('globalThis.isOfBefore'), undefined);
  await page.getByText('No budget is set').waitFor();
});
