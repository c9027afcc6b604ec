// What was done is in force before the browser takes the next key, or the next message: no frame comes between.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { freshPage, launchBrowser, openPage, send, skip } from './open-page.ts';

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

test('what is told right after the table was paused is held back', { skip }, async () => {
  const { app, close } = await openPage(browser);
  const page = await freshPage(browser);
  try {
    await send(app, 'before');
    await page.addInitScript(`globalThis.WebSocket = class extends WebSocket {
      constructor(...given) {
        super(...given);
        globalThis.feed = this;
        this.addEventListener('message', ({ data }) => {
          if (JSON.parse(data).seq !== undefined) globalThis.place = JSON.parse(data);
        });
      }
    }`);
    await page.goto(app.dashboardUrl);
    const rows = page.locator('.grid-row');
    await rows.first().getByText('ok 200').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    const { records } = (await (await fetch(`${app.dashboardUrl}/api/requests?limit=1`)).json()) as {
      readonly records: readonly object[];
    };
    const late = JSON.stringify({ ...records[0], id: `f${crypto.randomUUID().slice(1)}` });
    // The page draws no frame before it has told of the message.
    await page.evaluate(`(() => {
      globalThis.requestAnimationFrame = () => 0;
      [...document.querySelectorAll('button')].find(({ innerText }) => innerText === 'Pause').click();
      const { epoch, seq } = globalThis.place;
      const totals = { requests: 2, failedRequests: 0, unpricedRequests: 0, inputTokens: 0, outputTokens: 0, costNanoUsd: 0 };
      const told = { type: 'events', epoch, seq, leftOut: 0, totals, records: [${late}] };
      globalThis.feed.onmessage({ data: JSON.stringify(told) });
    })()`);
    await page.getByRole('button', { name: 'Resume (1 new)' }).waitFor();
    assert.equal(await rows.count(), 1);
  } finally {
    await page.close();
    await close();
  }
});

test('a menu closes with the key that follows right behind it', { skip }, async () => {
  const { app, page, close } = await openPage(browser);
  try {
    await send(app, 'a');
    await page.getByRole('button', { name: 'Columns' }).waitFor();
    const isOpen = await page.evaluate(`(async () => {
      [...document.querySelectorAll('button')].find(({ innerText }) => innerText === 'Columns').click();
      await null;
      const menu = document.querySelector('.menu-list');
      dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
      return menu !== null;
    })()`);
    assert.equal(isOpen, true);
    await page.getByRole('group', { name: 'Columns of the table' }).waitFor({ state: 'detached' });
  } finally {
    await close();
  }
});
