import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
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

test('a file for which there is not enough room stays as it was, and whoever writes it is told', () => {
  const path = join(folder, 'kills');
  writePrivateFile(path, 'before');
  const module = new URL('./private-file.ts', import.meta.url).href;
  const script = `const { writePrivateFile } = await import(${JSON.stringify(module)});
    try { writePrivateFile(process.argv[1], 'y'.repeat(100_000)); console.log('written'); } catch { console.log('told'); }`;
  // A write up to the limit takes a part, as on a disk that is nearly full.
  const { stdout } = spawnSync(
    'sh',
    ['-c', 'ulimit -f 16 && exec "$0" "$@"', process.execPath, '--input-type=module', '--eval', script, path],
    { encoding: 'utf8', env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' } },
  );
  assert.equal(stdout, 'told\n');
  assert.equal(readPrivateFile(path), 'before');
});
