// Promise 5: a database that takes nothing does not break traffic, and its records arrive later, once each.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
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
  for (let sent = 0; sent < REQUESTS; sent += 1) {
    const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tokenwatch-session': 'locked' },
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: `question ${sent}` }] }),
    });
    assert.equal(response.status, 200);
    await response.arrayBuffer();
  }
  assert.equal(Number(intruder.prepare('SELECT count(*) AS n FROM requests').get()?.n), 0);
  intruder.exec('ROLLBACK');
  intruder.close();
  const records = await app.recordsOf('locked', REQUESTS);
  assert.ok(records.every((record) => record.outcome === 'completed' && (record.costNanoUsd ?? 0) > 0));
});
