// The login in a real browser: in by a password, out again, and in by a link.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { hashPassword } from '../../src/access/password.ts';
import { UserFile } from '../../src/access/users.ts';
import { startTestApp } from '../start-test-app.ts';
import { launchBrowser, skip } from './open-page.ts';

let browser: Browser;
before(async () => {
  if (!skip) browser = await launchBrowser();
});
after(() => browser?.close());

test('nothing is shown before a login, and nothing after a logout', { skip }, async (t) => {
  const app = await startTestApp({
    prepare: async (dataDir) => {
      const password = await hashPassword('an invented password');
      new UserFile(dataDir).add({ name: 'ann', role: 'admin', password, createdAtMs: 1 });
    },
  });
  t.after(() => app.close());
  const page = await browser.newPage();
  await page.goto(app.dashboardUrl);
  await page.getByLabel('Name').fill('ann');
  await page.getByLabel('Password').fill('a wrong password');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('The name or the password is wrong.').waitFor();
  assert.equal(await page.getByRole('navigation').count(), 0);
  await page.getByLabel('Password').fill('an invented password');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('navigation', { name: 'Tabs' }).waitFor();
  await page.goto(`${app.dashboardUrl}/?tab=system&section=access`);
  await page.getByTestId('users').getByRole('row', { name: /ann/ }).waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('Password').waitFor();
  assert.equal(await page.getByRole('navigation').count(), 0);

  const link = await fetch(`${app.dashboardUrl}/api/links`, {
    method: 'POST',
    headers: app.adminHeaders,
    body: '{}',
  });
  const { added } = (await link.json()) as { added: { path: string } };
  await page.goto(app.dashboardUrl + added.path);
  await page.getByRole('navigation', { name: 'Tabs' }).waitFor();
});
