// Keeps a running ledger in step with the budgets and kill switches that users set.

import { StoreFollower } from '../core/store-follower.ts';
import type { Ledger } from './ledger.ts';
import {
  type BudgetBank,
  type BudgetRules,
  NOTHING_SPENT,
  type SpendQuery,
  type SpentSoFar,
} from './ports.ts';
import type { SpentMark } from './spent-marks.ts';

export interface BudgetWatchOptions {
  readonly bank: Pick<BudgetBank, 'budgetRules' | 'budgetVersion' | 'spentSoFar'>;
  readonly ledger: Ledger;
  /** Returns when every record that was settled before the call is in the store. */
  readonly drain: () => Promise<void>;
  /** Told when looks begin to fail, or fail for another reason; the budgets in force stay. */
  readonly onFault: (error: unknown) => void;
  readonly intervalMs?: number;
  /** By which a server goes on that starts without its database. Null: it does not start then. */
  readonly copy?: RulesCopy | null;
  /** What hard budgets do then, where no leases tell: refuse, or go on from what was written down. */
  readonly offline?: 'block' | 'allow' | 'leases';
  readonly marks?: { read(): readonly SpentMark[] | null };
}

export interface RulesCopy {
  read(): BudgetRules | null;
  keep(rules: BudgetRules): void;
}

export class BudgetWatch {
  readonly #options: Required<Omit<BudgetWatchOptions, 'intervalMs'>>;
  readonly #follower: StoreFollower;
  #version: number | null = null;
  #resets: number | null = null;
  /** The budgets in force are of a copy, or none are known. */
  #isProvisional = false;

  constructor(options: BudgetWatchOptions) {
    this.#options = { copy: null, offline: 'leases', marks: NO_MARKS, ...options };
    // Its looks do not overlap: the ledger takes one change at a time.
    this.#follower = new StoreFollower({ look: () => this.#follow(), ...options });
  }

  /** Of the budgets in force; null where they are not known from the store. */
  get version(): number | null {
    return this.#version;
  }

  /** Puts the stored budgets into force, then follows them. Throws where they cannot be read, and no copy is kept. */
  async start(): Promise<void> {
    try {
      await this.#follow();
    } catch (error) {
      const { copy } = this.#options;
      if (copy === null) throw error;
      this.#follower.tell(error);
      await this.#goBy(copy.read());
    }
    this.#follower.start();
  }

  /** Looks at once: returns when what was changed before the call is in force. Throws where it cannot be read. */
  refresh(): Promise<void> {
    return this.#follower.refresh();
  }

  close(): Promise<void> {
    return this.#follower.close();
  }

  /** What was set when the store was last seen. What was spent is counted once it is there again. */
  async #goBy(rules: BudgetRules | null): Promise<void> {
    this.#isProvisional = true;
    if (rules === null) return;
    const { ledger, offline, marks } = this.#options;
    ledger.isUncounted = offline === 'block';
    const known = offline === 'leases' ? [] : (marks.read() ?? []);
    await ledger.configure(rules, async (queries) =>
      queries.map((query, index) => spentByMarks(query, rules.budgets[index]?.id, known)),
    );
  }

  async #follow(): Promise<void> {
    const { bank, ledger, drain, copy } = this.#options;
    if ((await bank.budgetVersion()) === this.#version) return;
    const rules = await bank.budgetRules();
    const load = async (queries: readonly SpendQuery[]): Promise<readonly SpentSoFar[]> => {
      await drain();
      return bank.spentSoFar(queries);
    };
    const isReset = this.#resets !== null && this.#resets !== rules.resets;
    await ledger.configure(rules, load, isReset || this.#isProvisional);
    this.#isProvisional = false;
    ledger.isUncounted = false;
    copy?.keep(rules);
    this.#version = rules.version;
    this.#resets = rules.resets;
  }
}

const NO_MARKS = { read: () => null };

function spentByMarks(
  { fromMs }: SpendQuery,
  budgetId: string | undefined,
  marks: readonly SpentMark[],
): SpentSoFar {
  const own = marks.filter((mark) => mark.budgetId === budgetId && mark.startMs === fromMs);
  return {
    ...NOTHING_SPENT,
    costNanoUsd: own.reduce((sum, { spentNanoUsd }) => sum + spentNanoUsd, 0),
    shares: own.map(({ share, spentNanoUsd }) => ({ ...NOTHING_SPENT, share, costNanoUsd: spentNanoUsd })),
  };
}
