import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/at-end.ts';
import { readSmallFile } from './small-file.ts';

test('a file with a secret is read; a folder, a pipe that nobody writes to and what never ends are not', (context) => {
  const folder = temporaryFolder(context, 'small');
  const file = join(folder, 'key');
  writeFileSync(file, 'secret\n');
  assert.equal(readSmallFile(file), 'secret\n');
  truncateSync(file, 2 * 1024 ** 2);
  assert.throws(() => readSmallFile(file), /it has 2097152 bytes/);
  assert.throws(() => readSmallFile(folder), /no regular file/);
  assert.throws(() => readSmallFile(join(folder, 'none')), { code: 'ENOENT' });
  if (process.platform === 'win32') return;
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  assert.throws(() => readSmallFile(join(folder, 'pipe')), /no regular file/);
  assert.throws(() => readSmallFile('/dev/zero'), /no regular file/);
});
