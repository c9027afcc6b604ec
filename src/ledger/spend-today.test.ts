import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NAMES_MAX, SpendToday } from './spend-today.ts';

function spending() {
  const clock = { nowMs: Date.UTC(2026, 2, 29, 12), now: () => clock.nowMs, monotonicMs: () => clock.nowMs };
  return { clock, today: new SpendToday(clock, 'Europe/Berlin') };
}

test('costs are told by application, by tag and in all, beside what the records said', () => {
  const { today } = spending();
  today.load({ all: 10, byApp: new Map([['chat', 10]]), byTag: new Map([['t', 4]]) });
  today.add('chat', 't', 5);
  today.add('agent', null, 1);
  today.add('chat', 't', null);
  const told = [
    today.of(null),
    today.of({ app: 'chat' }),
    today.of({ app: 'agent' }),
    today.of({ tag: 't' }),
  ];
  assert.deepEqual(told, [16, 15, 1, 9]);
  assert.deepEqual([today.of({ app: 'other' }), today.of({ tag: 'u' })], [0, 0]);
});

test('a day begins at its own midnight, also where the clock was put forward', () => {
  const { clock, today } = spending();
  today.add('chat', 't', 5);
  // Berlin is two hours ahead from this Sunday on.
  clock.nowMs = Date.UTC(2026, 2, 29, 21, 59, 59, 999);
  assert.equal(today.of(null), 5);
  clock.nowMs += 1;
  assert.deepEqual([today.of(null), today.of({ app: 'chat' }), today.of({ tag: 't' })], [0, 0, 0]);
});

test('however many names a day brings, none is told to have cost less than it did', () => {
  const { today } = spending();
  const names = Array.from({ length: NAMES_MAX + 2000 }, (_, index) => `request=${index}`);
  for (const [index, tag] of names.entries()) today.add('app', tag, index + 1);
  for (const tag of names.slice(-2000)) today.add('app', tag, 1_000_000);
  for (const [index, tag] of names.entries()) {
    const cost = index + 1 + (index >= NAMES_MAX ? 1_000_000 : 0);
    const told = today.of({ tag });
    assert.ok(index < NAMES_MAX ? told === cost : told >= cost, `${tag} is told at ${told}, not ${cost}`);
  }
  const early = names
    .slice(-2000)
    .filter((tag, index) => today.of({ tag }) !== 1_000_000 + NAMES_MAX + index + 1);
  assert.ok(early.length < 20, `${early.length} of 2000 are told at more than they cost`);
  assert.equal(today.of({ tag: 'request=new' }) > 1_000_000_000, false);
});
