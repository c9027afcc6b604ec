// That each promise has a build that breaks it, and that the builds are of today's source. What a fault run says of them
// is seen by `npm run faults -- --broken`.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BROKEN_BUILDS } from './run/broken-builds.ts';
import { PROMISES } from './run/promises.ts';

test('every promise has a broken build', () => {
  const broken = new Set(BROKEN_BUILDS.map(({ breaks }) => breaks));
  assert.deepEqual(
    PROMISES.map(({ name }) => name).filter((name) => !broken.has(name)),
    [],
  );
});

for (const { file, replaced, how } of BROKEN_BUILDS)
  test(`${file} still has what is broken so that ${how}`, () => {
    assert.equal(readFileSync(file, 'utf8').split(replaced).length, 2);
  });
