// The sessions of a span, in a real browser: whose they are, when they ran, in which order.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { atRest, launchBrowser, openPage, send, skip } from './open-page.ts';

let browser: Browser;
before(async () => {
  if (!skip) browser = await launchBrowser();
});
after(() => browser?.close());

const listed = (page: Page): Promise<readonly string[]> =>
  page.getByTestId('sessions').locator('tbody th').allTextContents();

test('sessions tell of their application, model and times, and are put in order by figures', {
  skip,
}, async () => {
  const { app, page, faults, close } = await openPage(browser);
  try {
    await send(app, 'agent', { session: 'first', model: 'claude-haiku-4-5' });
    await send(app, 'tool', { session: 'first', model: 'claude-sonnet-4-5' });
    await app.recordsOf('first', 2);
    await send(app, 'agent', { session: 'second', model: 'claude-opus-4-6', prompt: 'word '.repeat(3000) });
    await app.recordOf('second');
    await page.goto(`${app.dashboardUrl}/?view=sessions`);
    const table = page.getByTestId('sessions');
    const first = table.getByRole('row').filter({ hasText: 'first' });
    await first.getByText(/^claude-sonnet-4-5-\d+ and 1 more$/).waitFor();
    await first.getByText('agent and 1 more').waitFor();
    assert.deepEqual(await listed(page), ['second', 'first']);
    const order = (name: string) => table.getByRole('columnheader', { name });
    for (const [name, expected] of [
      ['Turns', ['first', 'second']],
      ['Last active', ['second', 'first']],
      ['Turns', ['first', 'second']],
      ['Cost', ['second', 'first']],
    ] as const) {
      // The pointer stays: whoever asks for an order sees it.
      await order(name).getByRole('button').click();
      await table.locator(`[aria-sort="descending"]:has-text("${name}")`).waitFor();
      assert.deepEqual(await listed(page), expected, name);
    }
    await page.setViewportSize({ width: 360, height: 800 });
    await atRest(page);
    await order('Began').getByRole('button').click();
    assert.deepEqual(await listed(page), ['second', 'first']);
    assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth')) <= 0);
    await table.getByRole('button', { name: 'second' }).click();
    await page.getByTestId('session').locator('.turns li').first().waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});
