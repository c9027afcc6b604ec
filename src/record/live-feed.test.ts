import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveEvent } from '../core/journal.ts';
import type { RequestRecord } from '../core/record.ts';
import { InProcessFeed } from './live-feed.ts';

const event = (id: string): LiveEvent => ({ type: 'started', record: { id } as RequestRecord });

test('a listener that throws is dropped and reported once, and the others hear on', () => {
  const warnings: string[] = [];
  const heard: string[] = [];
  const feed = new InProcessFeed((message) => warnings.push(message));
  let calls = 0;
  feed.subscribe(() => {
    calls += 1;
    throw new Error('broken listener');
  });
  feed.subscribe(({ record }) => heard.push(record.id));
  feed.publish(event('a'));
  feed.publish(event('b'));
  assert.deepEqual(heard, ['a', 'b']);
  assert.equal(calls, 1);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /broken listener/);
});

test('a listener that unsubscribes hears nothing more, also from within an event', () => {
  const heard: string[] = [];
  const feed = new InProcessFeed(() => {});
  const unsubscribe = feed.subscribe(({ record }) => {
    heard.push(record.id);
    unsubscribe();
    unsubscribe();
  });
  feed.publish(event('a'));
  feed.publish(event('b'));
  assert.deepEqual(heard, ['a']);
});
