// axe on every tab, light and dark, wide and narrow, empty, full and with a request open: one server, filled on the way.

import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { assertAccessibleInEveryView } from './axe.ts';
import { setOneOfEverything } from './one-of-everything.ts';
import { launchBrowser, type Opened, openPage, send, skip } from './open-page.ts';

let browser: Browser;
let opened: Opened;
before(async () => {
  if (skip !== false) return;
  browser = await launchBrowser();
  opened = await openPage(browser, {
    settings: {
      TOKENWATCH_CACHE_ENABLED: 'true',
      TOKENWATCH_CACHE_EMBEDDER: 'off',
      TOKENWATCH_STORE_PROMPTS: 'true',
    },
  });
});
after(async () => {
  await opened?.close();
  await browser?.close();
});

const PLACES = [
  '/',
  '/?tab=cost',
  '/?tab=experiments',
  ...[
    'budgets',
    'routes',
    'tags',
    'cache',
    'prompts',
    'upstreams',
    'prices',
    'keys',
    'access',
    'server',
    'instances',
  ].map((section) => `/?tab=system&section=${section}`),
];

test('axe finds nothing while there is nothing', { skip }, async () => {
  const { app, page } = opened;
  await page.getByTestId('empty').waitFor();
  for (const place of PLACES) {
    await page.goto(app.dashboardUrl + place);
    await page.locator('main section').first().waitFor();
    await assertAccessibleInEveryView(page, `empty ${place}`);
  }
});

test('axe finds nothing where there is one of everything', { skip }, async () => {
  const { app, page } = opened;
  await setOneOfEverything(app.dashboardUrl);
  for (const name of ['chat', 'batch'])
    await send(app, name, { session: 'run-1', tag: 'team=growth', model: 'claude-sonnet-4-5' });
  await send(app, 'odd', { model: 'nobody-knows-1' });
  for (const place of [...PLACES, '/?view=sessions', '/?view=sessions&session=run-1']) {
    await page.goto(app.dashboardUrl + place);
    await page.locator('main .card').first().waitFor();
    await assertAccessibleInEveryView(page, `full ${place}`);
  }
  await page.goto(app.dashboardUrl);
  await page.locator('.grid-row').first().click();
  await page.getByTestId('drawer').getByText('Tokens and money').waitFor();
  await assertAccessibleInEveryView(page, 'drawer');
});

test('axe finds nothing in a replay, from its questions to its answers', { skip }, async () => {
  const { app, page } = opened;
  await page.goto(`${app.dashboardUrl}/?tab=experiments&new=replay`);
  await page.getByLabel('Ask this model').fill('claude-haiku-4-5');
  await page.getByRole('button', { name: 'Estimate' }).click();
  await page.getByTestId('plan').waitFor();
  await assertAccessibleInEveryView(page, 'replay dialog');
  await page.getByRole('button', { name: 'Ask claude-haiku-4-5' }).click();
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByTestId('replay-result').locator('summary').first().click();
  await assertAccessibleInEveryView(page, 'replay');
});

test('axe finds nothing in the description of the API', { skip }, async () => {
  const { app, page } = opened;
  await page.goto(`${app.dashboardUrl}/api/`);
  for (const name of ['stats', 'routeAdd']) await page.locator(`#${name} summary`).click();
  await assertAccessibleInEveryView(page, 'the API');
});
