// Keeps the rules of a running server in step with the store: looks at the version a few times a second, and
// replaces the whole set at once, so that no request sees half a change.

import type { RuleBook, RuleEntry } from '../core/rule-book.ts';
import { NO_RULES, type RuleSet, ruleSetOf } from './rules.ts';

export interface RuleWatchOptions {
  readonly book: Pick<RuleBook, 'ruleVersion' | 'rules'>;
  /** Told of rules that cannot be read, and of the first of several failed looks; the rules in force stay. */
  readonly warn: (message: string) => void;
  readonly intervalMs?: number;
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
  #current: RuleSet = NO_RULES;
  #timer: NodeJS.Timeout | undefined;
  #look: Promise<void> = Promise.resolve();
  #failing = false;
  #closed = false;

  constructor(options: RuleWatchOptions) {
    this.#options = { intervalMs: 250, copy: null, ...options };
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
      this.#fail(error);
      this.#current = ruleSetOf(NOT_TOLD, copy.read() ?? [], warn);
    }
    this.#schedule();
  }

  /** Looks at once: returns when what was changed before the call is in force. Throws where it cannot be read. */
  refresh(): Promise<void> {
    const look = this.#look.then(() => this.#follow());
    this.#look = look.catch(() => undefined);
    return look;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#look;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      void this.refresh()
        .then(() => {
          this.#failing = false;
        })
        .catch((error: unknown) => this.#fail(error))
        .then(() => {
          if (!this.#closed) this.#schedule();
        });
    }, this.#options.intervalMs).unref();
  }

  #fail(error: unknown): void {
    if (!this.#failing)
      this.#options.warn(
        `Rules: ${error instanceof Error ? error.message : String(error)}. Those before hold.`,
      );
    this.#failing = true;
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
