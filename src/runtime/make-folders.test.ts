import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/at-end.ts';
import { inTheWay, makeFolders } from './make-folders.ts';

test('makes a folder and all above it with the rights that are asked, and takes one that is there', (t) => {
  const folder = join(temporaryFolder(t), 'a', 'b');
  makeFolders(folder, 0o700);
  makeFolders(folder, 0o700);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
});

test('says what is in the place of a folder', (t) => {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  const said = { code: 'EEXIST', message: `${file} is a file, and no folder` };
  assert.throws(() => makeFolders(file), said);
  assert.throws(() => makeFolders(join(file, 'a', 'b')), said);
  const link = join(temporaryFolder(t), 'link');
  symlinkSync(`${file}-gone`, link);
  assert.throws(() => makeFolders(link), { message: `${link} is a link that leads nowhere` });
  assert.throws(() => makeFolders('/dev/null/x'), { message: '/dev/null is no folder' });
});

test('what is in the way is told before anything is made', (t) => {
  const folder = temporaryFolder(t);
  assert.equal(inTheWay(folder), null);
  assert.equal(inTheWay(join(folder, 'a', 'b')), null);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  assert.equal(inTheWay(join(file, 'a')), `${file} is a file, and no folder`);
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
