// A backup while a server runs, and what it takes to put it back.

import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from './run-command.ts';
import { startTestApp } from './start-test-app.ts';

test('a backup of a running server can be put back, and what was there is kept', async (context) => {
  const app = await startTestApp();
  context.after(() => app.close());
  const environment = { TOKENWATCH_DATA_DIR: app.dataDir };
  const file = join(app.dataDir, 'copy.sqlite');
  const ask = async (session: string): Promise<void> => {
    const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session },
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'x' }] }),
    });
    await response.arrayBuffer();
    await app.recordOf(session);
  };
  await ask('one');
  const { stdout } = await runCommand('backup', [file], environment);
  assert.match(stdout, /^1 record,/);
  assert.equal(statSync(file).mode & 0o077, 0);
  assert.match((await runCommand('backup', [file], environment)).stderr, /is there already/);
  const nowhere = join(app.dataDir, 'none', 'copy.sqlite');
  assert.match((await runCommand('backup', [nowhere], environment)).stderr, /there is no folder \S+none\./);
  await ask('two');
  await app.stop();

  const damaged = join(app.dataDir, 'damaged.sqlite');
  writeFileSync(damaged, 'no database');
  assert.match(
    (await runCommand('restore', [damaged], environment)).stderr,
    /damaged\.sqlite is no copy of a database/,
  );
  assert.match((await runCommand('restore', [app.dataDir], environment)).stderr, /is no file: name the copy/);
  const restored = await runCommand('restore', [file, '--json'], environment);
  const { records, kept } = JSON.parse(restored.stdout) as { records: number; kept: string };
  assert.equal(records, 1);
  assert.ok(existsSync(kept));
  const stats = await runCommand('stats', ['--json', '--since', 'all'], environment);
  assert.match(stats.stdout, /"requests":\s*1\b/);
});
