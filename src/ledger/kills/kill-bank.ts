// Where kill switches are looked up and changed: in the store, or in a running server, which waits for no store.

import type { BudgetWatch } from '../book/budget-watch.ts';
import type { Kill } from '../budget.ts';
import type { BudgetBank } from '../ports.ts';

export interface KillBank {
  /** What is known at once, for whoever stops something; `isFresh` asks the store first. */
  kills(isFresh: boolean): Promise<readonly Kill[]>;
  putKill(kill: Kill): Promise<void>;
  removeKill(id: string): Promise<void>;
}

export function storedKills(bank: Pick<BudgetBank, 'budgetRules' | 'putKill' | 'removeKill'>): KillBank {
  return {
    kills: async () => (await bank.budgetRules()).kills,
    putKill: (kill) => bank.putKill(kill),
    removeKill: (id) => bank.removeKill(id),
  };
}

/** A change is in force at once, and then told to the store. */
export function runningKills(watch: Pick<BudgetWatch, 'kills' | 'change' | 'refreshInTime'>): KillBank {
  return {
    async kills(isFresh) {
      if (isFresh) await watch.refreshInTime();
      return watch.kills;
    },
    async putKill(kill) {
      watch.change({ id: kill.id, kill });
      await watch.refreshInTime();
    },
    async removeKill(id) {
      watch.change({ id, kill: null });
      await watch.refreshInTime();
    },
  };
}
