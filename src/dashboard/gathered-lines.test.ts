import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatheredLines } from './gathered-lines.ts';

test('lines are handed on together, in order, once each', async () => {
  const handed: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const gathered = new GatheredLines((lines) => {
    handed.push(lines);
    resolve();
  });
  // The timer alone keeps no process alive.
  const awake = setTimeout(() => undefined, 60_000);
  for (const line of ['one\n', 'two\n', 'three\n']) gathered.add(line);
  assert.deepEqual(handed, []);
  await promise;
  clearTimeout(awake);
  gathered.flush();
  assert.deepEqual(handed, ['one\ntwo\nthree\n']);
});

test('what waits can be handed on at once', () => {
  const handed: string[] = [];
  const gathered = new GatheredLines((lines) => handed.push(lines));
  gathered.flush();
  gathered.add('one\n');
  gathered.flush();
  gathered.add('two\n');
  gathered.flush();
  assert.deepEqual(handed, ['one\n', 'two\n']);
});
