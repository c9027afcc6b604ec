import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileLimit, filesFor, streamsFor, tooFewFiles } from './run/open-files.ts';

test('a limit that is what so many streams take allows them, and not one more', () => {
  const hard = filesFor(10_000);
  assert.equal(streamsFor({ soft: hard, hard }), 10_000);
  assert.equal(streamsFor({ soft: hard, hard: hard - 1 }), 9_999);
});

test('the limit of this process is known', () => {
  const { soft, hard } = fileLimit(10);
  assert.ok(hard >= soft && soft >= 10, `${soft} of ${hard}`);
});

test('a limit that is too low is told with what to raise it to, and what is done meanwhile', () => {
  assert.match(
    tooFewFiles(10_000, { soft: 1024, hard: 4100 }),
    /20100 open files.*4100.*nofile=20100.*opens 2000/s,
  );
});
