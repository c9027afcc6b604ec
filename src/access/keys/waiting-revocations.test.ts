import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleEntry } from '../../core/rule-book.ts';
import { type Revocation, revocationOf, WaitingRevocations } from './waiting-revocations.ts';

const entry = (name: string, createdAtMs: number, revokedAtMs: number | null = null): RuleEntry => ({
  kind: 'key',
  name,
  createdAtMs,
  definition: { revokedAtMs },
});

function opened() {
  let kept: readonly Revocation[] = [];
  let isFull = false;
  const copy = {
    read: () => kept,
    keep: (waiting: readonly Revocation[]): boolean => {
      if (!isFull) kept = waiting;
      return !isFull;
    },
  };
  const fill = (): void => {
    isFull = true;
  };
  const empty = (): void => {
    isFull = false;
  };
  return { copy, fill, empty, waiting: new WaitingRevocations(copy) };
}

test('a key that was revoked meanwhile is so for whoever goes by the list, after a restart too', () => {
  const { copy, waiting } = opened();
  const stored = [entry('ci', 1), entry('ada', 2)];
  assert.equal(waiting.over(stored), stored);
  waiting.add(revocationOf({ name: 'ci', createdAtMs: 1 }, 9));
  for (const each of [waiting, new WaitingRevocations(copy)])
    assert.deepEqual(each.over(stored), [entry('ci', 1, 9), entry('ada', 2)]);
});

test('a later key of the same name, a rule of that name, and one that was revoked before stay as they are', () => {
  const { waiting } = opened();
  waiting.add(revocationOf({ name: 'ci', createdAtMs: 1 }, 9));
  const route = { ...entry('ci', 1), kind: 'route' } as const;
  const stored = [entry('ci', 5), route, entry('ci', 1, 7)];
  assert.deepEqual(waiting.over(stored), stored);
});

test('the store is told of the key as it is there by now, and it is dropped once that is known', async () => {
  const { waiting } = opened();
  const revocation = revocationOf({ name: 'ci', createdAtMs: 1 }, 9);
  waiting.add(revocation);
  let entries = [
    { ...entry('ci', 1), definition: { revokedAtMs: null, hashes: ['rotated'] } },
    entry('b', 1),
  ];
  const changed: RuleEntry[] = [];
  const book = {
    rules: async () => ({ version: 1, entries }),
    changeRule: async (after: RuleEntry) => changed.push(after) > 0,
  };
  const told = await waiting.store(book);
  assert.deepEqual(changed, [{ ...entry('ci', 1), definition: { revokedAtMs: 9, hashes: ['rotated'] } }]);
  // Its answer may have been lost, and the key be gone: nothing is put twice.
  entries = [];
  await waiting.store(book);
  assert.equal(changed.length, 1);
  waiting.forget(told);
  assert.deepEqual(waiting.all, []);
});

test('what could not be written down is known not to outlive the process, until it can be', async () => {
  const { waiting, copy, fill, empty } = opened();
  assert.equal(waiting.isKept, true);
  fill();
  waiting.add(revocationOf({ name: 'ci', createdAtMs: 1 }, 9));
  assert.equal(waiting.isKept, false);
  assert.equal(waiting.all.length, 1);
  // As soon as there is room, whether the store answers or not.
  empty();
  const away = async (): Promise<never> => {
    throw new Error('the database is away');
  };
  await assert.rejects(waiting.store({ rules: away, changeRule: away }));
  assert.equal(waiting.isKept, true);
  assert.equal(copy.read().length, 1);
});
