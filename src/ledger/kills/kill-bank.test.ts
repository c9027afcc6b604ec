import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kill } from '../budget.ts';
import { runningKills } from './kill-bank.ts';
import { type WaitingKill, WaitingKills } from './waiting-kills.ts';

const KILL: Kill = { id: 'k', scope: { app: 'runaway', model: null, tag: null }, createdAtMs: 1 };

test('a kill switch is in force before the store is told', async () => {
  const inForce: Kill[] = [];
  const told = Promise.withResolvers<void>();
  const kills = runningKills({
    kills: inForce,
    change: ({ kill }) => void (kill !== null && inForce.push(kill)),
    refreshInTime: () => told.promise,
  });
  const put = kills.putKill(KILL);
  assert.deepEqual(inForce, [KILL]);
  assert.deepEqual(await kills.kills(false), [KILL]);
  told.resolve();
  await put;
});

test('what waits is written down, stored once, and stays where it changed meanwhile', async () => {
  let kept: readonly WaitingKill[] = [];
  const copy = {
    read: () => kept,
    keep: (waiting: readonly WaitingKill[]): boolean => {
      kept = waiting;
      return true;
    },
  };
  const stored: Kill[] = [];
  const bank = {
    budgetRules: async () => ({ version: 1, resets: 0, budgets: [], kills: [...stored] }),
    putKill: async (kill: Kill) => void stored.push(kill),
    removeKill: async (id: string) =>
      void stored.splice(0, stored.length, ...stored.filter((one) => one.id !== id)),
  };
  const waiting = new WaitingKills(copy);
  waiting.add({ id: 'k', kill: KILL });
  assert.deepEqual(new WaitingKills(copy).over([]), [KILL]);
  // Its answer was lost: it is told again.
  await waiting.store(bank);
  const told = await waiting.store(bank);
  assert.deepEqual(stored, [KILL]);
  waiting.add({ id: 'k', kill: null });
  waiting.forget(told);
  assert.deepEqual(waiting.over(stored), []);
  waiting.forget(await waiting.store(bank));
  assert.deepEqual([stored, kept], [[], []]);
});
