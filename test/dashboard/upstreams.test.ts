// What the page tells of upstreams, in a real browser.

import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage, send, skip } from './open-page.ts';

let browser: Browser;
before(async () => {
  if (!skip) browser = await launchBrowser();
});
after(() => browser?.close());

test('an upstream that has no other beside it tells how long its answers took', { skip }, async () => {
  const { app, page, close } = await openPage(browser);
  try {
    await send(app, 'chat', { session: 'run-1' });
    await app.recordOf('run-1');
    await page.goto(`${app.dashboardUrl}/?tab=system&section=upstreams`);
    const own = page.getByTestId('upstreams').getByRole('listitem').first();
    await own.getByText(/1 request, 0 % failed\. Half took [\d.]+ m?s or less, 95 % [\d.]+ m?s\.$/).waitFor();
  } finally {
    await close();
  }
});
