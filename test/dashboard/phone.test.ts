// The page on a phone, 360 pixels wide: nothing scrolls sideways, and long names break where a reader would break them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { atRest, launchBrowser, openPage, send, skip } from './open-page.ts';

const WIDTH = 360;
/** Without a place to break at. */
const LONG_WORD = `an_application_${'of_a_long_name_'.repeat(7)}`;
const TAG = 'team=platform,project=observability,costcenter=4711-emea';

/** In how many lines each part of the name stands. */
const LINES_OF_PARTS = `(() => {
  const element = document.querySelector('[data-testid=cost-by] button bdi');
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const found = {};
  while (texts.nextNode() !== null) {
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    found[texts.currentNode.textContent] = range.getClientRects().length;
  }
  return found;
})()`;

let browser: Browser;
before(async () => {
  if (skip === false) browser = await launchBrowser();
});
after(() => browser?.close());

/** The page itself among them. */
function tooWide(page: Page): Promise<readonly string[]> {
  return page
    .locator('html, .scroll-x')
    .evaluateAll((all) =>
      all
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map((one) => `${one.getAttribute('aria-label')}: ${one.scrollWidth} in ${one.clientWidth}`),
    );
}

test('nothing is wider than its place, whatever it is called', { skip }, async () => {
  const { app, page, faults, close } = await openPage(browser, {
    width: WIDTH,
    settings: { TOKENWATCH_CACHE_ENABLED: 'true', TOKENWATCH_CACHE_EMBEDDER: 'off' },
  });
  const post = async (path: string, body: object): Promise<void> => {
    const response = await fetch(app.dashboardUrl + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 200, await response.text());
  };
  try {
    await send(app, 'an-application-with-a-long-name', {
      tag: TAG,
      session: 'a-session-with-a-long-name-of-its-own',
    });
    await send(app, LONG_WORD);
    await post('/api/budgets', { name: 'long', limit: '5', period: 'daily', app: LONG_WORD });
    await send(app, 'odd', { model: 'a-model-that-nobody-has-a-price-for-20261126' });
    await post('/api/tags', {
      name: 'nightly',
      condition: { type: 'source_app', value: 'nightly' },
      tag: TAG,
    });
    await post('/api/cache-rules', {
      name: 'agents',
      app: 'claude-code',
      tag: TAG,
      cache: false,
    });
    await post('/api/archive-rules', { name: 'payroll', app: 'payroll', tag: TAG, store: false });
    await page.goto(app.dashboardUrl);
    await page.locator('.top-list').first().waitFor();
    await atRest(page);
    const dearest = page.locator('.top-list li').first();
    // As long as the name of a model without its date.
    assert.ok(await dearest.locator('.name').evaluate((name) => name.clientWidth >= 130));
    for (const [head, figure] of [
      ['Requests', '.requests'],
      ['Cost', '.cost'],
    ] as const) {
      const above = page.locator('.list-heads').first().getByText(head);
      // In one look: what comes between two moves both.
      const off = await dearest
        .locator(figure)
        .evaluate(
          (below, element) =>
            below.getBoundingClientRect().right - (element?.getBoundingClientRect().right ?? 0),
          await above.elementHandle(),
        );
      assert.ok(Math.abs(off) < 1, `${head} beside its figures`);
    }
    const places = [
      ['tab=cost', 'Costs'],
      ['tab=cost&by=app', 'Costs'],
      ['tab=cost&by=session', 'Costs of sessions'],
      ['tab=system&section=tags', 'Tag rules'],
      ['tab=system&section=cache', 'Cache rules'],
      ['tab=system&section=prompts', 'Archive rules'],
      ['tab=system&section=prices', 'Prices'],
      ['tab=system&section=instances', 'Proxies'],
    ] as const;
    for (const [query, name] of places) {
      await page.goto(`${app.dashboardUrl}/?${query}`);
      const table = page.getByRole('region', { name, exact: true }).last();
      await table.getByRole('rowheader').first().waitFor();
      await atRest(page);
      assert.deepEqual(await tooWide(page), [], query);
    }
    await page.goto(`${app.dashboardUrl}/?tab=system&section=budgets`);
    await page.getByTestId('budgets').getByText(LONG_WORD).waitFor();
    await atRest(page);
    assert.deepEqual(await tooWide(page), [], 'budgets');
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(`${app.dashboardUrl}/?tab=cost&by=app`);
    await page.getByTestId('cost-by').getByText(LONG_WORD).waitFor();
    await atRest(page);
    assert.deepEqual(await tooWide(page), [], 'on a wide screen');
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('a combined tag breaks between its parts', { skip }, async () => {
  const { app, page, close } = await openPage(browser, { width: WIDTH });
  try {
    await send(app, 'chat', { tag: TAG });
    await page.goto(`${app.dashboardUrl}/?tab=cost`);
    const name = page.getByTestId('cost-by').getByRole('button', { name: TAG });
    await name.waitFor();
    await atRest(page);
    const box = await name.boundingBox();
    assert.ok(box !== null && box.height > 30, 'the tag must be longer than a line, or this shows nothing');
    const parts = await page.evaluate(LINES_OF_PARTS);
    assert.deepEqual(parts, { 'team=platform,': 1, 'project=observability,': 1, 'costcenter=4711-emea': 1 });
  } finally {
    await close();
  }
});

test('a request’s drawer is as wide as a phone, and says what an answer from the cache cost', {
  skip,
}, async () => {
  const { app, page, close } = await openPage(browser, {
    width: WIDTH,
    settings: { TOKENWATCH_CACHE_ENABLED: 'true', TOKENWATCH_CACHE_EMBEDDER: 'off' },
  });
  try {
    await send(app, 'chat');
    await send(app, 'chat');
    await page.reload();
    await page.locator('.grid-row').getByText('from cache').first().click();
    const drawer = page.getByTestId('drawer');
    await drawer.getByText('answered from the cache: nothing was bought').waitFor();
    const cross = await drawer.getByRole('button', { name: 'Close' }).boundingBox();
    assert.ok(cross !== null && cross.x + cross.width <= WIDTH, JSON.stringify(cross));
  } finally {
    await close();
  }
});

test('a lost connection is told in the place that there is', { skip }, async () => {
  const { app, page, close } = await openPage(browser, { width: WIDTH });
  try {
    await send(app, 'chat');
    await page.reload();
    await page.getByTestId('totals').waitFor();
    const masthead = page.locator('.masthead');
    await page.locator('.connection.live').waitFor();
    await atRest(page);
    const before = await masthead.boundingBox();
    await page.routeWebSocket('**/ws/live*', (socket) => socket.close());
    await page.reload();
    await page.getByTestId('totals').waitFor();
    await page.locator('.connection.lost').getByText('Lost', { exact: true }).waitFor();
    await atRest(page);
    assert.deepEqual(await masthead.boundingBox(), before);
  } finally {
    await close();
  }
});

test('requests are put in order on a phone as well', { skip }, async () => {
  const { app, page, close } = await openPage(browser, { width: WIDTH });
  try {
    await send(app, 'chat');
    await page.locator('.grid-row').getByText('chat').waitFor();
    const cost = page.getByRole('columnheader', { name: 'Cost' });
    await cost.getByRole('button').click();
    await page.locator('[role=columnheader][aria-sort=descending]').getByText('Cost').waitFor();
    const { width = 0, height = 0 } = (await cost.getByRole('button').boundingBox()) ?? {};
    assert.ok(width >= 24 && height >= 24, `${width} by ${height} pixels`);
  } finally {
    await close();
  }
});
