import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWhen } from './when.ts';

test('a date, a time, or how long ago', () => {
  const now = Date.parse('2026-11-25T12:00:00Z');
  assert.equal(parseWhen('7d', now), now - 7 * 86_400_000);
  assert.equal(parseWhen('30m', now), now - 1_800_000);
  assert.equal(parseWhen('2026-11-25T10:00Z', now), Date.parse('2026-11-25T10:00:00Z'));
  assert.equal(parseWhen('2026-11-25', now), new Date(2026, 10, 25).getTime());
});

test('anything else is none', () => {
  for (const text of ['', 'yesterday', '7', '7y', '2026-13-01', '2026-11-25 10:00', '25.11.2026'])
    assert.equal(parseWhen(text, 0), undefined, text);
});
