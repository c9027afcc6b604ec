// The login in a real browser: in by a password, out again, and in by a link.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { hashPassword } from '../../src/access/login/password.ts';
import { UserFile } from '../../src/access/login/users.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { assertAccessible, assertAccessibleInEveryView } from './axe.ts';
import { setOneOfEverything } from './one-of-everything.ts';
import { freshPage, launchBrowser, send, skip } from './open-page.ts';

let browser: Browser;
before(async () => {
  if (!skip) browser = await launchBrowser();
});
after(() => browser?.close());

test('nothing is shown before a login, and nothing after a logout', { skip }, async (t) => {
  const app = await startTestApp({
    settings: {
      TOKENWATCH_OIDC_ISSUER: 'https://login.example.com',
      TOKENWATCH_OIDC_CLIENT_ID: 'tokenwatch',
      TOKENWATCH_OIDC_ROLES: 'admins=admin',
      TOKENWATCH_OIDC_REDIRECT_URL: 'http://localhost:1/oidc/callback',
      TOKENWATCH_OIDC_LABEL: 'Example Login',
    },
    prepare: async (dataDir) => {
      const password = await hashPassword('an invented password');
      const users = new UserFile(dataDir);
      users.add({ name: 'ann', role: 'admin', password, createdAtMs: 1 });
      users.add({ name: 'vic', role: 'viewer', password, createdAtMs: 1 });
    },
  });
  t.after(() => app.close());
  const page = await freshPage(browser);
  await page.goto(app.dashboardUrl);
  await page.getByLabel('Name').waitFor();
  await assertAccessibleInEveryView(page, 'the login');
  await page.setViewportSize({ width: 1280, height: 900 });
  const provider = page.getByRole('link', { name: 'Log in with Example Login' });
  assert.equal(await provider.getAttribute('href'), 'oidc/login');
  await page.getByLabel('Name').fill('ann');
  await page.getByLabel('Password', { exact: true }).fill('a wrong password');
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.getByText('The name or the password is wrong.').waitFor();
  await page.getByRole('navigation').first().waitFor({ state: 'detached' });
  await page.getByLabel('Password', { exact: true }).fill('an invented password');
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Tabs' }).waitFor();
  await page.goto(`${app.dashboardUrl}/?tab=system&section=access`);
  await page.getByTestId('users').getByRole('row', { name: /ann/ }).waitFor();
  await makeRotateRevoke(page, app);
  await page.goto(`${app.dashboardUrl}/?tab=system&section=access`);
  const changes = page.getByTestId('audit').getByRole('row');
  const made = changes.filter({ hasText: /POST \/keys ci/ });
  await made.getByText('As it is now').click();
  await made.getByText(/"rpm": 60/).waitFor();
  const own = page.getByTestId('your-login');
  await own.getByLabel('Present password').fill('an invented password');
  await own.getByLabel('New password').fill('another invented password');
  await own.getByRole('button', { name: 'Change the password' }).click();
  await own.getByText('Changed. Every other session is over.').waitFor();
  await page.getByRole('button', { name: 'Log out', exact: true }).click();
  await page.getByLabel('Password', { exact: true }).fill('another invented password');
  await page.getByLabel('Name').fill('ann');
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.getByTestId('your-login').getByRole('button', { name: 'Log out everywhere' }).click();
  await page.getByLabel('Password', { exact: true }).waitFor();
  await page.getByRole('navigation').first().waitFor({ state: 'detached' });

  await page.getByLabel('Name').fill('vic');
  await page.getByLabel('Password', { exact: true }).fill('an invented password');
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Tabs' }).waitFor();
  await assertNothingDead(page, app);

  const link = await fetch(`${app.dashboardUrl}/api/links`, {
    method: 'POST',
    headers: app.adminHeaders,
    body: '{}',
  });
  const { added } = (await link.json()) as { added: { path: string } };
  await page.goto(app.dashboardUrl + added.path);
  await page.getByRole('navigation', { name: 'Tabs' }).waitFor();
  await page.getByRole('banner').getByText('admin, by a link', { exact: true }).waitFor();
});

/** What each place says when it has loaded. */
const PLACES = [
  ['tab=experiments&new=replay', 'by session'],
  ['tab=system&section=budgets&new=budget', 'app runaway'],
  ['tab=system&section=routes', 'gpt-4o-mini'],
  ['tab=system&section=tags', 'team=a'],
  ['tab=system&section=cache', 'Cache rules'],
  ['tab=system&section=prompts', 'application payroll'],
  ['tab=system&section=upstreams', 'default'],
] as const;
const CHANGES =
  /^(Set|Add|Start|Stop|Remove|Edit|Raise|Pause|Complete|Replay|Forget|Inspect|Make|Rotate|Revoke|Resume|Try)\b/;

/** A viewer is offered nothing that is refused, and asks for nothing that is. */
async function assertNothingDead(page: Page, app: TestApp): Promise<void> {
  await setOneOfEverything(app.dashboardUrl, app.adminHeaders);
  await send(app, 'chat');
  const refused: string[] = [];
  page.on('response', (response) => {
    if (response.status() === 403) refused.push(response.url());
  });
  for (const [query, words] of PLACES) {
    await page.goto(`${app.dashboardUrl}/?${query}`);
    await page.getByText(words).first().waitFor();
    await page.getByRole('note').getByText('You are logged in as a viewer').waitFor();
    assert.deepEqual(await page.getByRole('button', { name: CHANGES }).allInnerTexts(), [], query);
    assert.equal(await page.getByRole('dialog').count(), 0, query);
    for (const change of await page.getByRole('switch').all()) assert.ok(await change.isDisabled());
  }
  await page.keyboard.press('Control+k');
  await page.getByRole('option', { name: 'Go to Overview' }).waitFor();
  assert.deepEqual(await page.getByRole('option', { name: CHANGES }).allInnerTexts(), []);
  await page.keyboard.press('Escape');
  await page.goto(app.dashboardUrl);
  await page.locator('.grid-row').first().click();
  await page.getByTestId('drawer').getByText('a stand-in: prompts are not shown to viewers.').waitFor();
  assert.deepEqual(refused, []);
}

/** An access key from its first to its last hour, by an admin, with a request that it pays for. */
async function makeRotateRevoke(page: Page, app: TestApp): Promise<void> {
  await page.goto(`${app.dashboardUrl}/?tab=system&section=keys`);
  const keys = page.getByTestId('keys');
  const dialog = page.getByRole('dialog');
  await keys.getByText('No access key is in use').waitFor();
  await keys.getByRole('button', { name: 'Make a key' }).click();
  await dialog.getByLabel('Name').fill('ci');
  await dialog.getByLabel('Requests a minute').fill('none');
  await dialog.getByRole('button', { name: 'Make it' }).click();
  await dialog
    .getByRole('alert')
    .getByText(/^Requests a minute: "none" is no number/)
    .waitFor();
  await dialog.getByLabel('Requests a minute').fill('60');
  await dialog.getByLabel('Models').fill('claude-*');
  await dialog.getByRole('button', { name: 'Make it' }).click();
  const key = page.getByTestId('made-key').locator('code');
  const first = await key.innerText();
  assert.match(first, /^tw_\w{40,}$/);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.getByText(first).first().waitFor({ state: 'detached' });
  const row = keys.getByRole('row', { name: /^ci/ });
  await row.getByText('not on record').waitFor();
  await send(app, 'robot', { key: first });
  await row.getByText('60 requests/min').waitFor();
  await row.getByText(/\$0\.0\d+/).waitFor();
  await row.getByText(/\d s ago/).waitFor();
  await assertAccessible(page, 'the keys');

  await row.getByRole('button', { name: 'Rotate ci' }).click();
  await dialog.getByLabel('The key until now').selectOption('1d');
  await dialog.getByRole('button', { name: 'Make the new key' }).click();
  assert.notEqual(await key.innerText(), first);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await row.getByText(/the one before ends in 1 d/).waitFor();
  await row.getByRole('button', { name: 'Revoke ci' }).click();
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await keys.getByText('No access key is in use').waitFor();
  await keys.getByText('All', { exact: true }).click();
  await row.getByText(/^revoked/).waitFor();
  await row.getByRole('button', { name: 'ci' }).click();
  await page.getByTestId('recent').getByText('robot').waitFor();
  await page.waitForURL(/key=ci/);
}
