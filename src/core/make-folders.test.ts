import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/at-end.ts';
import { makeFolders } from './make-folders.ts';

test('makes a folder and all above it with the rights that are asked, and takes one that is there', (t) => {
  const folder = join(temporaryFolder(t), 'a', 'b');
  makeFolders(folder, 0o700);
  makeFolders(folder, 0o700);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
});

test('says what is in the place of a folder', (t) => {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  assert.throws(() => makeFolders(file), { code: 'EEXIST' });
  assert.throws(() => makeFolders(join(file, 'a', 'b')), { code: 'EEXIST' });
});

test('ends where a place takes no folders', { skip: process.platform !== 'linux' }, () => {
  // In a process of its own: what never ends must not take the tests with it.
  const script = `import { makeFolders } from ${JSON.stringify(new URL('./make-folders.ts', import.meta.url).href)};
    for (const folder of ['/proc/x', '/proc/x/y']) try { makeFolders(folder) } catch (error) { console.log(error.code) }`;
  const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  assert.deepEqual([stdout, signal], ['ENOENT\nENOENT\n', null]);
});
