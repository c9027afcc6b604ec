import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FolderWatch } from './folder-watch.ts';
import { makePrivate, makePrivateFile } from './private-folder.ts';

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'tokenwatch-folder-'));
}

test('a data folder that is deleted, or replaced by another, is noticed and said', async () => {
  const path = folder();
  const said = Promise.withResolvers<string>();
  const watch = new FolderWatch(path, said.resolve);
  assert.equal(watch.isGone, false);
  rmSync(path, { recursive: true });
  assert.equal(watch.isGone, true);
  // Held by another name, so that the new one cannot have its number.
  const other = folder();
  renameSync(other, path);
  assert.equal(watch.isGone, true);
  watch.start();
  // The watch itself keeps no process alive.
  const alive = setInterval(() => {}, 1000);
  assert.match(await said.promise, /was deleted or replaced while TokenWatch runs/);
  clearInterval(alive);
  watch.close();
  rmSync(path, { recursive: true });
});

test('the data folder and its files are their owner’s alone, also where they were not before', () => {
  const path = folder();
  const data = join(path, 'deep', 'data');
  makePrivate(data);
  makePrivateFile(join(data, 'file'));
  const modes = (): number[] => [data, join(data, 'file')].map((each) => statSync(each).mode & 0o777);
  assert.deepEqual(modes(), [0o700, 0o600]);
  chmodSync(data, 0o755);
  chmodSync(join(data, 'file'), 0o644);
  makePrivate(data);
  makePrivateFile(join(data, 'file'));
  assert.deepEqual(modes(), [0o700, 0o600]);
  const shared = join(path, 'shared');
  mkdirSync(shared);
  chmodSync(shared, 0o1777);
  makePrivate(shared);
  assert.equal(statSync(shared).mode & 0o7777, 0o1777, 'others use it, too');
  rmSync(path, { recursive: true });
});
