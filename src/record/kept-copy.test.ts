import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { keptCopy } from './kept-copy.ts';

for (const isOnDisk of [false, true]) {
  test(`a copy that cannot be written${isOnDisk ? ' to the disk' : ''} is told of once, and so is its end`, (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-kept-'));
    context.after(() => rmSync(folder, { recursive: true, force: true }));
    const warnings: string[] = [];
    const copy = keptCopy<string>(folder, 'copy', (message) => warnings.push(message), isOnDisk);
    assert.equal(copy.read(), null);
    assert.equal(copy.keep('first'), true);
    renameSync(folder, `${folder}-away`);
    context.after(() => rmSync(`${folder}-away`, { recursive: true, force: true }));
    assert.deepEqual([copy.keep('second'), copy.keep('second')], [false, false]);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0] ?? '',
      /copy cannot be written \(ENOENT.*: a start without the database would go by an older one/,
    );
    renameSync(`${folder}-away`, folder);
    assert.equal(copy.read(), 'first');
    assert.equal(copy.keep('third'), true);
    assert.equal(copy.read(), 'third');
    assert.equal(warnings.length, 2);
    assert.match(warnings[1] ?? '', /copy is written again\. It failed 2 times since/);
  });
}
