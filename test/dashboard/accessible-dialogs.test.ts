// axe on what opens over a tab, and on what admins alone see: light and dark, wide and narrow.

import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
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
  const { app, page } = opened;
  await setOneOfEverything(app.dashboardUrl);
  await send(app, 'chat', { session: 'run-1', tag: 'team=growth' });
  await app.recordOf('run-1');
  const link = await fetch(`${app.dashboardUrl}/api/links`, {
    method: 'POST',
    headers: app.adminHeaders,
    body: '{}',
  });
  const { added } = (await link.json()) as { added: { path: string } };
  await page.goto(app.dashboardUrl + added.path);
  await page.getByRole('navigation', { name: 'Tabs' }).waitFor();
});
after(async () => {
  await opened?.close();
  await browser?.close();
});

/** Forms that an address opens, each by its name there. */
const FORMS = [
  ['system&section=budgets', 'budget'],
  ['system&section=budgets', 'kill'],
  ['system&section=routes', 'route'],
  ['system&section=tags', 'tag'],
  ['system&section=cache', 'cache-rule'],
  ['system&section=prompts', 'archive-rule'],
  ['system&section=upstreams', 'upstream'],
  ['system&section=keys', 'key'],
  ['experiments', 'test'],
] as const;

test('axe finds nothing in any form', { skip }, async () => {
  const { app, page } = opened;
  for (const [place, name] of FORMS) {
    await page.goto(`${app.dashboardUrl}/?tab=${place}&new=${name}`);
    await page.getByRole('dialog').waitFor();
    await assertAccessibleInEveryView(page, `the form "${name}"`);
  }
});

/** What a button of a place opens. */
const OPENED: readonly (readonly [place: string, button: (page: Page) => Locator, what: string])[] = [
  ['system&section=budgets', (page) => page.getByRole('button', { name: 'Edit' }), 'a budget'],
  ['system&section=budgets', (page) => page.getByRole('button', { name: 'Raise' }), 'a raise'],
  ['system&section=budgets', (page) => page.getByRole('button', { name: 'Remove' }), 'a question'],
  ['system&section=cache', (page) => page.getByRole('button', { name: 'Inspect' }), 'a stored answer'],
  ['experiments', (page) => page.getByRole('button', { name: 'Complete' }), 'the end of a test'],
];

test('axe finds nothing in what the buttons open, nor in a refusal', { skip }, async () => {
  const { app, page } = opened;
  for (const [place, button, what] of OPENED) {
    await page.goto(`${app.dashboardUrl}/?tab=${place}`);
    await button(page).first().click();
    await page.getByRole('dialog').waitFor();
    await assertAccessibleInEveryView(page, what);
  }
  await page.goto(`${app.dashboardUrl}/?tab=system&section=budgets&new=budget`);
  await page.getByLabel('Dollars').fill('ten');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  await assertAccessibleInEveryView(page, 'a refusal');
});

test('axe finds nothing in the palette, the menu of columns and a stored conversation', {
  skip,
}, async () => {
  const { app, page } = opened;
  await page.goto(app.dashboardUrl);
  await page.getByRole('button', { name: 'Columns' }).click();
  await assertAccessibleInEveryView(page, 'the menu of columns');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('option').first().waitFor();
  await assertAccessibleInEveryView(page, 'the palette');
  await page.getByLabel('Search commands').fill('nothing has these words');
  await page.getByText('No command has these words.').waitFor();
  await assertAccessibleInEveryView(page, 'the palette without a command');
  await page.keyboard.press('Escape');
  await page.locator('.grid-row').first().click();
  await page.getByTestId('drawer').getByText('Conversation').waitFor();
  await assertAccessibleInEveryView(page, 'a stored conversation');
});

test('axe finds nothing in what admins see of users, changes and keys', { skip }, async () => {
  const { app, page } = opened;
  await page.goto(`${app.dashboardUrl}/?tab=system&section=access`);
  await page.getByTestId('audit').locator('summary').first().click();
  await assertAccessibleInEveryView(page, 'users and changes');
  await page.goto(`${app.dashboardUrl}/?tab=system&section=keys&new=key`);
  await page.getByLabel('Name').fill('ci');
  await page.keyboard.press('Enter');
  await page.getByTestId('made-key').waitFor();
  await assertAccessibleInEveryView(page, 'a key that was made');
});

test('axe finds nothing while the server is away', { skip }, async () => {
  const { app, page } = opened;
  await page.goto(app.dashboardUrl);
  await page.locator('.grid-row').first().waitFor();
  await app.stop();
  await page.getByText('Connection lost, trying again').waitFor({ state: 'attached' });
  await page.getByText('The figures cannot be loaded').waitFor();
  await assertAccessibleInEveryView(page, 'the server is away');
});
