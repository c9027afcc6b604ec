// Keeps a running ledger in step with the budgets that the user sets: looks at the store's version a few times
// a second, so that a change by the command line holds within one.

import type { Ledger } from './ledger.ts';
import type { BudgetBank, SpendQuery, SpentSoFar } from './ports.ts';

export interface BudgetWatchOptions {
  readonly bank: Pick<BudgetBank, 'budgetRules' | 'budgetVersion' | 'spentSoFar'>;
  readonly ledger: Ledger;
  /** Returns when every record that was settled before the call is in the store. */
  readonly drain: () => Promise<void>;
  /** Told when looks begin to fail, or fail otherwise; the budgets in force stay, and the next look tries again. */
  readonly onFault: (error: unknown) => void;
  readonly intervalMs?: number;
}

export class BudgetWatch {
  readonly #options: Required<BudgetWatchOptions>;
  #version: number | null = null;
  #resets: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #look: Promise<void> = Promise.resolve();
  #closed = false;
  /** Why the last look failed: a database that is away for an hour is told of once. */
  #fault: string | null = null;

  constructor(options: BudgetWatchOptions) {
    this.#options = { intervalMs: 250, ...options };
  }

  /** Puts the stored budgets into force, then follows them. Throws where they cannot be read. */
  async start(): Promise<void> {
    await this.#follow();
    this.#schedule();
  }

  /** Looks at once: returns when what was changed before the call is in force. Throws where it cannot be read. */
  refresh(): Promise<void> {
    // One look after another: the ledger takes one change at a time.
    const look = this.#look.then(() => this.#follow());
    this.#look = look.catch(() => undefined);
    return look;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#look;
  }

  /** Each look is scheduled after the one before it has ended: a slow store is never asked twice at once. */
  #schedule(): void {
    this.#timer = setTimeout(() => {
      void this.refresh()
        .then(
          () => {
            this.#fault = null;
          },
          (error: unknown) => this.#tell(error),
        )
        .then(() => {
          if (!this.#closed) this.#schedule();
        });
    }, this.#options.intervalMs).unref();
  }

  #tell(error: unknown): void {
    const fault = String(error);
    if (fault !== this.#fault) this.#options.onFault(error);
    this.#fault = fault;
  }

  async #follow(): Promise<void> {
    const { bank, ledger, drain } = this.#options;
    if ((await bank.budgetVersion()) === this.#version) return;
    const rules = await bank.budgetRules();
    const load = async (queries: readonly SpendQuery[]): Promise<readonly SpentSoFar[]> => {
      await drain();
      return bank.spentSoFar(queries);
    };
    await ledger.configure(rules, load, this.#resets !== null && this.#resets !== rules.resets);
    this.#version = rules.version;
    this.#resets = rules.resets;
  }
}
