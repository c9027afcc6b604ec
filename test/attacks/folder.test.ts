// What a running server leaves in its data folder: whoever else is on the machine reads none of it.

import assert from 'node:assert/strict';
import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd } from '../at-end.ts';
import { startTestApp } from '../start-test-app.ts';

test('every file of the data folder is its owner’s alone, and so is every folder in it', async (context) => {
  const before = process.umask(0);
  atEnd(context, () => process.umask(before));
  const app = await startTestApp({
    settings: { TOKENWATCH_STORE_PROMPTS: 'true', TOKENWATCH_CACHE_ENABLED: 'true' },
    prepare: async (dataDir) => chmodSync(dataDir, 0o755),
  });
  atEnd(context, () => app.close());
  const headers = { 'content-type': 'application/json', ...app.adminHeaders };
  const change = async (path: string, fields: object): Promise<void> => {
    const options = { method: 'POST', headers, body: JSON.stringify(fields) };
    assert.equal((await fetch(`${app.dashboardUrl}/api/${path}`, options)).status, 200, path);
  };
  await change('keys', { name: 'ci' });
  await change('budgets', { name: 'daily', limit: 5, period: 'daily', webhookUrl: 'http://127.0.0.1:9/' });
  await change('tags', { name: 'a', tag: 'a=b', condition: { type: 'regex', value: 'x' } });
  const answer = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': 'one' },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'x' }] }),
  });
  await answer.arrayBuffer();
  await app.recordOf('one');
  const modes = (): readonly string[] =>
    ['.', ...(readdirSync(app.dataDir, { recursive: true }) as string[])].flatMap((name) => {
      // Some are gone again.
      const found = statSync(join(app.dataDir, name), { throwIfNoEntry: false });
      return found === undefined || (found.mode & 0o077) === 0 ? [] : [`${name} ${found.mode.toString(8)}`];
    });
  assert.deepEqual(modes(), []);
  await app.stop();
  assert.deepEqual(modes(), []);
});
