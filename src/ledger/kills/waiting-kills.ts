// Kill switches that were set, or taken back, since the store last took one.

import { hasShape, isListOf } from '../../core/shape.ts';
import { WaitingChanges } from '../../core/waiting-changes.ts';
import { isKill, type Kill, sameScope } from '../budget.ts';
import type { BudgetBank } from '../ports.ts';

/** The switch of that id; without one it is taken back. */
export interface WaitingKill {
  readonly id: string;
  readonly kill: Kill | null;
}

/** In the data folder. */
export const WAITING_KILLS = {
  name: 'kills.waiting',
  isRight: (value: unknown): value is readonly WaitingKill[] => isListOf(value, isWaitingKill),
  lost: 'Kill switches that it held, and the database does not know yet, are not in force: see "tokenwatch budget status", and set them again.',
};

function isWaitingKill(value: unknown): boolean {
  if (!hasShape(value, { id: 'string' })) return false;
  const { kill } = value as { readonly kill?: unknown };
  return kill === null || isKill(kill);
}

export class WaitingKills extends WaitingChanges<WaitingKill> {
  /** What is in force where the store has these. */
  over(stored: readonly Kill[]): readonly Kill[] {
    const untouched = stored.filter(({ id }) => !this.has(id));
    return [...untouched, ...this.all.flatMap(({ kill }) => (kill === null ? [] : [kill]))];
  }

  /**
   * Tells the store, and returns what it knows by now; `forget` drops that once it has been read back. An answer of the
   * store may have been lost the last time, and another process may have stopped the same: nothing is put twice.
   */
  async store(
    bank: Pick<BudgetBank, 'budgetRules' | 'putKill' | 'removeKill'>,
  ): Promise<readonly WaitingKill[]> {
    this.keepAgain();
    const told = this.all;
    if (told.length === 0) return told;
    const { kills } = await bank.budgetRules();
    for (const { id, kill } of told) {
      if (kill === null) await bank.removeKill(id);
      else if (!kills.some((known) => sameScope(known.scope, kill.scope))) await bank.putKill(kill);
    }
    return told;
  }
}
