import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-private-'));
after(() => rmSync(folder, { recursive: true }));

test('a private file is written whole, for its owner alone, and nothing is left beside it', () => {
  const path = join(folder, 'token');
  assert.equal(readPrivateFile(path), null);
  writePrivateFile(path, 'first');
  writePrivateFile(path, 'second');
  assert.equal(readPrivateFile(path), 'second');
  assert.equal(lstatSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ['token']);
});

test('a link that somebody has laid is not written through', () => {
  const elsewhere = join(folder, 'elsewhere');
  const path = join(folder, 'key');
  writeFileSync(elsewhere, 'theirs');
  symlinkSync(elsewhere, path);
  symlinkSync(elsewhere, `${path}.${process.pid}.new`);
  writePrivateFile(path, 'ours');
  assert.equal(readFileSync(elsewhere, 'utf8'), 'theirs');
  assert.equal(lstatSync(path).isSymbolicLink(), false);
  assert.equal(readPrivateFile(path), 'ours');
});
