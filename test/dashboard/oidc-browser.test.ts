// The login by an identity provider in a real browser, by an honest provider of another site (a library's).

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, type TestContext, test } from 'node:test';
import Provider from 'oidc-provider';
import type { Browser, Page } from 'playwright-core';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { assertAccessibleInEveryView } from './axe.ts';
import { freshPage, launchBrowser, send, skip } from './open-page.ts';

const CLIENT = 'tokenwatch-of-a-test';
const SECRET = 'an-invented-client-secret';
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  ann: ['engineers', 'admins'],
  vic: ['engineers'],
  bob: ['visitors'],
};

let browser: Browser;
before(async () => {
  if (!skip) browser = await launchBrowser();
});
after(() => browser?.close());

/** The provider is another site than the dashboard, as it is everywhere else: strict cookies do not come back from it. */
async function startBoth(t: TestContext): Promise<{ readonly app: TestApp; readonly issuer: string }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const settings = {
    TOKENWATCH_DASHBOARD_LOGIN: 'on',
    TOKENWATCH_OIDC_ISSUER: issuer,
    TOKENWATCH_OIDC_CLIENT_ID: CLIENT,
    TOKENWATCH_OIDC_CLIENT_SECRET: SECRET,
    TOKENWATCH_OIDC_REDIRECT_URL: 'http://localhost:1/oidc/callback',
    TOKENWATCH_OIDC_LABEL: 'Example Login',
    TOKENWATCH_OIDC_ROLES: 'admins=admin,engineers=viewer',
  };
  const app = await startTestApp({ settings });
  // Its port is known only now.
  const back = `${app.dashboardUrl}/oidc/callback`;
  await app.reload({ TOKENWATCH_OIDC_REDIRECT_URL: back });
  const library = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT,
        client_secret: SECRET,
        redirect_uris: [back],
        post_logout_redirect_uris: [`${app.dashboardUrl}/`],
      },
    ],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email'] },
    findAccount: async (_context: unknown, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id, preferred_username: id, groups: GROUPS[id] }),
    }),
  });
  t.mock.method(console, 'warn', () => undefined);
  t.mock.method(console, 'info', () => undefined);
  server.on('request', library.callback());
  t.after(async () => {
    await app.close();
    server.closeAllConnections();
    server.close();
  });
  return { app, issuer };
}

/** From the dashboard's button to the provider's last one. */
async function logIn(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name: 'Log in with Example Login' }).click();
  await answerProvider(page, name);
}

async function answerProvider(page: Page, name: string): Promise<void> {
  await page.getByPlaceholder('Enter any login').fill(name);
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

test('a login leads by the provider to the view that was asked for, and a logout out of both', {
  skip,
}, async (t) => {
  const { app, issuer } = await startBoth(t);
  await send(app, 'shop', { tag: 'team=growth' });
  const page = await freshPage(browser);
  t.after(() => page.close());
  const view = '/?tab=cost&span=7d&tag=team%3Dgrowth';
  await page.goto(app.dashboardUrl + view);
  await logIn(page, 'ann');
  const spent = page.getByTestId('cost-by').getByRole('row', { name: /team=growth/ });
  await spent.waitFor();
  assert.equal(page.url(), app.dashboardUrl + view);
  const head = page.getByRole('banner');
  await head.getByText('ann, admin', { exact: true }).waitFor();
  await assertAccessibleInEveryView(page, 'the page of somebody who is logged in');
  await assertOneRow(page);
  await page.getByRole('contentinfo').getByText('Logged in as ann, admin').waitFor();
  await page.setViewportSize({ width: 1280, height: 900 });

  await page.goto(`${app.dashboardUrl}/?tab=system&section=access`);
  const users = page.getByTestId('users');
  await users.getByText('Nobody has a password').waitFor();
  await users.getByText('People log in with Example Login.').waitFor();
  await page.getByTestId('your-login').getByText('ann, admin, by Example Login').waitFor();
  await page.getByRole('button', { name: 'Log out', exact: true }).click();
  await page.waitForURL((url) => url.href.startsWith(issuer));
  await page.getByRole('button', { name: 'Yes, sign me out' }).click();
  await page.getByRole('link', { name: 'Log in with Example Login' }).waitFor();
  assert.equal(page.url(), `${app.dashboardUrl}/`);
  // Nobody is told that what they ended themselves is over.
  assert.equal(await page.getByText('Your login is over').count(), 0);

  await logIn(page, 'bob');
  await page.getByText('"bob" may not see this dashboard').waitFor();
  await assertAccessibleInEveryView(page, 'a refused login');
  await page.getByRole('link', { name: 'Back to TokenWatch' }).waitFor();
  // The provider knows bob, and would ask nothing by itself.
  await page.getByRole('link', { name: 'Log in as somebody else' }).click();
  await answerProvider(page, 'ann');
  await page.getByRole('contentinfo').getByText('Logged in as ann, admin').waitFor();
});

test('whoever may not write sees no button for it, and a login that ends under their hands can be gone on from', {
  skip,
}, async (t) => {
  const { app } = await startBoth(t);
  await send(app, 'shop');
  const page = await freshPage(browser);
  t.after(() => page.close());
  await page.goto(`${app.dashboardUrl}/?tab=system&section=budgets`);
  await logIn(page, 'vic');
  await page.getByRole('note').getByText('You are logged in as a viewer').waitFor();
  await page.getByRole('banner').getByText('vic, viewer', { exact: true }).waitFor();
  assert.equal(await page.getByRole('button', { name: /^(Set|Stop)/ }).count(), 0);
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.locator('.grid-row').first().click();
  await page.getByTestId('drawer').waitFor();
  const view = page.url();
  assert.match(view, /request=/);

  // The same person ends all logins, in another browser.
  const other = await freshPage(browser);
  t.after(() => other.close());
  await other.goto(`${app.dashboardUrl}/?tab=system&section=access`);
  await logIn(other, 'vic');
  await other.getByRole('button', { name: 'Log out everywhere' }).click();
  await other.getByRole('link', { name: 'Log in with Example Login' }).waitFor();
  await page.getByRole('alert').getByText('Your login is over').waitFor();
  await assertAccessibleInEveryView(page, 'a login that is over');
  // The provider knows them still.
  await page.getByRole('link', { name: 'Log in with Example Login' }).click();
  await page.getByTestId('drawer').waitFor();
  assert.equal(page.url(), view);
});

/** The sign and what stands beside it. */
async function assertOneRow(page: Page): Promise<void> {
  await page.setViewportSize({ width: 360, height: 900 });
  const [brand, out] = await Promise.all(
    [page.locator('.brand'), page.getByRole('button', { name: 'Log out' })].map((one) => one.boundingBox()),
  );
  assert.ok(brand && out);
  assert.ok(brand.y < out.y + out.height && out.y < brand.y + brand.height, 'the head has broken');
  await page.setViewportSize({ width: 800, height: 900 });
  const tabs = await page.getByRole('navigation', { name: 'Tabs' }).boundingBox();
  assert.ok(tabs !== null && tabs.height >= 40, `the tabs are ${tabs?.height} pixels high`);
  await page.setViewportSize({ width: 360, height: 900 });
}
