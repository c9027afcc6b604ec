// What a user sets and looks at on Cost, Experiments and System, in a real browser.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { Answer, CacheEntriesAnswer } from '../../src/dashboard/contract.ts';
import { launchBrowser, openPage, send, skip } from './open-page.ts';

let browser: Browser;
before(async () => {
  if (skip === false) browser = await launchBrowser();
});
after(() => browser?.close());

test('a budget is set, shown with what is left, changed and removed', { skip }, async () => {
  const { app, page, faults, close } = await openPage(browser, { path: '/?tab=system' });
  try {
    await page.getByText('No budget is set').waitFor();
    await page.getByRole('button', { name: 'Set a budget' }).click();
    await page.getByLabel('Dollars').fill('ten');
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await page.getByRole('alert').getByText(/ten/).waitFor();
    await page.getByLabel('Dollars').fill('10');
    await page.getByLabel('Name').fill('all');
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    const budgets = page.getByTestId('budgets');
    await budgets.getByRole('meter', { name: 'all: spent' }).waitFor();
    await send(app, 'spender');
    await budgets.getByText(/\$0\.0\d+/).waitFor();
    await budgets.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Dollars').fill('20');
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await budgets.getByText(/of \$20 spent/).waitFor();
    await budgets.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('No budget is set').waitFor();
    // The one refusal is logged by the browser itself.
    assert.deepEqual(
      faults.filter((fault) => !fault.includes('400')),
      [],
    );
  } finally {
    await close();
  }
});

test('the kill switch asks once, stops traffic, and lets it flow again', { skip }, async () => {
  const { app, page, close } = await openPage(browser, { path: '/?tab=system' });
  const status = async (): Promise<number> => {
    const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tokenwatch-app': 'runaway' },
      body: JSON.stringify({
        model: 'claude-haiku-4-5',
        max_tokens: 5,
        messages: [{ role: 'user', content: 'x' }],
      }),
    });
    await response.arrayBuffer();
    return response.status;
  };
  try {
    assert.equal(await status(), 200);
    await page.getByRole('button', { name: 'Stop …' }).click();
    const dialog = page.getByRole('dialog');
    const [application, model, tag] = await Promise.all(
      ['Application', 'Model', 'Tag'].map((label) => dialog.getByLabel(label).boundingBox()),
    );
    const right = (box: { x: number; width: number } | null | undefined) => (box?.x ?? 0) + (box?.width ?? 0);
    assert.ok(
      right(application) < (model?.x ?? 0) && right(model) < (tag?.x ?? 0),
      'fields lie over each other',
    );
    assert.ok(right(tag) < right(await dialog.boundingBox()), 'a field is wider than its dialog');
    await page.getByLabel('Application').fill('runaway');
    await page.getByRole('button', { name: 'Stop these' }).click();
    await page.getByTestId('kill').getByText('app runaway').waitFor();
    assert.equal(await status(), 429);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Traffic flows').waitFor();
    // The button that had the focus has gone: what stands in its place has it.
    await page
      .locator(':focus')
      .and(page.getByRole('button', { name: 'Stop …' }))
      .waitFor();
    assert.equal(await status(), 200);
  } finally {
    await close();
  }
});

test('while the database is away lists say that they are from memory, and traffic can still be stopped', {
  skip,
}, async () => {
  const { page, close } = await openPage(browser, {
    path: '/?tab=system',
    settings: { TOKENWATCH_DATABASE_URL: 'postgres://user:not-a-secret@127.0.0.1:1/nowhere' },
  });
  try {
    const told = page.getByRole('status').filter({ hasText: 'From this server’s memory' });
    await told.getByText(/The database does not answer since \d{4}-.+keys revoked, all the same/).waitFor();
    assert.equal(await page.getByText('No budget is set').count(), 0, 'what is not known is called nothing');
    await page.getByRole('button', { name: 'Stop …' }).click();
    await page.getByLabel('Application').fill('runaway');
    await page.getByRole('button', { name: 'Stop these' }).click();
    await page.getByTestId('kill').getByText('app runaway').waitFor();
    await page
      .getByRole('status')
      .getByText(/goes by it already, also after a restart/)
      .waitFor();
    const places = ['routes', 'tags', 'cache', 'prompts', 'upstreams', 'keys'].map(
      (section) => `tab=system&section=${section}`,
    );
    for (const place of [...places, 'tab=cost', 'tab=experiments']) {
      await page.goto(`${new URL(page.url()).origin}/?${place}`);
      await told.waitFor();
      assert.equal(await told.count(), 1, place);
    }
  } finally {
    await close();
  }
});

test('rules are added, ordered by keyboard, switched off, and a request is tried against them', {
  skip,
}, async () => {
  const { app, page, faults, close } = await openPage(browser, { path: '/?tab=system&section=routes' });
  const add = async (name: string, value: string, target: string): Promise<void> => {
    await page.getByRole('button', { name: 'Add a rule' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill(name);
    await dialog.getByLabel('Value').fill(value);
    await dialog.getByLabel('Ask this model instead').fill(target);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
  };
  /** The page shows an order before the server has it. */
  const stored = async (...names: readonly string[]): Promise<void> => {
    for (;;) {
      const { routes } = (await (await fetch(`${app.dashboardUrl}/api/routes`)).json()) as Answer<'routes'>;
      const order = routes.toSorted((one, other) => one.priority - other.priority);
      if (order.map(({ name }) => name).join() === names.join()) return;
    }
  };
  try {
    await page.getByText('No routing rule').waitFor();
    await add('first', 'claude-*', 'claude-haiku-4-5');
    await add('second', 'claude-opus-*', 'claude-sonnet-4-5');
    const names = page.getByTestId('routes').locator('.rules h3');
    await names.nth(1).waitFor();
    assert.deepEqual(await names.allInnerTexts(), ['first', 'second']);
    await add('third', 'gpt-*', 'gpt-4o-mini');
    await names.nth(2).waitFor();
    // Faster than the list is loaded: each step goes by what the one before it made of it.
    await page.evaluate(`for (const time of ['once', 'twice'])
      document.querySelector('[aria-label="Try third earlier"]').click(time)`);
    await page.locator('.rules li').first().getByRole('heading', { name: 'third' }).waitFor();
    await stored('third', 'first', 'second');
    await page.locator('.rules li', { hasText: 'third' }).getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await names.nth(2).waitFor({ state: 'detached' });
    assert.deepEqual(await names.allInnerTexts(), ['first', 'second']);
    await page.getByRole('button', { name: 'Try second earlier' }).click();
    await page.locator('.rules li').first().getByRole('heading', { name: 'second' }).waitFor();
    await page
      .locator(':focus')
      .and(page.getByRole('button', { name: 'Try second later' }))
      .waitFor();
    await stored('second', 'first');
    await page.keyboard.press('Enter');
    await page
      .locator(':focus')
      .and(page.getByRole('button', { name: 'Try second earlier' }))
      .waitFor();
    await stored('first', 'second');
    await page.keyboard.press('Enter');
    await page.locator('.rules li').first().getByRole('heading', { name: 'second' }).waitFor();
    await stored('second', 'first');
    const [first, second] = [page.locator('.rules li').first(), page.locator('.rules li').nth(1)];
    const [from, to] = await Promise.all([second.boundingBox(), first.boundingBox()]);
    await page.mouse.move((from?.x ?? 0) + 300, (from?.y ?? 0) + 20);
    await page.mouse.down();
    await page.mouse.move((to?.x ?? 0) + 300, (to?.y ?? 0) + 20, { steps: 5 });
    // Where it would come to stand is shown.
    await page.locator('.rules li.drop-before').getByRole('heading', { name: 'second' }).waitFor();
    await page.mouse.up();
    await stored('first', 'second');
    await page.reload();
    await first.getByRole('heading', { name: 'first' }).waitFor();
    // It stands where it was dropped at once, and goes back where that is refused.
    const { promise: isSeen, resolve: answer } = Promise.withResolvers<void>();
    await page.route('**/api/routes/second', async (route) => {
      await isSeen;
      const error = { code: 'internal_error', message: 'The order cannot be kept.' };
      await route.fulfill({ status: 409, json: { error } });
    });
    await second.dragTo(first);
    await first.getByRole('heading', { name: 'second' }).waitFor();
    answer();
    await page.getByRole('alert').getByText('The order cannot be kept.').waitFor();
    await first.getByRole('heading', { name: 'first' }).waitFor();
    await page.unroute('**/api/routes/second');
    await second.dragTo(first);
    await first.getByRole('heading', { name: 'second' }).waitFor();
    await stored('second', 'first');
    const explain = page.getByTestId('explain');
    await explain.getByLabel('API').selectOption('anthropic');
    await explain.getByLabel('Model').fill('claude-opus-4-6');
    await explain.getByRole('button', { name: 'Explain' }).click();
    const explained = page.getByTestId('explained');
    await explained.getByText('claude-opus-4-6 → claude-sonnet-4-5').waitFor();
    // The switch shows what is wished; what is explained follows when the server has said yes.
    const switched = page.waitForResponse((response) => response.url().endsWith('/api/routes/second'));
    await page.getByRole('switch', { name: 'second is in force' }).uncheck();
    assert.equal((await switched).status(), 200);
    await explain.getByRole('button', { name: 'Explain' }).click();
    await explained.getByText('claude-opus-4-6 → claude-haiku-4-5').waitFor();
    await send(app, 'routed', { model: 'claude-sonnet-4-5' });
    await page.locator('.rules li').getByText('1 decided').waitFor();
    // The browser itself logs what was refused.
    assert.deepEqual(
      faults.filter((fault) => !fault.includes('409')),
      [],
    );
  } finally {
    await close();
  }
});

test('stored answers are listed, inspected and forgotten', { skip }, async () => {
  const { app, page, faults, close } = await openPage(browser, {
    path: '/?tab=system&section=cache',
    settings: { TOKENWATCH_CACHE_ENABLED: 'true', TOKENWATCH_CACHE_EMBEDDER: 'off' },
  });
  try {
    await page.getByText('Nothing is stored').waitFor();
    await send(app, 'asker');
    await send(app, 'asker');
    await page.getByText('1 exact').waitFor();
    const entries = page.getByTestId('cache-entries');
    await entries.getByText('claude-haiku-4-5').waitFor();
    await entries.getByRole('button', { name: 'Inspect' }).click();
    await page.getByRole('dialog').getByText('"role":"assistant"').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    // A newer one comes when nobody is at the list.
    await entries.getByRole('row').nth(1).hover();
    const told = page.waitForResponse(
      async (response) => response.url().includes('cache-entries?') && /sonnet/.test(await response.text()),
    );
    await send(app, 'asker', { model: 'claude-sonnet-4-5' });
    await told;
    await page.evaluate('new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))');
    assert.equal(await entries.getByRole('row').count(), 2, 'its head, and the row that is pointed at');
    await page.mouse.click(5, 5);
    await entries.getByRole('row').nth(1).getByText('claude-sonnet-4-5').waitFor();
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => send(app, 'asker', { prompt: `No ${index}` })),
    );
    // They are stored beside the answers: a page that is asked for before ends elsewhere.
    for (let stored = 0; stored < 62; ) {
      const listed = await fetch(`${app.dashboardUrl}/api/cache-entries?limit=100`);
      stored = ((await listed.json()) as CacheEntriesAnswer).entries.length;
    }
    await page.reload();
    await entries.getByRole('button', { name: 'Inspect' }).nth(49).waitFor();
    await entries.getByRole('button', { name: 'Show older ones' }).click();
    await entries.getByRole('button', { name: 'Inspect' }).nth(61).waitFor();
    await entries.getByRole('button', { name: 'Show older ones' }).first().waitFor({ state: 'detached' });
    await entries.getByRole('button', { name: 'Forget all …' }).click();
    await page.getByRole('button', { name: 'Forget them' }).click();
    await page.getByText('Nothing is stored').waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('what has no price is said, with since when', { skip }, async () => {
  const { app, page, close } = await openPage(browser, { path: '/?tab=system&section=prices' });
  try {
    await page.getByText('Every request of the last 30 days has a price').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await send(app, 'odd', { model: 'nobody-knows-1' });
    await send(app, 'plain');
    await page.getByTestId('unpriced').getByText('nobody-knows-1').waitFor();
    const spent = page.getByRole('row', { name: /^nobody-knows-1 – / });
    await spent.getByRole('cell', { name: 'unknown', exact: true }).last().waitFor();
    assert.doesNotMatch(await spent.innerText(), /\$/);
    await page.locator('tr', { hasText: 'claude-haiku-4-5' }).getByText('$1', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Upstreams' }).click();
    await page
      .getByText('Asked in the last 24 hours, by either API: 2 requests, 0 % failed.')
      .first()
      .waitFor();
  } finally {
    await close();
  }
});

test('an A/B test is started, reports, is paused and completed', { skip }, async () => {
  const { app, page, faults, close } = await openPage(browser, { path: '/?tab=experiments' });
  try {
    await page.getByText('No test yet').waitFor();
    await page.getByRole('button', { name: 'Start a test' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('cheaper');
    await dialog.getByLabel('Model A').fill('claude-sonnet-4-5');
    await dialog.getByLabel('Model B').fill('claude-haiku-4-5');
    await dialog.getByRole('button', { name: 'Start', exact: true }).click();
    const tests = page.getByTestId('tests');
    await tests.getByText('active').waitFor();
    for (let index = 0; index < 8; index++)
      await send(app, 'split', { model: 'claude-sonnet-4-5', session: `s${index}` });
    await page.reload();
    await tests
      .getByRole('row', { name: /^A/ })
      .or(tests.getByRole('row', { name: /^B/ }))
      .first()
      .waitFor();
    await tests.getByRole('button', { name: 'Pause' }).click();
    await tests.getByText('paused').waitFor();
    await page
      .locator(':focus')
      .and(tests.getByRole('button', { name: 'Resume' }))
      .waitFor();
    await tests.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Complete' }).click();
    await tests.getByText('completed').waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('cost is broken down by tag and facet, drilled into, and saved as CSV', { skip }, async () => {
  const { app, page, faults, close } = await openPage(browser);
  try {
    await send(app, 'chat', { tag: 'team=growth,feature=search' });
    await send(app, '=1,"+1"', { tag: 'team=growth', model: 'nobody-knows-1' });
    await send(app, 'batch', { tag: 'team=core' });
    await page.goto(`${app.dashboardUrl}/?tab=cost`);
    const table = page.getByTestId('cost-by');
    await table.getByText('team=core').waitFor();
    // Rows of the question before stay until the next answer is here, and lead where they did.
    const release = Promise.withResolvers<void>();
    await page.route('**/api/stats?*by=tag%3Ateam*', async (route) => {
      await release.promise;
      await route.continue();
    });
    await table.getByText('team', { exact: true }).click();
    await page.waitForURL(/facet=team/);
    await table.getByRole('button', { name: 'team=core' }).click();
    await page.waitForURL(/tag=team%3Dcore/);
    await page.goBack();
    release.resolve();
    await table.getByRole('button', { name: 'growth', exact: true }).waitFor();
    await table.getByText('feature', { exact: true }).waitFor();
    await table.getByRole('button', { name: 'growth', exact: true }).click();
    await page.locator('.chip').getByText('team=growth').waitFor();
    await table.getByRole('button', { name: 'chat' }).waitFor();
    await table.getByRole('button', { name: 'batch' }).first().waitFor({ state: 'detached' });
    const saving = page.waitForEvent('download');
    await table.getByRole('button', { name: 'CSV' }).click();
    const saved = await saving;
    assert.equal(saved.suggestedFilename(), 'cost-by-app.csv');
    const lines = readFileSync(await saved.path(), 'utf8')
      .trimEnd()
      .split('\r\n');
    assert.equal(lines.length, 3, lines.join('\n'));
    assert.match(lines[1] ?? '', /^chat,0\.\d{9},1,0,\d+,\d+$/);
    // No name is a formula, and of what has no price the sum is not known.
    assert.match(lines[2] ?? '', /^"'=1,""\+1""",,1,1,\d+,\d+$/);
    await page.getByTestId('movers').getByText('new').first().waitFor();
    await page.getByTestId('forecast').getByText('This month').waitFor();
    await page
      .getByTestId('forecast')
      .getByText(/^Rough|Rough:/)
      .waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('the palette goes places by keyboard alone', { skip }, async () => {
  const { app, page, close } = await openPage(browser);
  try {
    await send(app, 'a');
    await page.getByTestId('totals').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByLabel('Search commands').fill('set budget');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Set a budget' });
    await dialog.getByLabel('Dollars').and(page.locator(':focus')).waitFor();
    await page.waitForURL(/tab=system/);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    for (const name of ['Add a tag rule', 'Add a cache rule', 'Add an upstream', 'Replay prompts']) {
      await page.keyboard.press('Control+k');
      await page.getByLabel('Search commands').fill(name);
      await page.keyboard.press('Enter');
      await page.getByRole('dialog', { name, exact: true }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  } finally {
    await close();
  }
});
