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

test('what is forgotten does not come back with the older ones that were on their way', {
  skip,
}, async () => {
  const { app, page, faults, close } = await openPage(browser, {
    settings: { TOKENWATCH_CACHE_ENABLED: 'true', TOKENWATCH_CACHE_EMBEDDER: 'off' },
  });
  try {
    await Promise.all(Array.from({ length: 51 }, (_, index) => send(app, 'a', { model: `house/${index}` })));
    await page.goto(`${app.dashboardUrl}/?tab=system&section=cache`);
    const release = Promise.withResolvers<void>();
    await page.route('**/api/cache-entries?*cursor=*', async (route) => {
      const response = await route.fetch();
      await release.promise;
      await route.fulfill({ response });
    });
    const asked = page.waitForRequest('**/api/cache-entries?*cursor=*');
    await page.getByRole('button', { name: 'Show older ones' }).click();
    await asked;
    await page.getByRole('button', { name: 'Forget all …' }).click();
    await page.getByRole('button', { name: 'Forget them' }).click();
    const nothing = page.getByText('Nothing is stored');
    await nothing.waitFor();
    const late = page.waitForResponse('**/api/cache-entries?*cursor=*');
    release.resolve();
    await (await late).finished();
    await page.evaluate('new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))');
    assert.ok(await nothing.isVisible());
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('an explanation that is late does not take the place of the one that was asked for last', {
  skip,
}, async () => {
  const { page, faults, close } = await openPage(browser, { path: '/?tab=system&section=routes' });
  try {
    const release = Promise.withResolvers<void>();
    await page.route('**/api/explain', async (route) => {
      if (route.request().postData()?.includes('model-of-before')) await release.promise;
      await route.continue();
    });
    const explain = page.getByTestId('explain');
    const ask = async (model: string): Promise<void> => {
      const asked = page.waitForRequest('**/api/explain');
      await explain.getByLabel('Model').fill(model);
      await explain.getByRole('button', { name: 'Explain' }).click();
      await asked;
    };
    await ask('model-of-before');
    await ask('model-of-now');
    const answer = page.getByTestId('explained');
    await answer.getByText('model-of-now').first().waitFor();
    const late = page.waitForResponse('**/api/explain');
    release.resolve();
    await (await late).finished();
    await page.evaluate('new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))');
    assert.equal(await answer.getByText('model-of-before').count(), 0);
    assert.ok(await answer.getByText('model-of-now').first().isVisible());
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});
