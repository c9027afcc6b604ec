import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomFrom } from '../../simulator/random.ts';
import type { ScopeTrust, SemanticEntries } from './ports.ts';
import { afterCheck, FALSE_ALARM, NEW_STANDING, Trust } from './trust.ts';

function trustOver(stored: Map<string, ScopeTrust>, errorMax = 0.01) {
  const warnings: string[] = [];
  const entries = {
    scopeTrust: async () => [...stored.values()],
    putScopeTrust: async (trust: ScopeTrust) => void stored.set(trust.scope, trust),
  } as unknown as SemanticEntries;
  const trust = new Trust({
    entries,
    clock: { now: () => 1, monotonicMs: () => 1 },
    errorMax,
    distanceMax: 0.05,
    warn: (message) => warnings.push(message),
    onFault: (error) => assert.fail(String(error)),
  });
  return { trust, warnings };
}

/** Checks at a true rate of wrong answers, until the scope is tightened or the checks are used up. */
function tightenedAfter(rate: number, checks: number, random: { next(): number }): number | null {
  const { trust } = trustOver(new Map());
  for (let made = 1; made <= checks; made += 1) {
    trust.checked('p', 'e', random.next() < rate ? 'disagreed' : 'agreed');
    if (trust.share('p', 'e') < 1) return made;
  }
  return null;
}

test('a rate above the allowed one tightens, one below is left alone, as often as documented', () => {
  const random = randomFrom(20261124);
  const share = (rate: number, checks: number, lives: number): number => {
    let tightened = 0;
    for (let life = 0; life < lives; life += 1)
      if (tightenedAfter(rate, checks, random) !== null) tightened += 1;
    return tightened / lives;
  };
  assert.ok(share(0.01, 600, 120) <= FALSE_ALARM + 0.05);
  assert.ok(share(0.002, 600, 120) <= FALSE_ALARM / 2);
  assert.ok(share(0.1, 200, 120) >= 0.97);
  assert.ok(share(0.3, 60, 120) === 1);
});

test('a scope is tightened step by step, says so each time, and ends off', () => {
  const { trust, warnings } = trustOver(new Map());
  const shares = new Set<number>();
  for (let check = 0; check < 20; check += 1) {
    trust.checked('p', 'e', 'disagreed');
    shares.add(trust.share('p', 'e'));
  }
  assert.deepEqual([...shares], [0.5, 0.25, 0]);
  // For the partition and for all together.
  assert.equal(warnings.length, 6);
  assert.match(warnings.join('\n'), /more than TOKENWATCH_CACHE_MAX_ERROR \(1 %\) allows/);
  assert.match(warnings.at(-1) ?? '', /no longer answered/);
});

test('what one partition finds against itself does not stop another before it is much of all', () => {
  const { trust } = trustOver(new Map());
  for (let check = 0; check < 60; check += 1) trust.checked('good', 'e', 'agreed');
  for (let check = 0; check < 2; check += 1) trust.checked('bad', 'e', 'disagreed');
  assert.ok(trust.share('bad', 'e') < 1);
  assert.equal(trust.share('good', 'e'), 1);
  assert.equal(trust.share('good', 'another embedder'), 1);
});

test('what was found survives a restart', async () => {
  const stored = new Map<string, ScopeTrust>();
  const before = trustOver(stored).trust;
  for (let check = 0; check < 4; check += 1) before.checked('p', 'e', 'disagreed');
  const after = trustOver(stored).trust;
  await after.load();
  assert.equal(after.share('p', 'e'), before.share('p', 'e'));
  assert.ok(after.share('p', 'e') < 1);
});

test('undecided checks count for nothing', () => {
  const stored = new Map<string, ScopeTrust>();
  const { trust } = trustOver(stored);
  for (let check = 0; check < 100; check += 1) trust.checked('p', 'e', 'undecided');
  assert.equal(trust.share('p', 'e'), 1);
  assert.deepEqual([stored.get('p')?.checks, stored.get('p')?.undecided], [0, 100]);
});

test('an entry that failed a prompt serves only what is nearer, and after a second failure nothing', () => {
  const once = afterCheck(NEW_STANDING, 0.03, 'disagreed');
  assert.equal(once.distanceBelow, 0.03);
  assert.equal(afterCheck(once, 0.02, 'agreed').distanceBelow, 0.03);
  assert.equal(afterCheck(once, 0.02, 'disagreed').distanceBelow, 0);
  assert.equal(afterCheck(NEW_STANDING, 0.0001, 'disagreed').distanceBelow, 0);
});

test('an agreeing check lets an entry serve twice as many prompts', () => {
  const standing = { ...NEW_STANDING, prompts: NEW_STANDING.promptsAllowed };
  assert.equal(afterCheck(standing, 0.01, 'agreed').promptsAllowed, 2 * NEW_STANDING.promptsAllowed);
  assert.equal(afterCheck(standing, 0.01, 'undecided').promptsAllowed, NEW_STANDING.promptsAllowed);
});
