// What a user does on the page's tabs, in a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page, Route } from 'playwright-core';
import type { RequestAnswer, RequestRecord } from '../../src/dashboard/contract.ts';
import { startHeldProvider } from './held-provider.ts';
import { freshPage, launchBrowser, openPage, send, skip } from './open-page.ts';

let browser: Browser;
before(async () => {
  if (skip === false) browser = await launchBrowser();
});
after(() => browser?.close());

const rowsOf = (page: Page) => page.getByTestId('recent').locator('.grid-row');
const live = (page: Page) => page.getByText('Live', { exact: true }).waitFor();

test('an empty dashboard says what to do, and the first request turns it into figures', {
  skip,
}, async () => {
  const { app, page, faults, close } = await openPage(browser);
  try {
    await live(page);
    await page.getByText('Waiting for your first request').waitFor();
    assert.ok((await page.getByTestId('empty').innerText()).includes(`${app.proxyUrl}/anthropic`));
    await send(app, 'first-app');
    const row = rowsOf(page).first();
    await row.getByText('ok 200').waitFor();
    await row.getByText('first-app').waitFor();
    await row.getByText('claude-haiku-4-5').waitFor();
    await page.getByTestId('totals').getByText('Requests').waitFor();
    await page.getByTestId('charts').locator('canvas').first().waitFor();
    await page.getByText('Waiting for your first request').first().waitFor({ state: 'detached' });
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('a request in flight is in the table before it ends, in the same row', { skip }, async () => {
  const provider = await startHeldProvider();
  const { app, page, faults, close } = await openPage(browser, {
    settings: { TOKENWATCH_ANTHROPIC_URL: provider.url },
  });
  try {
    await live(page);
    const sent = send(app, 'waiting-app');
    const rows = rowsOf(page);
    await rows.getByText('in flight').waitFor();
    const id = await rows.first().getAttribute('data-id');
    provider.release();
    await sent;
    await rows.getByText('ok 200').waitFor();
    await rows.nth(1).waitFor({ state: 'detached' });
    assert.equal(await rows.first().getAttribute('data-id'), id);
    assert.deepEqual(faults, []);
  } finally {
    await close();
    provider.close();
  }
});

test('totals follow new requests at once, and another span is asked for and kept in the address', {
  skip,
}, async () => {
  const { app, page, faults, close } = await openPage(browser);
  try {
    await send(app, 'a');
    await send(app, 'b');
    const requests = page.getByTestId('totals').locator('.tile').nth(1).locator('.value');
    await requests.getByText('2', { exact: true }).waitFor();
    await live(page);
    await send(app, 'c');
    await requests.getByText('3', { exact: true }).waitFor();
    const asked = page.waitForResponse((response) => response.url().includes('/api/stats?range=7d'));
    await page.getByText('7 d', { exact: true }).click();
    assert.equal((await asked).status(), 200);
    await page.waitForURL(/span=7d/);
    await page.reload();
    await page.locator('.segmented .chosen').getByText('7 d', { exact: true }).waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('one question is under way at a time, however much happens', { skip }, async () => {
  const { app, page, close } = await openPage(browser);
  try {
    await send(app, 'a');
    await page.getByTestId('totals').waitFor();
    let underWay = 0;
    let most = 0;
    let asked = 0;
    // The page gives up what it asked of the span before, which may be under way still.
    const isOfTheHour = ({ pathname, searchParams }: URL): boolean =>
      pathname === '/api/timeseries' && searchParams.get('range') === '1h';
    await page.route(isOfTheHour, async (route) => {
      asked += 1;
      underWay += 1;
      most = Math.max(most, underWay);
      const response = await route.fetch();
      // Slower than the page would like to ask.
      await new Promise((resolve) => setTimeout(resolve, 300));
      underWay -= 1;
      await route.fulfill({ response }).catch(() => undefined);
    });
    const sinceMs = performance.now();
    await page.getByText('1 h', { exact: true }).click();
    for (let index = 0; index < 30; index++) await send(app, 'busy');
    await rowsOf(page).nth(25).waitFor();
    assert.equal(most, 1);
    // It asks again every five seconds: a slow machine gives it time for more.
    const inTime = 3 + (performance.now() - sinceMs) / 5000;
    assert.ok(asked >= 1 && asked <= inTime, `${asked} questions for 30 requests`);
    const grid = page.getByRole('grid', { name: 'Requests' });
    // With its head: nothing of before comes any more.
    await grid.and(page.locator('[aria-rowcount="32"]')).waitFor();
    await grid.evaluate((element) => element.scrollTo(0, 10 * 36));
    // What somebody reads stays in its place while new rows come on top.
    const row = rowsOf(page).nth(20);
    const id = await row.getAttribute('data-id');
    const read = grid.locator(`[data-id="${id}"]`);
    const before = await read.boundingBox();
    await send(app, 'busy');
    await grid.and(page.locator('[aria-rowcount="33"]')).waitFor();
    assert.equal((await read.boundingBox())?.y, before?.y);
    await grid.evaluate((element) => element.scrollTo(0, 0));
    // What somebody points at stays there, until the pointer has left.
    const pointedAt = (): Promise<unknown> =>
      page.evaluate('document.querySelector(".grid-row:hover").dataset.id');
    await rowsOf(page).nth(1).hover();
    const at = await pointedAt();
    await send(app, 'newest');
    await rowsOf(page).first().getByText('newest').waitFor({ state: 'attached' });
    assert.equal(await pointedAt(), at);
    await page.mouse.move(5, 5);
    await page.waitForFunction('document.querySelector(".grid").scrollTop === 0');
  } finally {
    await close();
  }
});

test('a row opens in a drawer that the arrows walk on, and the address holds it', { skip }, async () => {
  const { app, page, faults, close } = await openPage(browser);
  try {
    await send(app, 'older', { session: 'run-1', tag: 'team=a' });
    await send(app, 'newer');
    await rowsOf(page).nth(1).waitFor();
    await rowsOf(page).first().click();
    const drawer = page.getByTestId('drawer');
    await drawer.getByText('Tokens and money').waitFor();
    await drawer
      .getByRole('listitem')
      .filter({ hasText: 'Output' })
      .getByText(/\$0\.0/)
      .waitFor();
    await drawer.locator('dd').getByText('newer').waitFor();
    await page.keyboard.press('ArrowDown');
    await drawer.locator('dd').getByText('older').waitFor();
    await drawer.getByText('Tag: team=a').waitFor();
    await page.waitForURL(/request=[\w-]{36}/);
    await page.goto(page.url());
    await drawer.locator('dd').getByText('older').waitFor();
    await page.locator('.grid-row.open').waitFor();
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    await page.locator('.grid-row:focus').getByText('older').waitFor();
    await page.keyboard.press('ArrowUp');
    await page.locator('.grid-row:focus').getByText('newer').waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('a stored conversation is shown with its request, redacted', { skip }, async () => {
  const { app, page, faults, close } = await openPage(browser, {
    settings: { TOKENWATCH_STORE_PROMPTS: 'true' },
  });
  try {
    await send(app, 'teller', { prompt: 'Write to jane.doe@example.org about the rent' });
    await rowsOf(page).first().getByText('ok 200').waitFor();
    const id = await rowsOf(page).first().getAttribute('data-id');
    // It is stored off the request's path, a moment later.
    for (let isStored = false; !isStored; ) {
      const response = await fetch(`${app.dashboardUrl}/api/requests/${id}`);
      isStored = ((await response.json()) as RequestAnswer).stored !== null;
    }
    await rowsOf(page).first().click();
    const drawer = page.getByTestId('drawer');
    await drawer.getByText('about the rent').waitFor();
    assert.match(await drawer.innerText(), /Write to \[EMAIL_1\] about the rent/);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await drawer.getByText('as it is stored, in which secrets and personal data are replaced.').waitFor();
    await drawer.getByRole('button', { name: 'Copy as curl' }).click();
    for (let command = ''; !command.includes('"content":"Write to [EMAIL_1] about the rent"'); )
      command = String(await page.evaluate('navigator.clipboard.readText()'));
    // A page over plain HTTP from another machine has no clipboard of the browser's.
    await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
    await page.evaluate(`void (globalThis.copied = new Promise((tell) =>
      addEventListener('copy', () => tell(document.activeElement.value))))`);
    await drawer.getByRole('button', { name: 'Copy as JSON' }).click();
    assert.equal(JSON.parse(String(await page.evaluate('globalThis.copied'))).id, id);
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('filters are chips in the address, and narrow figures, rows and live rows alike', { skip }, async () => {
  const { app, page, faults, close } = await openPage(browser);
  try {
    await send(app, 'keep', { tag: 'team=a' });
    await send(app, 'drop');
    await rowsOf(page).nth(1).waitFor();
    const offered = page.locator('.chips datalist option');
    await offered.and(page.locator('[value="app:"]')).waitFor({ state: 'attached' });
    await page.getByPlaceholder(/^Filter/).fill('app:');
    await offered.and(page.locator('[value="app:keep"]')).waitFor({ state: 'attached' });
    await page.getByPlaceholder(/^Filter/).fill('app:keep');
    await page.keyboard.press('Enter');
    await page.locator('.chip').getByText('keep').waitFor();
    await rowsOf(page).nth(1).waitFor({ state: 'detached' });
    const requests = page.getByTestId('totals').locator('.tile').nth(1).locator('.value');
    await requests.getByText('1', { exact: true }).waitFor();
    await send(app, 'drop');
    await send(app, 'keep');
    await rowsOf(page).nth(1).waitFor();
    await rowsOf(page).getByText('drop').first().waitFor({ state: 'detached' });
    await page.waitForURL(/app=keep/);
    await page.locator('.chip').click();
    await rowsOf(page).nth(3).waitFor();
    await page.getByPlaceholder(/^Filter/).fill('nothing has this');
    await page.keyboard.press('Enter');
    await page.getByText('No request fits').waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('a paused table holds new rows back, and says how many', { skip }, async () => {
  const { app, page, close } = await openPage(browser);
  try {
    await send(app, 'before');
    await rowsOf(page).first().waitFor();
    await live(page);
    await page.getByRole('button', { name: 'Pause' }).click();
    await send(app, 'after-1');
    await send(app, 'after-2');
    await page.getByRole('button', { name: 'Resume (2 new)' }).waitFor();
    assert.equal(await rowsOf(page).count(), 1);
    await page.getByRole('button', { name: 'Resume (2 new)' }).click();
    await rowsOf(page).nth(2).waitFor();
  } finally {
    await close();
  }
});

test('what came too fast to be told is listed when a paused table goes on', { skip }, async () => {
  const { app, close } = await openPage(browser);
  const page = await freshPage(browser);
  let asked = 0;
  page.on('request', (request) => {
    if (request.url().includes('/api/requests?')) asked += 1;
  });
  let tell = (_message: string): void => undefined;
  let last = '';
  await page.routeWebSocket('**/ws/live*', (socket) => {
    tell = (message) => socket.send(message);
    socket.connectToServer().onMessage((message) => {
      last = String(message);
      socket.send(message);
    });
  });
  try {
    await send(app, 'before');
    await page.goto(app.dashboardUrl);
    await rowsOf(page).first().waitFor();
    await live(page);
    await page.getByRole('button', { name: 'Pause' }).click();
    const before = asked;
    for (let message = 0; message < 5; message += 1) {
      const { epoch, seq, totals } = { totals: null, ...JSON.parse(last) };
      tell(JSON.stringify({ type: 'events', epoch, seq, totals, records: [], leftOut: 100 }));
    }
    await page.getByRole('button', { name: 'Resume (500 new)' }).waitFor();
    assert.equal(asked, before, 'a paused table asked');
    const again = page.waitForRequest('**/api/requests?*');
    await page.getByRole('button', { name: 'Resume (500 new)' }).click();
    await again;
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await rowsOf(page).first().waitFor();
  } finally {
    await page.close();
    await close();
  }
});

test('a tab without requests is sent none, and Overview is told what it missed', { skip }, async () => {
  const { app, page, faults, close } = await openPage(browser);
  const told: { readonly type: string; readonly records?: readonly RequestRecord[] }[] = [];
  const isEndOf = (name: string) => (record: RequestRecord) =>
    record.app === name && record.outcome !== 'in_flight';
  const wishes: string[] = [];
  let look = (): void => undefined;
  const until = (isThere: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      look = () => isThere() && resolve();
      look();
    });
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      told.push(JSON.parse(String(payload)));
      look();
    });
    socket.on('framesent', ({ payload }) => {
      wishes.push(String(payload));
      look();
    });
  });
  try {
    await send(app, 'before');
    await page.reload();
    await rowsOf(page).first().waitFor();
    await live(page);
    // The feed keeps an order: what happened before it is told by then, too.
    await send(app, 'seen');
    await until(() => told.some(({ records = [] }) => records.some(isEndOf('seen'))));
    // A list that was drawn anew while the page was loading has wished before.
    const first = wishes.length;
    await page.getByRole('link', { name: 'System' }).click();
    await page.getByTestId('budgets').waitFor();
    await until(() => wishes.length > first);
    assert.deepEqual(wishes.slice(first), ['{"rows":false}']);
    const before = told.length;
    await send(app, 'missed');
    await until(() => told.slice(before).some(({ type }) => type === 'totals'));
    assert.deepEqual(
      told.slice(before).flatMap(({ records = [] }) => records),
      [],
    );
    await page.getByRole('link', { name: 'Overview' }).click();
    await rowsOf(page).nth(2).waitFor();
    await until(() => told.some(({ records = [] }) => records.some(isEndOf('missed'))));
    assert.equal(await rowsOf(page).count(), 3);
    assert.match(wishes[first + 1] ?? '', /^\{"rows":true,"epoch":"\w+","after":\d+\}$/);
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('sorting, columns and a session’s timeline', { skip }, async () => {
  const { app, page, faults, close } = await openPage(browser);
  try {
    await send(app, 'small', { session: 'run-1' });
    await send(app, 'large', { session: 'run-1', prompt: 'word '.repeat(3000) });
    await rowsOf(page).nth(1).waitFor();
    await send(app, 'small', { session: 'run-1' });
    await rowsOf(page).nth(2).waitFor();
    await page.getByRole('columnheader', { name: 'Cost' }).getByRole('button').click();
    await rowsOf(page).first().getByText('large').waitFor();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByLabel('Session', { exact: true }).check();
    await rowsOf(page).first().getByText('run-1').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Sessions', { exact: true }).click();
    await page.getByRole('button', { name: 'run-1' }).click();
    await page.getByTestId('session').locator('.turns li').nth(2).waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('the page fits narrow windows on every tab, and follows the dark scheme', { skip }, async () => {
  const { app, page, close } = await openPage(browser, { width: 360, colorScheme: 'dark' });
  try {
    await send(app, 'narrow-app');
    await rowsOf(page).getByText('ok 200').waitFor();
    for (const tab of ['overview', 'cost', 'experiments', 'system']) {
      await page.goto(`${app.dashboardUrl}/?tab=${tab}`);
      await page.locator('main .card').first().waitFor();
      const width = await page.evaluate('document.documentElement.scrollWidth');
      assert.ok(Number(width) <= 360, `${tab} is ${width} pixels wide`);
    }
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    assert.match(String(ground), /oklch\(0\.1/, `the ground is ${ground}`);
  } finally {
    await close();
  }
});

test('what cannot be had is said to be so, with a way to ask again, and who is logged out may log in', {
  skip,
}, async () => {
  const { app, page, close } = await openPage(browser);
  const fail = (status: number) => (route: Route) =>
    route.fulfill({ status, json: { error: { code: 'of_a_test', message: 'It is on fire.' } } });
  try {
    await send(app, 'a');
    await rowsOf(page).first().waitFor();
    const failing = /\/api\/(stats|timeseries|cache|requests|status|system|budgets)/;
    await page.route(failing, fail(500));
    await page.reload();
    await page.getByText('The requests cannot be loaded: It is on fire.').waitFor();
    await page.getByText('The figures cannot be loaded: It is on fire.').waitFor();
    await page.locator('.skeleton').first().waitFor({ state: 'detached' });
    await page.goto(`${app.dashboardUrl}/?tab=system&section=server`);
    const alert = page.getByRole('alert').filter({ hasText: 'The server’s state cannot be loaded' });
    await alert.waitFor();
    // What may pass is asked for again by itself.
    await page.unroute(failing);
    await page.getByText('Running since').waitFor();
    await page.route('**/api/prices', fail(400));
    await page.getByRole('link', { name: 'Prices' }).click();
    await page.getByText('The prices cannot be loaded: It is on fire.').waitFor();
    await page.unroute('**/api/prices');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Every request of the last 30 days has a price.').waitFor();
    await page.route('**/api/budgets', fail(401));
    await page.route('**/api/session', (route) =>
      route.fulfill({ json: { name: null, role: null, hasUsers: true, provider: null } }),
    );
    await page.getByRole('link', { name: 'Budgets and kill switch' }).click();
    await page.getByLabel('Password').waitFor();
  } finally {
    await close();
  }
});

test('a dashboard that lost its server says so', { skip }, async () => {
  const { app, page, close } = await openPage(browser);
  try {
    await live(page);
    await app.close();
    await page.getByText('Connection lost, trying again').waitFor();
  } finally {
    await close();
  }
});
