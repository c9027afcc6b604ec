import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Afterwork } from './afterwork.ts';

test('jobs are done later, in order, or at once where someone must see what they come to', async () => {
  const afterwork = new Afterwork();
  const done: string[] = [];
  const soFar = (): string => done.join('');
  afterwork.add(() => done.push('a'));
  afterwork.add(() => done.push('b'));
  assert.equal(soFar(), '');
  afterwork.run();
  assert.equal(soFar(), 'ab');
  await new Promise<void>((resolve) => {
    afterwork.add(() => done.push('c'));
    afterwork.add(resolve);
  });
  assert.equal(soFar(), 'abc');
});

test('a job that adds another has it done too', () => {
  const afterwork = new Afterwork();
  const done: string[] = [];
  afterwork.add(() => afterwork.add(() => done.push('inner')));
  afterwork.run();
  assert.deepEqual(done, ['inner']);
});

test('a job that throws takes none of the others with it', async () => {
  const afterwork = new Afterwork();
  const done = new EventTarget();
  const rest = once(done, 'rest');
  afterwork.add(() => {
    throw new Error('broken');
  });
  afterwork.add(() => done.dispatchEvent(new Event('rest')));
  assert.throws(() => afterwork.run(), /broken/);
  await rest;
});
