import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../test/at-end.ts';
import { lastLines, linesInChunks } from './line-file.ts';

test('lines are those of the file, wherever a chunk ends, and its last ones come from its end', (t) => {
  const path = join(temporaryFolder(t, 'lines'), 'lines');
  // Of signs of two bytes, longer and shorter than a chunk, at every distance from its end.
  for (const length of [1, 9, 1000, 32_760, 32_766, 32_767, 32_768, 70_000]) {
    const lines = Array.from({ length: 7 }, (_, index) => `${index}${'ü'.repeat(length + index)}`);
    for (const end of ['\n', '\n\n', '']) {
      writeFileSync(path, `${lines.join('\n')}${end}`);
      const said = `${length} ${JSON.stringify(end)}`;
      assert.deepEqual([...linesInChunks(path)].flat(), lines, said);
      for (const most of [1, 2, 6, 7, 8, Number.POSITIVE_INFINITY])
        assert.deepEqual(lastLines(path, most), { lines: lines.slice(-most), isCut: end === '' }, said);
    }
  }
});

test('a file that is not there, or empty, has no lines', (t) => {
  const path = join(temporaryFolder(t, 'lines'), 'lines');
  for (const make of [() => {}, () => writeFileSync(path, '')]) {
    make();
    assert.deepEqual([...linesInChunks(path)].flat(), []);
    assert.deepEqual(lastLines(path, 3), { lines: [], isCut: false });
  }
});
