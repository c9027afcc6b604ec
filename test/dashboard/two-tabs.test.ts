// Two tabs of one browser: what is set in one is seen in the other.

import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startTestApp } from '../start-test-app.ts';
import { launchBrowser, skip } from './open-page.ts';

let browser: Browser;
before(async () => {
  if (!skip) browser = await launchBrowser();
});
after(() => browser?.close());

test('whoever comes back to a tab sees what was set in another', { skip }, async (t) => {
  const app = await startTestApp();
  t.after(() => app.close());
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  t.after(() => context.close());
  context.setDefaultTimeout(60_000);
  const one = await context.newPage();
  await one.goto(`${app.dashboardUrl}/?tab=system&section=routes`);
  await one.getByText('No routing rule').waitFor();
  const other = await context.newPage();
  await other.goto(`${app.dashboardUrl}/?tab=system&section=routes&new=route`);
  const dialog = other.getByRole('dialog');
  await dialog.getByLabel('Name').fill('to-haiku');
  await dialog.getByLabel('Value').fill('gpt-4o');
  await dialog.getByLabel('Ask this model instead').fill('claude-haiku-4-5');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await other.getByRole('heading', { name: 'to-haiku' }).waitFor();
  // In this browser every tab has the focus all the time, and is never told of it.
  await one.evaluate('dispatchEvent(new Event("focus"))');
  await one.getByRole('heading', { name: 'to-haiku' }).waitFor();
});
