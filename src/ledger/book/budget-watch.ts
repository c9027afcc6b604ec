// Keeps a running ledger in step with the budgets and kill switches that users set.

import { RepeatedFault, type Trouble } from '../../core/repeated-fault.ts';
import { NO_COPY } from '../../core/waiting-changes.ts';
import { StoreFollower } from '../../runtime/store-follower.ts';
import type { Kill } from '../budget.ts';
import { type WaitingKill, WaitingKills } from '../kills/waiting-kills.ts';
import type { Ledger } from '../ledger.ts';
import {
  type BudgetBank,
  type BudgetRules,
  NOTHING_SPENT,
  type SpendQuery,
  type SpentSoFar,
} from '../ports.ts';
import type { SpentMark } from '../spent-marks.ts';

export interface BudgetWatchOptions {
  readonly bank: Pick<BudgetBank, 'budgetRules' | 'budgetVersion' | 'spentSoFar' | 'putKill' | 'removeKill'>;
  readonly ledger: Ledger;
  /** Returns when every record that was settled before the call is in the store. */
  readonly drain: () => Promise<void>;
  /** Told of looks that fail; the budgets in force stay. */
  readonly warn: (message: string) => void;
  readonly intervalMs?: number;
  /** By which a server goes on that starts without its database. Null: it does not start then. */
  readonly copy?: RulesCopy | null;
  /** What hard budgets do then, where no leases tell: refuse, or go on from what was written down. */
  readonly offline?: 'block' | 'allow' | 'leases';
  readonly marks?: { read(): readonly SpentMark[] | null };
  /** Kill switches that the store does not know yet. */
  readonly waiting?: WaitingKills;
}

export interface RulesCopy {
  read(): BudgetRules | null;
  keep(rules: BudgetRules): void;
}

export class BudgetWatch {
  readonly #options: Required<Omit<BudgetWatchOptions, 'intervalMs'>>;
  readonly #fault: RepeatedFault;
  readonly #follower: StoreFollower;
  #stored: readonly Kill[] = [];
  #version: number | null = null;
  #resets: number | null = null;
  /** The budgets in force are of a copy, or none are known. */
  #isProvisional = false;

  constructor(options: BudgetWatchOptions) {
    const waiting = new WaitingKills(NO_COPY);
    this.#options = { copy: null, offline: 'leases', marks: NO_MARKS, waiting, ...options };
    this.#fault = new RepeatedFault(options.warn, {
      first: (reason) => `Budgets: ${reason}. What was set before holds.`,
      over: 'Budgets are followed again.',
    });
    // Its looks do not overlap: the ledger takes one change at a time.
    this.#follower = new StoreFollower({ look: () => this.#follow(), fault: this.#fault, ...options });
  }

  /** Of the budgets in force; null where they are not known from the store. */
  get version(): number | null {
    return this.#version;
  }

  /** Since when the store does not answer, and why; null where it does. */
  get trouble(): Omit<Trouble, 'times'> | null {
    return this.#follower.trouble;
  }

  /** Whether what is counted is all that was spent, or all that was written down of it. */
  get knowsSpent(): boolean {
    return !this.#isProvisional || this.#options.offline !== 'leases';
  }

  /** The kill switches in force. */
  get kills(): readonly Kill[] {
    return this.#options.waiting.over(this.#stored);
  }

  /** In force when it returns, and written down; the next look tells the store. */
  change(waiting: WaitingKill): void {
    this.#options.waiting.add(waiting);
    this.#options.ledger.stop(this.kills);
  }

  /** Whether the store knows of a change by now. */
  isStored(id: string): boolean {
    return !this.#options.waiting.has(id);
  }

  /** Whether what the store does not know outlives this process. */
  get isKept(): boolean {
    return this.#options.waiting.isKept;
  }

  /** Puts the stored budgets into force, then follows them. Throws where they cannot be read, and no copy is kept. */
  async start(): Promise<void> {
    try {
      await this.#follow();
    } catch (error) {
      const { copy } = this.#options;
      if (copy === null) throw error;
      this.#fault.met(error);
      await this.#goBy(copy.read());
    }
    this.#follower.start();
  }

  /** Looks at once: returns when what was changed before the call is in force. Throws where it cannot be read. */
  refresh(): Promise<void> {
    return this.#follower.refresh();
  }

  /** The same, for whoever can go on by what is in force. */
  refreshInTime(): Promise<void> {
    return this.#follower.refreshInTime();
  }

  close(): Promise<void> {
    return this.#follower.close();
  }

  /** What was set when the store was last seen. What was spent is counted once it is there again. */
  async #goBy(rules: BudgetRules | null): Promise<void> {
    this.#isProvisional = true;
    const { ledger, offline, marks } = this.#options;
    this.#stored = rules?.kills ?? [];
    if (rules === null) {
      ledger.stop(this.kills);
      return;
    }
    ledger.isUncounted = offline === 'block';
    const known = offline === 'leases' ? [] : (marks.read() ?? []);
    await ledger.configure({ ...rules, kills: this.kills }, async (queries) =>
      queries.map((query, index) => spentByMarks(query, rules.budgets[index]?.id, known)),
    );
  }

  async #follow(): Promise<void> {
    const { bank, ledger, drain, copy, waiting } = this.#options;
    const told = await waiting.store(bank);
    if ((await bank.budgetVersion()) === this.#version) {
      waiting.forget(told);
      if (told.length > 0) ledger.stop(this.kills);
      return;
    }
    const rules = await bank.budgetRules();
    this.#stored = rules.kills;
    waiting.forget(told);
    const load = async (queries: readonly SpendQuery[]): Promise<readonly SpentSoFar[]> => {
      await drain();
      return bank.spentSoFar(queries);
    };
    const isReset = this.#resets !== null && this.#resets !== rules.resets;
    await ledger.configure({ ...rules, kills: this.kills }, load, isReset || this.#isProvisional);
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
