// Keeps the rules of a running server in step with the store: the whole set is replaced at once, so that no request
// sees half a change.

import { RepeatedFault } from '../core/repeated-fault.ts';
import type { RuleBook, RuleEntry } from '../core/rule-book.ts';
import { StoreFollower } from '../core/store-follower.ts';
import { NO_RULES, type RuleSet, ruleSetOf } from './rules.ts';

export interface RuleWatchOptions {
  readonly book: Pick<RuleBook, 'ruleVersion' | 'rules'>;
  /** Told of rules that cannot be read, and when looks begin to fail; the rules in force stay. */
  readonly warn: (message: string) => void;
  /** By which a server goes on that starts without its database. Null: it does not start then. */
  readonly copy?: RulesCopy | null;
}

export interface RulesCopy {
  read(): readonly RuleEntry[] | null;
  keep(entries: readonly RuleEntry[]): void;
}

/** Of rules that the store has not told: it has none with it. */
const NOT_TOLD = -1;

export class RuleWatch {
  /** Told when others are in force. */
  onChange: (() => void) | null = null;
  readonly #options: Required<RuleWatchOptions>;
  readonly #follower: StoreFollower;
  readonly #fault: RepeatedFault;
  #current: RuleSet = NO_RULES;

  constructor(options: RuleWatchOptions) {
    this.#options = { copy: null, ...options };
    this.#fault = new RepeatedFault(options.warn, {
      first: (reason) => `Rules: ${reason}. Those before hold.`,
      over: 'Rules are followed again.',
    });
    this.#follower = new StoreFollower({ look: () => this.#follow(), fault: this.#fault });
  }

  get current(): RuleSet {
    return this.#current;
  }

  /** Loads the rules, then follows them. Throws where they cannot be read, and no copy is kept. */
  async start(): Promise<void> {
    try {
      await this.#follow();
    } catch (error) {
      const { copy, warn } = this.#options;
      if (copy === null) throw error;
      this.#fault.met(error);
      this.#current = ruleSetOf(NOT_TOLD, copy.read() ?? [], warn);
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

  async #follow(): Promise<void> {
    const { book, warn, copy } = this.#options;
    if ((await book.ruleVersion()) === this.#current.version) return;
    const { version, entries } = await book.rules();
    this.#current = ruleSetOf(version, entries, warn);
    copy?.keep(entries);
    this.onChange?.();
  }
}
