// Charts: a part is marked by pointer, keys or finger and becomes the span.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { atRest, launchBrowser, openPage, send, skip } from './open-page.ts';

let browser: Browser;
before(async () => {
  if (skip === false) browser = await launchBrowser();
});
after(() => browser?.close());

/** The charts show the span of the address, not the one before it. */
const ofNow = (page: Page) => page.locator('.time-chart.old').first().waitFor({ state: 'detached' });

/** A finger from one share of the first chart's width to another, and its crosshair. */
const SWIPE = `((from, to) => {
  const over = document.querySelector('.plot .u-over');
  const { left, top, width } = over.getBoundingClientRect();
  const touch = (type, share) => over.dispatchEvent(new PointerEvent(type, {
    pointerType: 'touch', isPrimary: true, clientX: left + share * width, clientY: top + 5,
  }));
  touch('pointerdown', from);
  touch('pointermove', to);
  touch('pointerup', to);
})`;

test('a part of a chart that is marked by pointer, keys or finger becomes the span, and there is a way back', {
  skip,
}, async () => {
  const { app, page, faults, close } = await openPage(browser, { path: '/?span=1h' });
  try {
    await send(app, 'chat');
    await page.locator('.plot canvas').first().waitFor();
    await atRest(page);
    const before = Number(await page.evaluate('history.length'));
    const box = await page.locator('.plot .u-over').first().boundingBox();
    assert.ok(box !== null);
    const at = (share: number) => [box.x + share * box.width, box.y + box.height / 2] as const;
    await page.mouse.move(...at(0.3));
    await page.mouse.down();
    await page.mouse.move(...at(0.7), { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/span=\d+-\d+/);
    assert.equal(await page.evaluate('history.length'), before + 1);
    await page.goBack();
    await page.waitForURL(/span=1h$/);
    await ofNow(page);
    const plot = page.locator('.plot').first();
    await plot.focus();
    for (const key of ['ArrowLeft', 'ArrowLeft', 'Shift+ArrowLeft', 'Shift+ArrowLeft', 'Enter'])
      await page.keyboard.press(key);
    await page.waitForURL(/span=\d+-\d+&whole=1h$/);
    const [, from, to] = /span=(\d+)-(\d+)/.exec(page.url()) ?? [];
    const minutes = (Number(to) - Number(from)) / 60_000;
    assert.ok(minutes > 1 && minutes < 30, `three parts of an hour are ${minutes} minutes`);
    await page.getByRole('button', { name: 'Zoom out' }).click();
    await page.waitForURL(/span=1h$/);
    await page.locator('.plot:focus').waitFor();
    await page.getByText('Drag to zoom').waitFor();
    await ofNow(page);
    await page.evaluate(`${SWIPE}(0.2, 0.6)`);
    await page.waitForURL(/span=\d+-\d+&whole=1h$/);
    await page.locator('.chip').click();
    await page.waitForURL(/span=1h$/);
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('what is dragged over stays while a new series appears, and is zoomed into', { skip }, async () => {
  const { app, page, faults, close } = await openPage(browser, { path: '/?span=1h' });
  try {
    await send(app, 'chat', { model: 'claude-haiku-4-5' });
    const legend = page.locator('.time-chart .legend').first();
    await legend.getByText('claude-haiku').waitFor();
    await atRest(page);
    const box = await page.locator('.plot .u-over').first().boundingBox();
    assert.ok(box !== null);
    const at = (share: number) => [box.x + share * box.width, box.y + box.height / 2] as const;
    await page.mouse.move(...at(0.3));
    await page.mouse.down();
    await page.mouse.move(...at(0.5), { steps: 4 });
    const series = page.waitForResponse(async (response) => {
      return response.url().includes('/api/timeseries') && (await response.text()).includes('claude-opus');
    });
    await send(app, 'chat', { model: 'claude-opus-4-6' });
    await series;
    // What the page shows elsewhere is new: the answer is drawn.
    await page.getByTestId('recent').getByText('claude-opus').first().waitFor();
    await page.mouse.move(...at(0.7), { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/span=\d+-\d+/);
    const [, from, to] = /span=(\d+)-(\d+)/.exec(page.url()) ?? [];
    const minutes = (Number(to) - Number(from)) / 60_000;
    assert.ok(minutes > 20 && minutes < 28, `0.4 of an hour is ${minutes} minutes`);
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('a part that was marked while another span was on its way is dropped with the old figures', {
  skip,
}, async () => {
  const { app, page, faults, close } = await openPage(browser, { path: '/?span=1h' });
  try {
    await send(app, 'chat');
    await page.locator('.plot canvas').first().waitFor();
    const { promise: isMarked, resolve: letGo } = Promise.withResolvers<void>();
    await page.route('**/api/timeseries?*range=7d*', async (route) => {
      await isMarked;
      await route.continue();
    });
    await page.getByText('7 d', { exact: true }).click();
    await page.locator('.time-chart.old .plot').first().focus();
    for (const key of ['ArrowLeft', 'Shift+ArrowLeft']) await page.keyboard.press(key);
    const marked = page.getByText('A part is marked');
    await marked.waitFor({ state: 'attached' });
    letGo();
    await ofNow(page);
    assert.equal(await marked.count(), 0);
    for (const key of ['ArrowLeft', 'Shift+ArrowLeft', 'Enter']) await page.keyboard.press(key);
    await page.waitForURL(/span=\d+-\d+&whole=7d$/);
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});
