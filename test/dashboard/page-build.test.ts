// The page is built anew (by an install, or by npm pack) while servers start.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pageFolder, readPageFiles } from '../../src/dashboard/page-files.ts';

test('a server that starts during a build finds the whole page', async () => {
  const names = [...readPageFiles(pageFolder()).keys()].sort();
  assert.ok(names.includes('/'));
  const build = spawn(process.execPath, ['scripts/build-web.js'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(build, 'exit');
  while (build.exitCode === null && build.signalCode === null) {
    const files = readPageFiles(pageFolder());
    assert.deepEqual([...files.keys()].sort(), names);
    for (const [path, { bytes }] of files) assert.ok(bytes.length > 0, path);
    await nextTurn();
  }
  assert.deepEqual(await ended, [0, null]);
});
