// Where kill switches are looked up and changed: in the store, or in a running server, which waits for no store.

import type { Kill } from './budget.ts';
import type { BudgetWatch } from './budget-watch.ts';
import type { BudgetBank } from './ports.ts';

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

/** A store that has not answered by then hears of it later. */
const STORE_MS = 2000;

/** A change is in force at once, and then told to the store: no longer waited for than that. */
export function runningKills(watch: Pick<BudgetWatch, 'kills' | 'change' | 'refresh'>): KillBank {
  const look = async (): Promise<void> => {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, STORE_MS);
    // What does not answer is told of by the watch.
    const looked = watch.refresh().catch(() => undefined);
    await Promise.race([looked, late.promise]);
    clearTimeout(timer);
  };
  return {
    async kills(isFresh) {
      if (isFresh) await look();
      return watch.kills;
    },
    async putKill(kill) {
      watch.change({ id: kill.id, kill });
      await look();
    },
    async removeKill(id) {
      watch.change({ id, kill: null });
      await look();
    },
  };
}
