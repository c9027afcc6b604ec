// Promise 5: a database that takes nothing does not break traffic, and its records arrive later, once each.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { spoolFolder } from '../src/record/spool.ts';
import { startSimulatedProvider } from '../src/simulator/provider.ts';
import { databasePath } from '../src/storage/sqlite/database.ts';
import { atEnd, temporaryFolder } from './at-end.ts';
import { withBook } from './budgets/app-with-budgets.ts';
import { startServerProcess } from './start-server-process.ts';
import { startTestApp } from './start-test-app.ts';
import { promptsAreStored } from './stored-prompts.ts';

const REQUESTS = 20;

test('requests pass while the database is locked, and are recorded once it is free', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-locked-'));
  const app = await startTestApp({ settings: { TOKENWATCH_DATA_DIR: folder } });
  context.after(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const intruder = new DatabaseSync(databasePath(folder));
  intruder.exec('BEGIN EXCLUSIVE');
  await sendRequests(app.proxyUrl, 'locked');
  assert.equal(Number(intruder.prepare('SELECT count(*) AS n FROM requests').get()?.n), 0);
  intruder.exec('ROLLBACK');
  intruder.close();
  const records = await app.recordsOf('locked', REQUESTS);
  assert.ok(records.every((record) => record.outcome === 'completed' && (record.costNanoUsd ?? 0) > 0));
});

test('a server holds its database against other programs, also once its threads have opened it one after the other', async (context) => {
  if (process.platform !== 'linux') return context.skip('only Linux tells who holds a file');
  const folder = temporaryFolder(context, 'held');
  // The archive's thread opens it beside those of the store, which have it open.
  const settings = { TOKENWATCH_DATA_DIR: folder, TOKENWATCH_STORE_PROMPTS: 'true' };
  const app = await startTestApp({ settings });
  atEnd(context, () => app.close());
  await sendRequests(app.proxyUrl, 'held');
  await promptsAreStored(app, 1);
  const { ino } = statSync(databasePath(folder));
  const lock = new RegExp(`POSIX +ADVISORY +READ +${process.pid} \\S+:${ino} `);
  // Without it an older SQLite that reads beside the server takes itself for the last one, and removes the log with
  // the newest records in it.
  assert.match(readFileSync('/proc/locks', 'utf8'), lock);
});

test('a database that is taken from under a server loses nothing: records wait until it is back', async (context) => {
  const folder = temporaryFolder(context, 'taken');
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const app = await startTestApp({ settings: { TOKENWATCH_DATA_DIR: folder }, warn });
  atEnd(context, () => app.close());
  await sendRequests(app.proxyUrl, 'before');
  await app.recordsOf('before', REQUESTS);
  const moved = (from: string, to: string): void => {
    for (const suffix of ['', '-wal', '-shm'])
      renameSync(databasePath(folder) + from + suffix, databasePath(folder) + to + suffix);
  };
  moved('', '.elsewhere');
  await sendRequests(app.proxyUrl, 'taken');
  const told = /takes no records: .*was deleted, or replaced by another, while TokenWatch runs/;
  const state = async () => (await (await fetch(`${app.dashboardUrl}/ready`)).json()) as { status: string };
  while (!warnings.some((warning) => told.test(warning))) await pause(10);
  while ((await state()).status !== 'degraded') await pause(10);
  moved('.elsewhere', '');
  const records = await app.recordsOf('taken', REQUESTS);
  assert.ok(records.every(({ outcome }) => outcome === 'completed'));
  assert.equal(warnings.filter((warning) => told.test(warning)).length, 1);
});

test('a data folder that is deleted under a server is said to be gone, and nothing to wait in it', async (context) => {
  const folder = temporaryFolder(context, 'deleted');
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const app = await startTestApp({ settings: { TOKENWATCH_DATA_DIR: folder }, warn });
  atEnd(context, () => app.close());
  await sendRequests(app.proxyUrl, 'before');
  await app.recordsOf('before', REQUESTS);
  rmSync(folder, { recursive: true, force: true });
  await sendRequests(app.proxyUrl, 'after');
  const told = (): string | undefined => warnings.find((warning) => warning.includes('takes no records'));
  while (told() === undefined) await pause(10);
  assert.match(told() ?? '', /the data folder .* was deleted or replaced .*; they end with this process\.$/);
  assert.ok(!warnings.some((warning) => /wait in the spool/.test(warning)), warnings.join('\n'));
});

test('a start that finds its database gone says what was set in it', async (context) => {
  const folder = temporaryFolder(context, 'gone');
  const start = async (): Promise<string> => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    await (await startTestApp({ settings: { TOKENWATCH_DATA_DIR: folder }, warn })).close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(databasePath(folder) + suffix, { force: true });
    return warnings.join('\n');
  };
  assert.equal(await start(), '');
  assert.equal(await start(), '', 'nothing was set');
  await withBook(folder, (book) => book.set({ name: 'all', limit: '1', period: 'total' }));
  assert.equal(await start(), '');
  assert.match(await start(), /^THE DATABASE IS GONE: .* nor are 1 budget: none of it is in force\./);
});

test('a server starts on a locked database, passes requests, and records them once it is free', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-locked-start-'));
  const settings = { TOKENWATCH_DATA_DIR: folder };
  const first = await startTestApp({ settings });
  await sendRequests(first.proxyUrl, 'before');
  await first.close();
  // Left by a process that was killed: the next one has something to recover, which needs the database.
  writeFileSync(join(spoolFolder(folder), '99999999-1-1.spool'), '["start",[null]]\n');
  const intruder = new DatabaseSync(databasePath(folder));
  intruder.exec('BEGIN EXCLUSIVE');
  const warnings: string[] = [];
  const app = await startTestApp({ settings, warn: (message) => warnings.push(message) });
  context.after(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await sendRequests(app.proxyUrl, 'locked');
  intruder.exec('ROLLBACK');
  intruder.close();
  const records = await app.recordsOf('locked', REQUESTS);
  assert.ok(records.every((record) => record.outcome === 'completed'));
  assert.equal(warnings.filter((warning) => /database takes no records/.test(warning)).length, 1);
});

test('requests pass while the disk is full, with one warning of each part, and are recorded once there is room', async (context) => {
  const disk = mkdtempSync(join(tmpdir(), 'tokenwatch-full-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tokenwatch-test', disk]).status !== 0) {
    rmSync(disk, { recursive: true });
    return context.skip('this user may not mount a small disk');
  }
  const warnings: string[] = [];
  const app = await startTestApp({
    settings: { TOKENWATCH_DATA_DIR: join(disk, 'data') },
    warn: (message) => warnings.push(message),
  });
  context.after(async () => {
    await app.close();
    spawnSync('umount', [disk]);
    rmSync(disk, { recursive: true, force: true });
  });
  const filler = join(disk, 'filler');
  assert.throws(() => writeFileSync(filler, Buffer.alloc(16 * 1024 * 1024)), /ENOSPC/);
  await sendRequests(app.proxyUrl, 'full');
  assert.equal(warnings.filter((warning) => /journal cannot write/.test(warning)).length, 1);
  rmSync(filler);
  const records = await app.recordsOf('full', REQUESTS);
  assert.ok(records.every((record) => record.outcome === 'completed' && (record.costNanoUsd ?? 0) > 0));
  assert.equal(
    warnings.filter((warning) => /journal writes again; no record was lost/.test(warning)).length,
    1,
  );
  assert.ok(warnings.filter((warning) => /database takes no records/.test(warning)).length <= 1);
  // What the disk took of a line is no line that was lost.
  assert.ok(!warnings.some((warning) => /damaged line/.test(warning)));
});

test('a server that is stopped on a full disk ends with 1, and says what is lost', async (context) => {
  const disk = mkdtempSync(join(tmpdir(), 'tokenwatch-full-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tokenwatch-test', disk]).status !== 0) {
    rmSync(disk, { recursive: true });
    return context.skip('this user may not mount a small disk');
  }
  atEnd(context, () => {
    spawnSync('umount', [disk]);
    rmSync(disk, { recursive: true, force: true });
  });
  const provider = await startSimulatedProvider();
  atEnd(context, () => provider.close());
  const server = await startServerProcess({
    TOKENWATCH_DATA_DIR: join(disk, 'data'),
    TOKENWATCH_OPENAI_URL: provider.url,
    TOKENWATCH_CACHE_EMBEDDER: 'off',
  });
  atEnd(context, () => server.kill());
  assert.throws(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(16 * 1024 * 1024)), /ENOSPC/);
  await sendRequests(server.proxyUrl, 'full');
  await server.stop();
  assert.equal(server.child.exitCode, 1, server.stderr());
  assert.match(server.stderr(), /RECORDS ARE LOST: \d+ lines that could not be written \(ENOSPC/);
});

test('where a reservation cannot be written down, a hard budget refuses, and everything else passes', async (context) => {
  const disk = mkdtempSync(join(tmpdir(), 'tokenwatch-full-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tokenwatch-test', disk]).status !== 0) {
    rmSync(disk, { recursive: true });
    return context.skip('this user may not mount a small disk');
  }
  const dataDir = join(disk, 'data');
  await withBook(dataDir, (book) => book.set({ limit: '100', period: 'total', app: 'limited' }));
  const app = await startTestApp({ settings: { TOKENWATCH_DATA_DIR: dataDir }, warn: () => {} });
  context.after(async () => {
    await app.close();
    spawnSync('umount', [disk]);
    rmSync(disk, { recursive: true, force: true });
  });
  const ask = async (session: string, appName: string): Promise<Response> => {
    const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-tokenwatch-session': session,
        'x-tokenwatch-app': appName,
      },
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'x' }] }),
    });
    await response.clone().arrayBuffer();
    return response;
  };
  assert.equal((await ask('before', 'limited')).status, 200);
  const filler = join(disk, 'filler');
  assert.throws(() => writeFileSync(filler, Buffer.alloc(16 * 1024 * 1024)), /ENOSPC/);
  // What is left of the last page still takes a few lines.
  let refused = await ask('filling', 'limited');
  for (let sent = 0; sent < 50 && refused.status === 200; sent += 1)
    refused = await ask('filling', 'limited');
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('x-tokenwatch-error'), 'budget_not_durable');
  assert.equal(refused.headers.get('x-should-retry'), 'true');
  assert.equal((await ask('free', 'other')).status, 200);
  rmSync(filler);
  const deadline = performance.now() + 60_000;
  while ((await ask('after', 'limited')).status !== 200) assert.ok(performance.now() < deadline);
});

test('a second server on a data folder is refused, and says why', async (context) => {
  const app = await startTestApp();
  context.after(() => app.close());
  const { stderr, status } = spawnSync(process.execPath, ['bin/tokenwatch.js', 'start'], {
    encoding: 'utf8',
    env: {
      ...process.env,
      TOKENWATCH_DATA_DIR: app.dataDir,
      TOKENWATCH_PROXY_PORT: '0',
      TOKENWATCH_DASHBOARD_PORT: '0',
    },
    timeout: 60_000,
  });
  assert.notEqual(status, 0);
  assert.match(
    stderr,
    /Another TokenWatch server \(process \d+\) runs on the data folder .*TOKENWATCH_DATA_DIR/,
  );
});

async function sendRequests(proxyUrl: string, session: string): Promise<void> {
  for (let sent = 0; sent < REQUESTS; sent += 1) {
    const response = await fetch(`${proxyUrl}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session },
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: `question ${sent}` }] }),
    });
    assert.equal(response.status, 200);
    await response.arrayBuffer();
  }
}
