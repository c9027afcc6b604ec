// Dialogs in a real browser: what closes them, and what does not.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { setOneOfEverything } from './one-of-everything.ts';
import { launchBrowser, type Opened, openPage, skip } from './open-page.ts';

let browser: Browser;
let opened: Opened;
before(async () => {
  if (skip !== false) return;
  browser = await launchBrowser();
  opened = await openPage(browser);
  // Keys are for admins.
  const link = await fetch(`${opened.app.dashboardUrl}/api/links`, {
    method: 'POST',
    headers: opened.app.adminHeaders,
    body: '{}',
  });
  const { added } = (await link.json()) as { added: { path: string } };
  await opened.page.goto(opened.app.dashboardUrl + added.path);
  await opened.page.getByRole('navigation', { name: 'Tabs' }).waitFor();
});
after(async () => {
  await opened?.close();
  await browser?.close();
});

async function openKeyDialog(page: Page): Promise<Locator> {
  await page.goto(`${opened.app.dashboardUrl}/?tab=system&section=keys`);
  await page.getByTestId('keys').getByRole('button', { name: 'Make a key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  return dialog;
}

/** Beside every dialog. */
const BESIDE = { x: 4, y: 400 };

test('a text that is selected to beyond the dialog’s edge does not close it', { skip }, async () => {
  const { page } = opened;
  const dialog = await openKeyDialog(page);
  const name = dialog.getByLabel('Name');
  await name.fill('nightly');
  const box = await name.boundingBox();
  assert.ok(box !== null);
  await page.mouse.move(box.x + box.width - 5, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(BESIDE.x, BESIDE.y);
  await page.mouse.up();
  assert.equal(await name.inputValue(), 'nightly');
  await page.mouse.click(BESIDE.x, BESIDE.y);
  await dialog.waitFor({ state: 'detached' });
});

test('a key that is shown once stays until it is closed', { skip }, async () => {
  const { page } = opened;
  const dialog = await openKeyDialog(page);
  await dialog.getByLabel('Name').fill('shown-once');
  await dialog.getByRole('button', { name: 'Make it' }).click();
  const key = page.getByTestId('made-key');
  await key.waitFor();
  await page.mouse.click(BESIDE.x, BESIDE.y);
  assert.ok(await key.isVisible());
  await dialog.getByRole('button', { name: 'Close' }).click();
  await key.waitFor({ state: 'detached' });
});

test('what was refused is seen on a phone, with the button to try again', { skip }, async () => {
  const { page } = opened;
  await page.setViewportSize({ width: 360, height: 640 });
  const dialog = await openKeyDialog(page);
  await dialog.getByLabel('Name').fill('refused');
  await dialog.getByLabel('Requests a minute').fill('none');
  // By the keyboard: the button itself is not seen.
  await page.keyboard.press('Enter');
  for (const told of [dialog.getByRole('alert'), dialog.getByRole('button', { name: 'Make it' })]) {
    await page.waitForFunction(
      (element) => {
        const { top, bottom } = element?.getBoundingClientRect() ?? { top: -1, bottom: 0 };
        return top >= 0 && bottom <= (element?.ownerDocument.documentElement.clientHeight ?? 0);
      },
      await told.elementHandle(),
    );
  }
  await page.setViewportSize({ width: 1280, height: 900 });
});

test('whoever cancels or sends a form is back at the button that opened it', { skip }, async () => {
  const { page } = opened;
  await page.goto(`${opened.app.dashboardUrl}/?tab=system&section=budgets`);
  const opener = page.getByTestId('budgets').getByRole('button', { name: 'Set a budget' });
  const dialog = page.getByRole('dialog');
  const isBack = async (): Promise<boolean> => {
    await dialog.waitFor({ state: 'detached' });
    return opener.evaluate((button) => button.ownerDocument.activeElement === button);
  };
  await opener.press('Enter');
  await dialog.getByRole('button', { name: 'Cancel' }).press('Enter');
  assert.ok(await isBack(), 'after "Cancel"');
  await opener.press('Enter');
  await dialog.getByLabel('Dollars').fill('25');
  await page.keyboard.press('Enter');
  assert.ok(await isBack(), 'after it was sent');
  await page.getByTestId('budgets').getByText('daily, all traffic').waitFor();
});

test('nothing that is set goes without a question', { skip }, async () => {
  const { app, page } = opened;
  await setOneOfEverything(app.dashboardUrl);
  const added = { name: 'backup', api: 'openai', url: 'http://127.0.0.1:9', priority: 10 };
  const headers = { ...app.adminHeaders, 'content-type': 'application/json' };
  await fetch(`${app.dashboardUrl}/api/upstreams`, {
    method: 'POST',
    headers,
    body: JSON.stringify(added),
  });
  const dialog = page.getByRole('dialog');
  for (const [section, name, gone] of [
    ['routes', 'r', 'No routing rule'],
    ['tags', 't', 'No tag rule'],
    ['cache', 'c', 'No cache rule'],
    ['prompts', 'a', 'No archive rule'],
    ['upstreams', 'backup', null],
  ] as const) {
    await page.goto(`${app.dashboardUrl}/?tab=system&section=${section}`);
    const remove = page.locator('main').getByRole('button', { name: 'Remove', exact: true });
    await remove.click();
    await dialog.getByRole('heading', { name: `Remove ${name}?` }).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    await remove.click();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    if (gone === null) await page.getByRole('heading', { name, exact: true }).waitFor({ state: 'detached' });
    else await page.getByText(gone).waitFor();
  }
});
