// Promise 5: a database that takes nothing does not break traffic, and its records arrive later, once each.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { spoolFolder } from '../src/record/spool.ts';
import { databasePath } from '../src/storage/sqlite/database.ts';
import { startTestApp } from './start-test-app.ts';

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
