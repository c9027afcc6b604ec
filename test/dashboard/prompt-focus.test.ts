// A dialog has the focus before the browser takes the next key: no frame comes between.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage, send, skip } from './open-page.ts';

let browser: Browser;
before(async () => {
  if (skip === false) browser = await launchBrowser();
});
after(() => browser?.close());

test('what is typed right after the palette, a form or the drawer was opened goes there', {
  skip,
}, async () => {
  const { app, page, close } = await openPage(browser);
  const focusAfter = (act: string): Promise<unknown> =>
    page.evaluate(`(async () => {
      ${act};
      await null;
      const { activeElement } = document;
      return activeElement.ariaLabel ?? activeElement.labels?.[0]?.innerText ?? activeElement.tagName;
    })()`);
  try {
    await send(app, 'a');
    await page.locator('.grid-row').first().waitFor();
    assert.equal(await focusAfter(`document.querySelector('.grid-row').click()`), 'Request');
    await page.goto(`${new URL(page.url()).origin}/?tab=system&section=tags`);
    await page.getByRole('button', { name: 'Add a rule' }).waitFor();
    assert.equal(
      await focusAfter(`document.querySelector('[data-testid="tags"] header button').click()`),
      'Name',
    );
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const press = `new KeyboardEvent('keydown', { key: 'k', ctrlKey: true })`;
    assert.equal(await focusAfter(`dispatchEvent(${press})`), 'Search commands');
  } finally {
    await close();
  }
});

test('the palette that is called again right after a command stays open', { skip }, async () => {
  const { page, close } = await openPage(browser);
  try {
    await page.getByText('Waiting for your first request').waitFor();
    // The browser tells of the first one's end when the second is open already.
    await page.evaluate(`(async () => {
      const call = () => dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }));
      call();
      await null;
      const first = document.querySelector('dialog.palette');
      const told = new Promise((resolve) => first.addEventListener('close', resolve));
      first.querySelector('input').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
      await null;
      call();
      await told;
    })()`);
    await page.getByLabel('Search commands').and(page.locator(':focus')).waitFor({ timeout: 10_000 });
  } finally {
    await close();
  }
});
