// Signals that mean something to Node.js and nothing to TokenWatch.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startServerProcess } from '../start-server-process.ts';

test('SIGUSR1 opens no debugger, and stops nothing', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-signals-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startServerProcess({ TOKENWATCH_DATA_DIR: folder });
  context.after(() => server.stop());
  const { stderr } = server.child;
  assert.ok(stderr !== null);
  server.child.kill('SIGUSR1');
  while (!/SIGUSR1|Debugger/.test(server.stderr())) await once(stderr, 'data');
  assert.match(server.stderr(), /SIGUSR1 does nothing here/);
  assert.doesNotMatch(server.stderr(), /Debugger listening/);
  assert.equal((await fetch(`${server.proxyUrl}/health`)).status, 200);
});
