// Where what a command prints goes.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from './at-end.ts';

test('a full disk under what is printed is told of', { skip: !existsSync('/dev/full') }, (t) => {
  const full = openSync('/dev/full', 'w');
  for (const args of [['prices', 'gpt-4o', '--json'], ['--help']]) {
    const { status, stderr } = spawnSync(process.execPath, ['bin/tokenwatch.js', ...args], {
      env: { ...process.env, TOKENWATCH_DATA_DIR: temporaryFolder(t) },
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stderr, /^tokenwatch: What is printed cannot be written \(ENOSPC.*\)\.\n$/);
  }
  closeSync(full);
});
