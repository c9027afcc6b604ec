import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerClock } from './server-clock.ts';

const NOW_MS = Date.UTC(2026, 10, 27, 12);
const HOUR_MS = 3_600_000;

const after = (...headers: readonly (string | null)[]): number => {
  const clock = new ServerClock(() => NOW_MS);
  for (const header of headers) clock.hear(header);
  return clock.now() - NOW_MS;
};
const header = (aheadMs: number): string => new Date(NOW_MS + aheadMs).toUTCString();

test('a clock that is hours off goes by the server’s', () => {
  assert.equal(after(header(5 * HOUR_MS)), 5 * HOUR_MS);
  assert.equal(after(header(-5 * HOUR_MS)), -5 * HOUR_MS);
  assert.equal(after(header(5 * HOUR_MS), header(0)), 0);
});

test('seconds between two clocks are the way of an answer, and no header says nothing', () => {
  assert.equal(after(header(-4000)), 0);
  assert.equal(after(header(5 * HOUR_MS), null), 5 * HOUR_MS);
  assert.equal(after('tomorrow'), 0);
});
