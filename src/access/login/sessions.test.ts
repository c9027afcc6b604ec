import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sessions } from './sessions.ts';

const ANN = { name: 'ann', role: 'viewer' } as const;

test('a session ends after its rest, which a page that only listens does not put off', () => {
  let nowMs = 0;
  const sessions = new Sessions(
    { now: () => nowMs, monotonicMs: () => nowMs },
    { idleMs: 100, lifetimeMs: 1000 },
  );
  const secret = sessions.begin(ANN, null);
  const isIn = (isAsking: boolean): boolean => sessions.visitorOf(secret, () => null, isAsking) !== null;
  nowMs = 90;
  assert.ok(isIn(true));
  nowMs = 180;
  assert.ok(isIn(false));
  nowMs = 191;
  assert.ok(!isIn(false));
  assert.equal(sessions.size, 0);
});
