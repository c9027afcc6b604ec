// A backup while a server runs, and what it takes to put it back.

import assert from 'node:assert/strict';
import { existsSync, lstatSync, readFileSync, statSync, symlinkSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { databasePath } from '../src/storage/sqlite/database.ts';
import { atEnd, temporaryFolder } from './at-end.ts';
import { earlierDatabase } from './earlier-database.ts';
import { runCommand, runWords } from './run-command.ts';
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

test('a backup is nobody else’s while it is made, and goes nowhere but where it is told', async (context) => {
  const app = await startTestApp();
  context.after(() => app.close());
  const folder = temporaryFolder(context, 'several-users');
  const file = join(folder, 'copy.sqlite');
  const elsewhere = join(folder, 'elsewhere');
  writeFileSync(elsewhere, '');
  // In a folder that others write to, a link may lie where the copy is made.
  symlinkSync(elsewhere, `${file}.unfinished`);
  const modes = new Set<number>();
  const watcher = watch(folder, () => {
    const place = lstatSync(`${file}.unfinished`, { throwIfNoEntry: false });
    if (place?.isFile()) modes.add(place.mode & 0o777);
  });
  context.after(() => watcher.close());
  await runWords(['backup', file], { TOKENWATCH_DATA_DIR: app.dataDir });
  assert.equal(statSync(elsewhere).size, 0);
  assert.ok(lstatSync(file).isFile());
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok([...modes].every((mode) => mode === 0o600));
});

test('what was stopped, revoked and spent since a backup stays so when it is put back', async (context) => {
  const app = await startTestApp();
  atEnd(context, () => app.close());
  const environment = { TOKENWATCH_DATA_DIR: app.dataDir };
  const run = async (...words: readonly string[]): Promise<string> => runWords(words, environment);
  const ask = async (session: string, headers: Record<string, string> = {}): Promise<number> => {
    const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session, ...headers },
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: session }] }),
    });
    await response.arrayBuffer();
    return response.status;
  };
  await run('budget', 'set', '--name', 'all', '--limit', '5', '--period', 'daily');
  await run('upstream', 'add', 'own', '--api', 'openai', '--url', app.provider.url, '--key-env', 'OWN');
  const [leaked, rotated] = await Promise.all(
    ['leaked', 'rotated'].map(async (name) => /tw_\w+/.exec(await run('key', 'create', name))?.[0] ?? ''),
  );
  const file = join(app.dataDir, 'copy.sqlite');
  assert.equal(await ask('before'), 200);
  await app.recordOf('before');
  await run('backup', file);

  await run('key', 'revoke', 'leaked');
  await run('key', 'rotate', 'rotated');
  assert.equal(await ask('after'), 200);
  const spent = (await app.recordOf('after')).costNanoUsd ?? 0;
  assert.ok(spent > 0);
  await run('budget', 'kill', '--app', 'runaway');
  await app.stop();
  const words = await run('restore', file);
  assert.match(words, /^Still in force: 1 kill switch of since then\.$/m);
  assert.match(words, /^Access keys are as they were last: (?:leaked, rotated|rotated, leaked)\.$/m);
  assert.match(words, /^Budget "all": \$0\.\d+ had been counted that no record tells; it stays spent\.$/m);

  const again = await startTestApp({
    dataDir: app.dataDir,
    environment: { OWN: 'an-invented-key' },
    settings: { TOKENWATCH_OPENAI_URL: app.provider.url },
  });
  atEnd(context, () => again.close());
  const status = JSON.parse(await run('budget', 'status', '--json')) as {
    budgets: { spentUsd: string }[];
  };
  const { costNanoUsd: known } = await again.analytics.summary({ fromMs: 0, toMs: 2e12 });
  assert.equal(Math.round(Number(status.budgets[0]?.spentUsd) * 1e9), known + spent);
  for (const key of [leaked, rotated]) {
    const response = await fetch(`${again.proxyUrl}/openai/v1/models`, {
      headers: { authorization: `Bearer ${key}` },
    });
    assert.equal(response.status, 401, await response.text());
  }
  const stopped = await fetch(`${again.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-app': 'runaway' },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'x' }] }),
  });
  assert.equal(stopped.status, 429);
  assert.match(await stopped.text(), /budget_killed|stopped/);
});

test('a copy of an earlier version is put back as it is, with what it cannot tell', async (context) => {
  const folder = temporaryFolder(context, 'earlier-copy');
  const environment = { TOKENWATCH_DATA_DIR: join(folder, 'data') };
  earlierDatabase(5, folder);
  await runWords(['budget', 'kill', '--app', 'shop'], environment);
  const words = await runWords(['restore', databasePath(folder)], environment);
  assert.match(
    words,
    /of an earlier version: what was spent, stopped and revoked since .* before traffic flows/,
  );
  assert.ok(readFileSync(databasePath(folder)).equals(readFileSync(databasePath(join(folder, 'data')))));
});
