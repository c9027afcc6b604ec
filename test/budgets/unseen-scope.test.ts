// A budget or a kill switch whose names nothing recorded has: it is set, and whoever sets it is told.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApp } from '../start-test-app.ts';

test('what names nothing that was recorded lately is set, and says so', async (context) => {
  const app = await startTestApp();
  context.after(() => app.close());
  const set = async (path: string, body: object): Promise<string | null> => {
    const response = await fetch(`${app.dashboardUrl}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as { readonly added?: object; readonly warning: string | null };
    assert.ok(answer.added !== undefined, JSON.stringify(answer));
    return answer.warning;
  };
  assert.equal(await set('budgets', { limit: 1, app: 'agnet', name: 'before anything' }), null);

  for (const [session, agent] of [
    ['one', 'agent'],
    ['two', 'chat'],
  ] as const) {
    const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-tokenwatch-session': session,
        'x-tokenwatch-app': agent,
        'x-tokenwatch-tag': 'team=growth,feature=search',
      },
      body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }] }),
    });
    await response.arrayBuffer();
    await app.recordOf(session);
  }
  const none = /^No request of the last 30 days has the /;
  const misspelt = await set('kills', { app: 'agnet' });
  assert.match(
    misspelt ?? '',
    /^No .* has the application "agnet"\. There are "(?:agent|chat)", "(?:agent|chat)"\.$/,
  );
  assert.match(
    (await set('kills', { model: 'gtp-4o-*' })) ?? '',
    /the model "gtp-4o-\*"\. There is "gpt-4o-mini.*"\.$/,
  );
  assert.match((await set('budgets', { limit: 1, tag: 'team=growht', name: 'tag' })) ?? '', none);
  for (const scope of [
    { app: 'nobody' },
    { model: 'OpenAI/GPT-4o-mini' },
    { model: 'gpt-4o*' },
    { tag: 'team=growth' },
  ])
    assert.equal(
      (
        (await set('budgets', { limit: 1, name: JSON.stringify(scope).replace(/\W/g, ''), ...scope })) ?? ''
      ).includes('No request'),
      'app' in scope,
      JSON.stringify(scope),
    );
});
