import assert from 'node:assert/strict';
import { lstatSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/at-end.ts';
import { makeOwnFile } from './own-file.ts';

test('a file of one’s own is new, whatever lies there, and goes nowhere else', (context) => {
  const folder = temporaryFolder(context, 'own-file');
  const elsewhere = join(folder, 'elsewhere');
  writeFileSync(elsewhere, 'kept');
  const path = join(folder, 'file');
  for (const lie of [
    () => undefined,
    () => symlinkSync(elsewhere, path),
    () => symlinkSync(join(folder, 'nothing'), path),
    () => writeFileSync(path, 'left', { mode: 0o644 }),
  ]) {
    lie();
    makeOwnFile(path);
    const place = lstatSync(path);
    assert.deepEqual([place.isFile(), place.size, place.mode & 0o777], [true, 0, 0o600]);
    rmSync(path);
  }
  assert.equal(readFileSync(elsewhere, 'utf8'), 'kept');
});
