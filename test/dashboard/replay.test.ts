// Replays in a real browser: from the drawer and from the tab, estimated, started, compared, forgotten.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { promptsAreStored } from '../stored-prompts.ts';
import { launchBrowser, openPage, send, skip } from './open-page.ts';

let browser: Browser;
before(async () => {
  if (skip === false) browser = await launchBrowser();
});
after(() => browser?.close());

test('prompts are replayed, and the answers stand side by side', { skip }, async () => {
  const { app, page, faults, close } = await openPage(browser, {
    path: '/?tab=experiments',
    settings: { TOKENWATCH_STORE_PROMPTS: 'true' },
  });
  try {
    for (const prompt of ['First question', 'Second question', 'Third question'])
      await send(app, 'asker', { prompt });
    await promptsAreStored(app, 3);
    const replays = page.getByTestId('replays');
    await replays.getByText('No replay yet').waitFor();
    await replays.getByRole('button', { name: 'Replay prompts' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Ask this model').fill('claude-sonnet-4-5');
    await dialog.getByLabel('How many').fill('three');
    await dialog.getByRole('button', { name: 'Estimate' }).click();
    await dialog.getByRole('alert').getByText('How many: "three" is no number').waitFor();
    // An estimate that comes when something else is asked for is none.
    const release = Promise.withResolvers<void>();
    await page.route('**/api/replay-plan', async (route) => {
      await release.promise;
      await route.continue();
    });
    await dialog.getByLabel('How many').fill('1');
    await dialog.getByRole('button', { name: 'Estimate' }).click();
    await dialog.getByLabel('How many').fill('20');
    const late = page.waitForResponse('**/api/replay-plan');
    release.resolve();
    await (await late).finished();
    await page.unroute('**/api/replay-plan');
    await dialog.getByRole('button', { name: 'Estimate' }).and(page.locator(':enabled')).click();
    const plan = dialog.getByTestId('plan');
    await plan.getByText('3 prompts').waitFor();
    // The second half of a double click on Estimate.
    await dialog.getByRole('button', { name: 'Ask claude-sonnet-4-5' }).dispatchEvent('click', { detail: 2 });
    await plan.getByText(/about \$0\.\d+, at most \$0\.\d+/).waitFor();
    await plan.getByRole('checkbox').first().uncheck();
    await plan.getByText('2 prompts').waitFor();
    // A change of the question takes the estimate back.
    await dialog.getByLabel('At most, in dollars').fill('0.0000001');
    await dialog.getByRole('button', { name: 'Estimate' }).click();
    await plan.getByRole('checkbox').first().uncheck();
    await dialog.getByRole('button', { name: 'Ask claude-sonnet-4-5' }).click();
    await dialog
      .getByRole('alert')
      .getByText(/can cost up to .* Raise that/)
      .waitFor();
    await dialog.getByLabel('At most, in dollars').fill('1');
    await dialog.getByRole('button', { name: 'Estimate' }).click();
    await plan.getByRole('checkbox').first().uncheck();
    await dialog.getByRole('button', { name: 'Ask claude-sonnet-4-5' }).click();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await dialog.waitFor({ state: 'hidden' });
    await replays.getByText('done', { exact: true }).waitFor();
    // How far it is comes by the socket; its beginning and its end are asked for.
    const lists = asked.filter((each) => each === 'GET /api/replays').length;
    assert.ok(lists <= 3, `${lists} questions for the list`);
    await replays.getByText(/2 of 2 answered · 2 prompts/).waitFor();
    await replays.getByRole('button', { name: 'Compare' }).click();
    const result = page.getByTestId('replay-result');
    // The simulated provider gives both models as many tokens: a third of the price three times dearer.
    await result.getByRole('row', { name: /^Cost \$0\.\d+ \$0\.\d+ \+200 %$/ }).waitFor();
    // Which of the three is listed first is drawn.
    await result
      .getByText(/ question$/)
      .first()
      .click();
    await result
      .getByRole('region', { name: 'Recorded' })
      .getByText(/\d+ tokens/)
      .waitFor();
    await result.getByRole('region', { name: 'claude-sonnet-4-5' }).waitFor();
    await result.getByText('Failed', { exact: true }).click();
    await result.getByText('None is of that kind.').waitFor();
    await replays.getByRole('button', { name: 'Forget' }).click();
    await dialog.getByRole('button', { name: 'Forget' }).click();
    await replays.getByText('No replay yet').waitFor();
    // The one refusal is logged by the browser itself.
    assert.deepEqual(
      faults.filter((fault) => !fault.includes('429')),
      [],
    );
  } finally {
    await close();
  }
});

test('one prompt is replayed from its drawer', { skip }, async () => {
  const { app, page, faults, close } = await openPage(browser, {
    settings: { TOKENWATCH_STORE_PROMPTS: 'true' },
  });
  try {
    await send(app, 'asker', { prompt: 'The only question' });
    await promptsAreStored(app, 1);
    await page.reload();
    await page.getByRole('row', { name: /asker/ }).click();
    await page.getByTestId('drawer').getByRole('button', { name: 'Replay this' }).click();
    const dialog = page.getByRole('dialog', { name: 'Replay this prompt' });
    await dialog.getByLabel('Ask this model').fill('claude-sonnet-4-5');
    await dialog.getByRole('button', { name: 'Estimate' }).click();
    await dialog.getByText('1 prompt', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Ask claude-sonnet-4-5' }).click();
    await page
      .getByTestId('replays')
      .getByText(/1 of 1 answered/)
      .waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});
