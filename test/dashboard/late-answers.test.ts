// Answers that are late: what was asked for before somebody did something else, in a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage, send, skip } from './open-page.ts';

let browser: Browser;
before(async () => {
  if (skip === false) browser = await launchBrowser();
});
after(() => browser?.close());

test('no stored answer slips through between the newest and the older ones', { skip }, async () => {
  const { app, page, faults, close } = await openPage(browser, {
    settings: { TOKENWATCH_CACHE_ENABLED: 'true', TOKENWATCH_CACHE_EMBEDDER: 'off' },
  });
  try {
    await Promise.all(Array.from({ length: 51 }, (_, index) => send(app, 'a', { model: `house/${index}` })));
    await page.goto(`${app.dashboardUrl}/?tab=system&section=cache`);
    const names = page.getByTestId('cache-entries').getByRole('rowheader');
    const older = page.getByRole('button', { name: 'Show older ones' });
    await names.nth(49).waitFor();
    await older.waitFor();
    const [asked, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await page.route(/\/api\/cache-entries\?limit=50$/, async (route) => {
      asked.resolve();
      await release.promise;
      await route.continue();
    });
    await send(app, 'a', { model: 'house/newest' });
    await asked.promise;
    await older.click();
    await names.nth(50).waitFor();
    // Nobody is at the list, which would hold its rows.
    await page.mouse.move(5, 5);
    const listed = await names.allInnerTexts();
    const late = page.waitForResponse(/\/api\/cache-entries\?limit=50$/);
    release.resolve();
    await (await late).finished();
    await page.evaluate('new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))');
    const now = await names.allInnerTexts();
    assert.deepEqual(
      listed.filter((name) => !now.includes(name)),
      [],
      'it was listed, and is not any more',
    );
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});
