// An agent's run as a timeline of its turns, in a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { assertAccessibleInEveryView } from './axe.ts';
import { atRest, launchBrowser, openPage, send, skip } from './open-page.ts';

let browser: Browser;
before(async () => {
  if (!skip) browser = await launchBrowser();
});
after(() => browser?.close());

test('a turn opens in a drawer over its timeline, and the arrows walk from turn to turn', {
  skip,
}, async () => {
  const { app, page, faults, close } = await openPage(browser);
  try {
    for (const model of ['claude-haiku-4-5', 'claude-sonnet-4-5', 'claude-opus-4-6'])
      await send(app, 'agent', { session: 'run-1', model });
    await app.recordsOf('run-1', 3);
    await page.goto(`${app.dashboardUrl}/?view=sessions&session=run-1`);
    const turns = page.getByTestId('session').locator('.turns button');
    await turns.nth(2).waitFor();
    await turns.nth(0).press('Enter');
    const drawer = page.getByTestId('drawer');
    const shows = (model: string) => drawer.getByRole('heading', { name: model }).waitFor();
    await shows('claude-haiku-4-5');
    assert.match(page.url(), /view=sessions&request=/);
    await assertAccessibleInEveryView(page, 'a turn over its timeline');
    await page.keyboard.press('ArrowDown');
    await shows('claude-sonnet-4-5');
    await page.keyboard.press('ArrowDown');
    await shows('claude-opus-4-6');
    assert.equal(await turns.nth(2).getAttribute('aria-current'), 'true');
    await page.reload();
    await shows('claude-opus-4-6');
    await turns.nth(2).waitFor({ state: 'attached' });
    // On a phone it is not shown before the height of what stands above it is known.
    await atRest(page);
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    await turns.nth(2).and(page.locator(':focus')).waitFor();
    await page.getByRole('button', { name: 'All sessions' }).click();
    await page.waitForURL((url) => !url.search.includes('request='));
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});
