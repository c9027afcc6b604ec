// Names as long as they may be, in a real browser: they break, and leave room for what stands beside them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import { atRest, launchBrowser, type Opened, openPage, send, skip } from './open-page.ts';

const LONG = `long-${'w'.repeat(59)}`;
const MODEL = `house/${'m'.repeat(90)}`;
/** Written from right to left. */
const ARABIC = 'مساعد-الدردشة-العربي';
/** Three of them, with what a cell leaves above and below. */
const LINES_PX_MAX = 80;
const LEGEND_PX_MAX = 400;

let browser: Browser;
let opened: Opened;
before(async () => {
  if (skip !== false) return;
  browser = await launchBrowser();
  opened = await openPage(browser, { settings: { TOKENWATCH_CACHE_ENABLED: 'true' } });
  const { app, page } = opened;
  const set = async (path: string, document: object): Promise<Response> => {
    const headers = { ...app.adminHeaders, 'content-type': 'application/json' };
    const body = JSON.stringify(document);
    const response = await fetch(app.dashboardUrl + path, { method: 'POST', headers, body });
    assert.equal(response.status, 200, path);
    return response;
  };
  await set('/api/keys', { name: LONG, app: LONG, models: LONG });
  await set('/api/routes', { name: LONG, conditions: [{ type: 'model', value: MODEL }], target: MODEL });
  await set('/api/tags', { name: LONG, condition: { type: 'source_app', value: LONG }, tag: `team=${LONG}` });
  await set('/api/tags', { name: 'a', condition: { type: 'source_app', value: 'arabic' }, tag: ARABIC });
  await set('/api/budgets', { name: LONG, limit: '8999999', period: 'monthly', action: 'warn' });
  await set('/api/cache-rules', { name: LONG, app: LONG, cache: true });
  await send(app, LONG, { model: MODEL, session: LONG, tag: `team=${LONG}`, prompt: 'Hello' });
  // Its client has the answer a moment before a session is told of it.
  await app.recordOf(LONG);
  await send(app, 'arabic', { session: 'arabic' });
  await app.recordOf('arabic');
  // Of a known price: a chart of costs names it.
  await send(app, LONG, { session: 'priced', tag: `team=${LONG}`, prompt: 'Other' });
  await app.recordOf('priced');
  const { added } = (await (await set('/api/links', {})).json()) as { added: { path: string } };
  await page.goto(app.dashboardUrl + added.path);
  await page.getByRole('navigation', { name: 'Tabs' }).waitFor();
});
after(async () => {
  await opened?.close();
  await browser?.close();
});

/** Each place, and what it says when it has loaded. */
const PLACES = [
  ['', 'Requests'],
  ['?view=sessions', 'Sessions'],
  [`?view=sessions&session=${LONG}`, 'All sessions'],
  ['?tab=cost', 'Where the money went'],
  ['?tab=cost&by=session', 'Where the money went'],
  ['?tab=system&section=budgets', LONG],
  ['?tab=system&section=routes', LONG],
  ['?tab=system&section=tags', LONG],
  ['?tab=system&section=cache', 'Stored answers'],
  ['?tab=system&section=prices', 'Without a price'],
  ['?tab=system&section=keys', LONG],
] as const;

test('no page is wider than its window, however long a name is', { skip }, async () => {
  const { app, page, faults } = opened;
  for (const width of [1280, 900, 768, 360]) {
    await page.setViewportSize({ width, height: 900 });
    for (const [query, words] of PLACES) {
      await page.goto(`${app.dashboardUrl}/${query}`);
      await page.locator('main').getByText(words).first().waitFor();
      await atRest(page);
      const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      assert.ok(Number(over) <= 0, `${width} pixels, ${query}: ${over} pixels too wide`);
      // Tables that would scroll to the side are wider than they need be.
      const scrolls = await page
        .locator('main .scroll-x')
        .evaluateAll((all) =>
          all.flatMap((each) =>
            each.scrollWidth > each.clientWidth ? [each.getAttribute('aria-label')] : [],
          ),
        );
      assert.deepEqual(scrolls, [], `${width} pixels, ${query}`);
      // Rows are blocks where there is no room for columns, and nowhere else.
      const blocks = await page.locator('main .stacked').count();
      assert.ok(width < 1280 || blocks === 0, `${width} pixels, ${query}: ${blocks} tables of blocks`);
      const grid = page.getByRole('grid', { name: 'Requests' });
      if ((await grid.count()) > 0)
        assert.ok(
          await grid.evaluate((element) => element.scrollWidth <= element.clientWidth),
          `${width} pixels, ${query}: requests`,
        );
      const cut = await page
        .locator('main tbody th, .rule-words h3')
        .evaluateAll((all) =>
          all.flatMap((each) => (each.scrollWidth > each.clientWidth + 1 ? [each.textContent] : [])),
        );
      assert.deepEqual(cut, [], `${width} pixels, ${query}`);
    }
  }
  assert.deepEqual(faults, []);
});

test('beside a long name the words of the other columns stay whole', { skip }, async () => {
  const { app, page } = opened;
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`${app.dashboardUrl}/?tab=system&section=cache`);
  const endpoint = page
    .getByTestId('cache-entries')
    .getByRole('cell', { name: 'messages', exact: true })
    .first();
  await endpoint.waitFor();
  await atRest(page);
  assert.equal(await linesOf(endpoint), 1);
  await page.goto(`${app.dashboardUrl}/?tab=system&section=prices`);
  const last = page.getByTestId('unpriced').getByRole('cell', { name: /ago$/ }).last();
  await last.waitFor();
  await atRest(page);
  assert.equal(await linesOf(last), 1);
});

test('a table of sessions gives each a few lines, and has the whole name under the pointer', {
  skip,
}, async () => {
  const { app, page } = opened;
  await page.setViewportSize({ width: 1280, height: 900 });
  for (const query of ['?view=sessions', '?tab=cost&by=session']) {
    await page.goto(`${app.dashboardUrl}/${query}`);
    const row = page.locator('main tbody tr').filter({ has: page.getByRole('rowheader', { name: LONG }) });
    await row.waitFor();
    await atRest(page);
    const { height = 0 } = (await row.boundingBox()) ?? {};
    assert.ok(await row.locator(`bdi[title="${LONG}"]`).first().isVisible());
    assert.ok(height > 0 && height <= LINES_PX_MAX, `${query}: ${height} pixels`);
  }
});

test('beside a name that is written from right to left a figure stays where it is, and as it is', {
  skip,
}, async () => {
  const { app, page } = opened;
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`${app.dashboardUrl}/?stack=tag`);
  const entry = page.locator('.legend li').filter({ hasText: ARABIC }).first();
  await entry.waitFor();
  await atRest(page);
  const name = await entry.getByText(ARABIC).last().boundingBox();
  const figure = await entry.locator('b').boundingBox();
  assert.ok(name !== null && figure !== null && figure.x >= name.x + name.width - 1);
  const long = page.locator('.legend li').filter({ hasText: LONG }).first();
  assert.ok(((await long.boundingBox())?.width ?? Infinity) < LEGEND_PX_MAX);
});

function linesOf(cell: Locator): Promise<number> {
  return cell.evaluate((element) => {
    const range = element.ownerDocument.createRange();
    range.selectNodeContents(element);
    return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
  });
}
