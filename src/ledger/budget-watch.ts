// Keeps a running ledger in step with the budgets that the user sets: looks at the store's version a few times
// a second, so that a change by the command line holds within one.

import type { Ledger } from './ledger.ts';
import type { BudgetBank, BudgetRules, SpendQuery, SpentSoFar } from './ports.ts';
import type { SpentMark } from './spent-marks.ts';

export interface BudgetWatchOptions {
  readonly bank: Pick<BudgetBank, 'budgetRules' | 'budgetVersion' | 'spentSoFar'>;
  readonly ledger: Ledger;
  /** Returns when every record that was settled before the call is in the store. */
  readonly drain: () => Promise<void>;
  /** Told when looks begin to fail, or fail otherwise; the budgets in force stay, and the next look tries again. */
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
  readonly #options: Required<BudgetWatchOptions>;
  #version: number | null = null;
  #resets: number | null = null;
  /** The budgets in force are of a copy, or none are known. */
  #isProvisional = false;
  #timer: NodeJS.Timeout | undefined;
  #look: Promise<void> = Promise.resolve();
  #closed = false;
  /** Why the last look failed: a database that is away for an hour is told of once. */
  #fault: string | null = null;

  constructor(options: BudgetWatchOptions) {
    this.#options = { intervalMs: 250, copy: null, offline: 'leases', marks: NO_MARKS, ...options };
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
      this.#tell(error);
      await this.#goBy(copy.read());
    }
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
const NOTHING = { costNanoUsd: 0, reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 };

function spentByMarks(
  { fromMs }: SpendQuery,
  budgetId: string | undefined,
  marks: readonly SpentMark[],
): SpentSoFar {
  const own = marks.filter((mark) => mark.budgetId === budgetId && mark.startMs === fromMs);
  return {
    ...NOTHING,
    costNanoUsd: own.reduce((sum, { spentNanoUsd }) => sum + spentNanoUsd, 0),
    shares: own.map(({ share, spentNanoUsd }) => ({ ...NOTHING, share, costNanoUsd: spentNanoUsd })),
  };
}
