import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPlace } from './still.ts';

test('rows keep their places, with the newest figures, and none comes or goes', () => {
  const row = (key: string, figure: number) => ({ key, figure });
  const before = [row('a', 9), row('b', 5), row('c', 1)];
  const now = [row('new', 7), row('b', 12), row('a', 9)];
  assert.deepEqual(
    inPlace(before, now, ({ key }) => key),
    [row('a', 9), row('b', 12), row('c', 1)],
  );
});
