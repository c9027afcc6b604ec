// Keeps the rules of a running server in step with the store: the whole set is replaced at once, so that no request
// sees half a change.

import { RepeatedFault, type Trouble } from '../core/repeated-fault.ts';
import type { RuleBook, RuleEntry } from '../core/rule-book.ts';
import { StoreFollower } from '../runtime/store-follower.ts';
import { NO_RULES, type RuleSet, ruleSetOf } from './rules.ts';

export interface RuleWatchOptions {
  readonly book: Pick<RuleBook, 'ruleVersion' | 'rules' | 'changeRule'>;
  /** Told of rules that cannot be read, and when looks begin to fail; the rules in force stay. */
  readonly warn: (message: string) => void;
  /** By which a server goes on that starts without its database. Null: it does not start then. */
  readonly copy?: RulesCopy | null;
  /** Changes that the store does not know yet. */
  readonly waiting?: WaitingRules;
}

/** Changes of some kind of rule, which are in force before the store knows of them. */
export interface WaitingRules {
  over(stored: readonly RuleEntry[]): readonly RuleEntry[];
  /** Tells the store, and returns what it knows by now. */
  store(book: Pick<RuleBook, 'rules' | 'changeRule'>): Promise<readonly unknown[]>;
  forget(told: readonly unknown[]): void;
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
  #stored: readonly RuleEntry[] = [];
  #entries: readonly RuleEntry[] = [];
  #current: RuleSet = NO_RULES;

  constructor(options: RuleWatchOptions) {
    this.#options = { copy: null, waiting: NOTHING_WAITS, ...options };
    this.#fault = new RepeatedFault(options.warn, {
      first: (reason) => `Rules: ${reason}. Those before hold.`,
      over: 'Rules are followed again.',
    });
    this.#follower = new StoreFollower({ look: () => this.#follow(), fault: this.#fault });
  }

  get current(): RuleSet {
    return this.#current;
  }

  /** What is in force, as users set it. */
  get entries(): readonly RuleEntry[] {
    return this.#entries;
  }

  /** Since when the store does not answer, and why; null where it does. */
  get trouble(): Omit<Trouble, 'times'> | null {
    return this.#follower.trouble;
  }

  /** Something waits that did not before: it is in force when this returns. */
  overlay(): void {
    this.#goBy(this.#current.version, this.#stored);
  }

  /** Loads the rules, then follows them. Throws where they cannot be read, and no copy is kept. */
  async start(): Promise<void> {
    try {
      await this.#follow();
    } catch (error) {
      const { copy } = this.#options;
      if (copy === null) throw error;
      this.#fault.met(error);
      this.#goBy(NOT_TOLD, copy.read() ?? []);
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

  async #follow(): Promise<void> {
    const { book, copy, waiting } = this.#options;
    const told = await waiting.store(book);
    if ((await book.ruleVersion()) === this.#current.version) {
      waiting.forget(told);
      if (told.length > 0) this.overlay();
      return;
    }
    const { version, entries } = await book.rules();
    waiting.forget(told);
    this.#goBy(version, entries);
    copy?.keep(entries);
  }

  #goBy(version: number, stored: readonly RuleEntry[]): void {
    const { warn, waiting } = this.#options;
    const isSame = stored === this.#stored;
    this.#stored = stored;
    this.#entries = waiting.over(stored);
    // What cannot be read was told of when it came.
    this.#current = ruleSetOf(version, this.#entries, isSame ? () => undefined : warn);
    this.onChange?.();
  }
}

const NOTHING_WAITS: WaitingRules = {
  over: (stored) => stored,
  store: async () => [],
  forget: () => undefined,
};
