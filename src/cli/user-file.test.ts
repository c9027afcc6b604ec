import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { TokenWatchError } from '../core/errors.ts';
import { assertWritable, readUserText, unwritable } from './user-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-user-file-'));

test('a file that can be written is left as it was', () => {
  const there = join(folder, 'there');
  const absent = join(folder, 'absent');
  writeFileSync(there, 'kept');
  assertWritable(there);
  assertWritable(absent);
  const link = join(folder, 'link');
  symlinkSync(absent, link);
  assertWritable(link);
  assert.ok(lstatSync(link).isSymbolicLink());
  assert.equal(readFileSync(there, 'utf8'), 'kept');
  assert.equal(existsSync(absent), false);
});

test('one that cannot be says which, why and what to do', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const [path, why] of [
    [join(folder, 'none', 'x'), `there is no folder ${join(folder, 'none')}. Make it, or name another file.`],
    [join(file, 'x'), `${file} is no folder. Name another file.`],
    [folder, 'it is a folder. Name a file in it.'],
  ] as const)
    assert.throws(
      () => assertWritable(path),
      (error: TokenWatchError) => {
        assert.equal(error.code, 'invalid_argument');
        assert.equal(error.message, `"${path}" cannot be written: ${why}`);
        return true;
      },
    );
});

test('a file that is not there, or is a folder, cannot be read', () => {
  assert.throws(
    () => readUserText(join(folder, 'nowhere')),
    /nowhere" cannot be read: there is no such file\./,
  );
  assert.throws(() => readUserText(folder), /" cannot be read: it is a folder\. Name a file in it\./);
  writeFileSync(join(folder, 'read'), 'é');
  assert.equal(readUserText(join(folder, 'read')), 'é');
});

test('a file is read up to a bound, and a pipe or a device like a file', () => {
  const file = join(folder, 'bounded');
  writeFileSync(file, Buffer.alloc(3 * 1024 ** 2, 'a'));
  assert.equal(readUserText(file, 3 * 1024 ** 2).length, 3 * 1024 ** 2);
  assert.throws(
    () => readUserText(file, 2 * 1024 ** 2),
    /bounded" cannot be read: it is longer than 2 MB\. Name a smaller one\.$/,
  );
  if (process.platform === 'win32') return;
  assert.equal(readUserText('/dev/null'), '');
  assert.throws(() => readUserText('/dev/zero', 1024 ** 2), /longer than 1 MB/);
});

test('a full disk, a forbidden folder and the unheard of are told apart', () => {
  const said = (code: string): string =>
    unwritable('/a/b', Object.assign(new Error('odd'), { code })).message;
  assert.match(said('ENOSPC'), /the disk is full/);
  assert.match(said('EACCES'), /may not write/);
  assert.match(said('EIO'), /: odd\.$/);
  const own = new TokenWatchError('no_data', 'There is none.');
  assert.equal(unwritable('/a/b', own), own);
});
