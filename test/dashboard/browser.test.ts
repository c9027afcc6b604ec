// The page in a real browser: headless Chromium.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { startTestApp, type TestApp, type TestAppOptions } from '../start-test-app.ts';
import { startHeldProvider } from './held-provider.ts';

const FOLDERS = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)];
const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome']
  .flatMap((name) => FOLDERS.map((folder) => join(folder, name)))
  .find((path) => existsSync(path));
// A machine without a browser skips these; CI installs one and does not.
const skip = CHROMIUM === undefined && process.env.CI === undefined ? 'there is no Chromium here' : false;

let browser: Browser;
before(async () => {
  if (skip === false)
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
});
after(() => browser?.close());

interface Opened {
  readonly app: TestApp;
  readonly page: Page;
  /** Errors that the page threw or wrote to its console. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

async function open(
  options: { width?: number; colorScheme?: 'light' | 'dark'; settings?: TestAppOptions['settings'] } = {},
): Promise<Opened> {
  const app = await startTestApp({ settings: options.settings ?? {} });
  const page = await browser.newPage({
    viewport: { width: options.width ?? 1280, height: 900 },
    colorScheme: options.colorScheme ?? 'light',
  });
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(app.dashboardUrl);
  return {
    app,
    page,
    faults,
    async close() {
      await page.close();
      await app.close();
    },
  };
}

async function send(app: TestApp, appName: string): Promise<void> {
  const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-app': appName },
    body: JSON.stringify({
      model: 'claude-haiku-4-5',
      max_tokens: 20,
      messages: [{ role: 'user', content: 'Hello' }],
    }),
  });
  await response.arrayBuffer();
}

test('an empty dashboard says what to do, and the first request appears by itself', { skip }, async () => {
  const { app, page, faults, close } = await open();
  try {
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('No requests yet').waitFor();
    assert.match(await page.getByTestId('empty').innerText(), new RegExp(`${app.proxyUrl}/anthropic`));

    await send(app, 'first-app');
    const row = page.getByTestId('recent').locator('tbody tr').first();
    await row.getByText('ok 200').waitFor();
    assert.match(await row.innerText(), /first-app\s+claude-haiku-4-5/);
    await page.getByTestId('totals').getByText('Requests').waitFor();
    await page.getByTestId('chart').locator('canvas').waitFor();
    assert.equal(await page.getByText('No requests yet').count(), 0);
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('a request in flight is in the table before it ends, in the same row', { skip }, async () => {
  const provider = await startHeldProvider();
  const { app, page, faults, close } = await open({ settings: { TOKENWATCH_ANTHROPIC_URL: provider.url } });
  try {
    await page.getByText('Live', { exact: true }).waitFor();
    const sent = send(app, 'waiting-app');
    const rows = page.getByTestId('recent').locator('tbody tr');
    await rows.getByText('in flight').waitFor();
    const id = await rows.first().getAttribute('data-id');
    provider.release();
    await sent;
    await rows.getByText('ok 200').waitFor();
    assert.equal(await rows.count(), 1);
    assert.equal(await rows.first().getAttribute('data-id'), id);
    assert.deepEqual(faults, []);
  } finally {
    await close();
    provider.close();
  }
});

test('the chart tells the figures of the whole range, and of the bar at the pointer', { skip }, async () => {
  const { app, page, faults, close } = await open();
  try {
    await send(app, 'a');
    const when = page.locator('.key .when');
    await when.getByText('In all').waitFor();
    await page.locator('.key .cost b').getByText('$0.0').waitFor();
    await page.locator('.u-over').hover({ position: { x: 5, y: 20 } });
    await page.locator('.key .cost b').getByText('$0', { exact: true }).waitFor();
    assert.match(await when.innerText(), /^\d+ \w+,? .*\d\d:\d\d$/);
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('totals follow new requests, and another range is asked for', { skip }, async () => {
  const { app, page, faults, close } = await open();
  try {
    await send(app, 'a');
    await send(app, 'b');
    const requests = page.getByTestId('totals').locator('.tile').nth(1).locator('.value');
    await requests.getByText('2', { exact: true }).waitFor();
    await send(app, 'c');
    await requests.getByText('3', { exact: true }).waitFor();
    const asked = page.waitForResponse((response) => response.url().includes('/api/stats?range=7d'));
    await page.getByText('7 days').click();
    assert.equal((await asked).status(), 200);
    assert.match(page.url(), /#7d$/);
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('the page fits a narrow window and follows the dark scheme', { skip }, async () => {
  const { app, page, close } = await open({ width: 400, colorScheme: 'dark' });
  try {
    await send(app, 'narrow-app');
    await page.getByTestId('recent').getByText('ok 200').waitFor();
    await page.getByTestId('totals').waitFor();
    const width = await page.evaluate('document.documentElement.scrollWidth');
    assert.ok(Number(width) <= 400, `the page is ${width} pixels wide`);
    const row = page.getByTestId('recent').locator('tbody tr').first();
    assert.match(await row.innerText(), /narrow-app/, 'who asked is not shown');
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    const [red = 255] = /\d+/.exec(String(ground))?.map(Number) ?? [];
    assert.ok(red < 64, `the ground is ${ground}`);
  } finally {
    await close();
  }
});

test('a dashboard that lost its server says so', { skip }, async () => {
  const { app, page, close } = await open();
  await page.getByText('Live', { exact: true }).waitFor();
  await app.close();
  await page.getByText('Connection lost, trying again').waitFor();
  await close();
});
