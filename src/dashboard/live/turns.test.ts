import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from './turns.ts';

test('the first piece is done at once, the others in turns and in order', ({ mock }) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const turns = new Turns();
  const done: string[] = [];
  turns.add([() => done.push('a'), () => done.push('b')]);
  turns.add([() => done.push('c')]);
  assert.deepEqual(done, ['a']);
  mock.timers.tick(4);
  assert.deepEqual(done, ['a', 'b']);
  mock.timers.tick(100);
  assert.deepEqual(done, ['a', 'b', 'c']);
  turns.add([() => done.push('d')]);
  assert.deepEqual(done, ['a', 'b', 'c', 'd'], 'nothing waits any more');
});

test('what is closed does nothing any more', ({ mock }) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const turns = new Turns();
  const done: string[] = [];
  turns.add([() => done.push('a'), () => done.push('b')]);
  turns.close();
  mock.timers.tick(100);
  assert.deepEqual(done, ['a']);
});
