// What was spent, by whom: the same figures by the API and by the command line.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Answer } from '../../src/dashboard/contract.ts';
import { runWords } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp({ settings: { TOKENWATCH_CACHE_ENABLED: 'true' } });
  await send('one', 'chat', 'team=growth', 'gpt-4o', 'Hello');
  await send('one', 'chat', 'team=growth', 'gpt-4o', 'And now?');
  await send('one', 'chat', 'team=growth', 'gpt-4o', 'And now?');
  await send('two', 'batch', 'team=core', 'gpt-4o-mini', 'Hello');
  await untilEnded('one');
  await untilEnded('two');
});
after(() => app.close());

async function send(
  session: string,
  name: string,
  tag: string,
  model: string,
  content: string,
): Promise<void> {
  const own = {
    'x-tokenwatch-session': session,
    'x-tokenwatch-app': name,
    'x-tokenwatch-tag': tag,
    authorization: 'Bearer demo',
  };
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...own },
    body: JSON.stringify({ model, temperature: 0, messages: [{ role: 'user', content }] }),
  });
  assert.equal(response.status, 200);
  await response.arrayBuffer();
}

const api = async (path: string): Promise<Response> => fetch(app.dashboardUrl + path);

/** A client may have its answer a moment before the record has its end. */
async function untilEnded(session: string): Promise<void> {
  for (;;) {
    const answer = (await (await api(`/api/requests?session=${session}`)).json()) as Answer<'requests'>;
    if (answer.records.length > 0 && answer.records.every(({ outcome }) => outcome !== 'in_flight')) return;
  }
}

async function cli(...words: string[]): Promise<string> {
  return runWords(['cost', ...words], { TOKENWATCH_DATA_DIR: app.dataDir, COLUMNS: '160' });
}

test('a session is told with its turns, and with what the cache saved', async () => {
  const answer = (await (await api('/api/cost/by-session?range=1h')).json()) as Answer<'costBySession'>;
  const [one, two] = answer.rows;
  assert.deepEqual([one?.session, one?.app, one?.turns, one?.cachedTurns], ['one', 'chat', 3, 1]);
  assert.deepEqual([two?.session, two?.turns, two?.cachedTurns], ['two', 1, 0]);
  assert.ok((one?.savedNanoUsd ?? 0) > 0 && (one?.endedAtMs ?? 0) >= (one?.startedAtMs ?? 1));
  const text = await cli('by-session');
  assert.match(text, /SESSION +APP +START \(UTC\) +END +TURNS.*SAVED/);
  assert.match(text, /^one +chat +\d\d-\d\d \d\d:\d\d +\d\d-\d\d \d\d:\d\d +3 .*\$0\.\d+ \(1\) +-$/m);
  const { rows } = JSON.parse(await cli('by-session', '--json')) as Answer<'costBySession'>;
  assert.deepEqual(rows, answer.rows);
});

test('costs are told by tag, facet, application, model and upstream', async () => {
  for (const [by, facet, keys] of [
    ['tag', '', ['team=growth', 'team=core']],
    ['tag', 'team', ['growth', 'core']],
    ['app', '', ['chat', 'batch']],
    ['upstream', '', [app.provider.url]],
  ] as const) {
    const answer = (await (await api(`/api/cost/by-${by}?facet=${facet}`)).json()) as Answer<'costByTag'>;
    assert.deepEqual(
      answer.rows.map(({ key }) => key?.replace(/\/v1$/, '')),
      keys,
    );
    const words = facet === '' ? [] : ['--facet', facet];
    const { rows } = JSON.parse(await cli(`by-${by}`, ...words, '--json')) as Answer<'costByTag'>;
    assert.deepEqual(rows, answer.rows);
  }
  assert.match(await cli('by-model', '--since', '1h'), /^gpt-4o\S* +3 .* \$0\.\d+ +\d+ %$/m);
});

test('what is no dimension, no facet and no number of rows is refused', async () => {
  assert.match(await (await api('/api/cost/by-weather')).text(), /There are \/api\/cost\/by-tag/);
  assert.equal((await api('/api/cost/by-tag?facet=a,b')).status, 400);
  assert.equal((await api('/api/cost/by-app?limit=0')).status, 400);
  await assert.rejects(cli('by-tag', '--facet', 'a,b'), /--facet .*a,b.* is not the name of a facet/);
});

test('what the provider’s prompt cache saved is told in dollars, by the price of the time', async () => {
  const system = [{ type: 'text', text: 'You answer. '.repeat(800), cache_control: { type: 'ephemeral' } }];
  const earlier = [
    { role: 'user', content: 'Hi 0' },
    { role: 'assistant', content: 'Hello.' },
  ];
  for (const [turn, model] of ['claude-sonnet-4-5', 'claude-sonnet-4-5', 'claude-mystery-9'].entries()) {
    const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'anthropic-version': '2023-06-01',
        'x-tokenwatch-session': model.slice(7, 14),
      },
      body: JSON.stringify({
        model,
        system,
        max_tokens: 20,
        // What stands before an earlier answer is read from the cache.
        messages: [...earlier.slice(0, 2 * turn), { role: 'user', content: `Hi ${turn}` }],
      }),
    });
    assert.equal(response.status, 200);
    await response.arrayBuffer();
  }
  await untilEnded('sonnet-');
  await untilEnded('mystery');
  const { rows } = (await (await api('/api/cost/by-session?range=1h')).json()) as Answer<'costBySession'>;
  const known = rows.find(({ session }) => session === 'sonnet-');
  const { records } = (await (await api('/api/requests?session=sonnet-')).json()) as Answer<'requests'>;
  // $3 a million; reading costs a tenth of it, writing a quarter more.
  const saved = records.map(({ usage }) => 2700 * usage.cacheReadTokens - 750 * usage.cacheWrite5mTokens);
  assert.ok(saved.some((nanoUsd) => nanoUsd > 0) && saved.some((nanoUsd) => nanoUsd < 0), String(saved));
  assert.deepEqual(
    records.map(({ promptCacheSavedNanoUsd }) => promptCacheSavedNanoUsd),
    saved,
  );
  assert.equal(
    known?.promptCacheSavedNanoUsd,
    saved.reduce((sum, each) => sum + each, 0),
  );
  const unknown = rows.find(({ session }) => session === 'mystery');
  assert.deepEqual([unknown?.promptCacheSavedNanoUsd, unknown?.promptCacheUnknownTurns], [null, 1]);
  const text = await cli('by-session');
  assert.match(text, /PROVIDER SAVED$/m);
  assert.match(text, /^sonnet- .* \$0\.\d{4}$/m);
  assert.match(text, /^mystery .* unknown$/m);
});
