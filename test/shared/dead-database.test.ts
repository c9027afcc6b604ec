import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApp } from '../start-test-app.ts';

/** Nothing listens there. */
const NOWHERE = 'postgres://user:not-a-secret@127.0.0.1:1/nowhere';

test('a proxy starts without its database, says so, and lets traffic flow', async (context) => {
  const warnings: string[] = [];
  const app = await startTestApp({
    settings: { TOKENWATCH_DATABASE_URL: NOWHERE },
    warn: (message) => warnings.push(message),
  });
  context.after(() => app.close());
  const answer = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] }),
  });
  assert.equal(answer.status, 200);
  await answer.text();
  assert.ok(warnings.some((warning) => /takes no records .*they wait in the spool/.test(warning)));
  const ready = (await (await fetch(`${app.proxyUrl}/ready`)).json()) as { checks: Record<string, string> };
  assert.equal(ready.checks.store, 'degraded');
  assert.equal(ready.checks.leases, 'degraded');
});

test('where the database is required, a start without it fails, and says why', async () => {
  const settings = { TOKENWATCH_DATABASE_URL: NOWHERE, TOKENWATCH_REQUIRE_DATABASE: 'true' };
  await assert.rejects(
    startTestApp({ settings, warn: () => {} }),
    /127\.0\.0\.1:1\/nowhere failed: .*ECONNREFUSED/,
  );
});
