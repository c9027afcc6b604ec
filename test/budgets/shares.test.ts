// Budgets with an allowance for each session, budgets for a user, and raises, through the whole product.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuditLog } from '../../src/access/audit/audit-log.ts';
import type { TestApp } from '../start-test-app.ts';
import { appWith } from './app-with-budgets.ts';

const BODY = { model: 'claude-haiku-4-5', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] };

async function ask(app: TestApp, headers: Record<string, string>, user?: string): Promise<Response> {
  const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ ...BODY, ...(user !== undefined && { metadata: { user_id: user } }) }),
  });
  await response.clone().text();
  return response;
}

const session = (name: string) => ({ 'x-tokenwatch-session': name });

/** Until it is refused for good. */
async function exhaust(app: TestApp, headers: Record<string, string>): Promise<Response> {
  for (let count = 0; count < 100; count += 1) {
    const response = await ask(app, headers);
    if (response.status !== 200) return response;
  }
  throw new Error('a hundred requests fit into the budget');
}

test('a session that has spent its allowance is stopped, and no other', async (context) => {
  const app = await appWith(context, [{ limit: '0.002', per: 'session', name: 'each' }]);
  const refused = await exhaust(app, session('runaway'));
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get('x-tokenwatch-budget-per'), 'session');
  assert.match(await refused.text(), /allows \$0.0020 \(total\) to each session/);
  for (const name of ['one', 'two']) assert.equal((await ask(app, session(name))).status, 200);
  // Requests without a session have one allowance together.
  assert.match(await (await exhaust(app, {})).text(), /to all requests without a session together/);
  const answer = await fetch(`${app.dashboardUrl}/api/budgets`);
  const { budgets } = (await answer.json()) as {
    budgets: { per: string; shares: { known: number } }[];
  };
  assert.deepEqual([budgets[0]?.per, budgets[0]?.shares.known], ['session', 4]);

  // It is raised for a while, which is on record, and lets it run again.
  const raised = await fetch(`${app.dashboardUrl}/api/budget/raise`, {
    method: 'POST',
    body: JSON.stringify({ name: 'each', by: 1, for: '1h', who: 'ada' }),
  });
  assert.equal(raised.status, 200, await raised.clone().text());
  assert.equal(((await raised.json()) as { allowedUsd: string }).allowedUsd, '1.002');
  assert.equal((await ask(app, session('runaway'))).status, 200);
  const [entry] = new AuditLog(app.dataDir).recent(1);
  const [before, after] = [entry?.before, entry?.after] as { raises: { who: string }[] }[];
  assert.deepEqual(
    [entry?.who, entry?.action, before?.raises.length, after?.raises[0]?.who],
    ['local', 'POST /budget/raise', 0, 'ada'],
  );
});

test('a budget for a user holds for whoever the header or the body names', async (context) => {
  const app = await appWith(context, [{ limit: '0.000001', user: 'ada', name: 'hers' }]);
  assert.equal((await ask(app, { 'x-tokenwatch-user': 'ada' })).status, 429);
  assert.equal((await ask(app, {}, 'ada')).status, 429);
  assert.equal((await ask(app, { 'x-tokenwatch-user': 'bob' }, 'ada')).status, 200);
  assert.equal((await ask(app, session('whose'))).status, 200);
  assert.equal((await app.recordOf('whose')).user, null);
});

test('a raise is refused in words where it is none', async (context) => {
  const app = await appWith(context, [{ limit: '1', name: 'day' }]);
  const raise = async (body: object): Promise<readonly [number, string]> => {
    const answer = await fetch(`${app.dashboardUrl}/api/budget/raise`, {
      method: 'POST',
      body: JSON.stringify({ name: 'day', by: '1', for: '1h', ...body }),
    });
    return [answer.status, await answer.text()];
  };
  for (const [body, words] of [
    [{ name: 'night' }, /No budget is named .*night.*There are: .*day/],
    [{ by: '-5' }, /by .*-5.* is not an amount/],
    [{ by: '0' }, /is not an amount/],
    [{ for: 'ever' }, /for .*ever.* is not a time of up to 31 days/],
    [{ for: '32d' }, /31 days/],
  ] as const) {
    const [status, text] = await raise(body);
    assert.ok(status >= 400 && status < 500, text);
    assert.match(text, words);
  }
});
