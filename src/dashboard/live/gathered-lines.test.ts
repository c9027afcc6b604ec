import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOTHING_ENDED } from '../../core/ended-sums.ts';
import { GatheredLines } from './gathered-lines.ts';

const ONE = { ...NOTHING_ENDED, requests: 1 };

test('lines are handed on together, in order, once each, with the sums of what ended', async () => {
  const handed: [string, number][] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const gathered = new GatheredLines((lines, { requests }) => {
    handed.push([lines, requests]);
    resolve();
  });
  // The timer alone keeps no process alive.
  const awake = setTimeout(() => undefined, 60_000);
  for (const line of ['one\n', 'two\n', 'three\n']) gathered.add(line, ONE);
  assert.deepEqual(handed, []);
  await promise;
  clearTimeout(awake);
  gathered.flush();
  assert.deepEqual(handed, [['one\ntwo\nthree\n', 3]]);
});

test('what waits can be handed on at once', () => {
  const handed: [string, number][] = [];
  const gathered = new GatheredLines((lines, { requests }) => handed.push([lines, requests]));
  gathered.flush();
  gathered.add('one\n', ONE);
  gathered.flush();
  gathered.add('two\n', ONE);
  gathered.flush();
  assert.deepEqual(handed, [
    ['one\n', 1],
    ['two\n', 1],
  ]);
});
