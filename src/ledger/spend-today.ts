// What today has cost so far, by application, by tag and in all: for rules that look at spending. The day is the
// budgets' day. A request counts on the day on which it ends, a restart's sums on the day on which they started.
// Callers choose their names: past a bound, those that are new today are told no less than they have cost.

import type { Clock } from '../core/clock.ts';
import type { NanoUsd } from '../core/money.ts';
import { periodAt } from './period.ts';
import { UpperBounds } from './upper-bounds.ts';

export interface DaySums {
  readonly all: NanoUsd;
  readonly byApp: ReadonlyMap<string, NanoUsd>;
  readonly byTag: ReadonlyMap<string, NanoUsd>;
}

/** Names of each kind that are told exactly, about 10 MB of them. */
export const NAMES_MAX = 50_000;

export class SpendToday {
  readonly #clock: Clock;
  readonly #timeZone: string;
  #endMs = 0;
  #all: NanoUsd = 0;
  #byApp = new NamedSums();
  #byTag = new NamedSums();

  constructor(clock: Clock, timeZone: string) {
    this.#clock = clock;
    this.#timeZone = timeZone;
  }

  /** When today began. */
  get startMs(): number {
    return periodAt('daily', this.#clock.now(), this.#timeZone).startMs;
  }

  /** Begins with what the records say. */
  load(sums: DaySums): void {
    this.#turn();
    this.#begin();
    this.#all = sums.all;
    for (const [app, cost] of sums.byApp) this.#byApp.add(app, cost);
    for (const [tag, cost] of sums.byTag) this.#byTag.add(tag, cost);
  }

  add(app: string, tag: string | null, cost: NanoUsd | null): void {
    if (cost === null || cost === 0) return;
    this.#turn();
    this.#all += cost;
    this.#byApp.add(app, cost);
    if (tag !== null) this.#byTag.add(tag, cost);
  }

  of(what: { readonly app: string } | { readonly tag: string } | null): NanoUsd {
    this.#turn();
    if (what === null) return this.#all;
    return 'app' in what ? this.#byApp.of(what.app) : this.#byTag.of(what.tag);
  }

  #turn(): void {
    const nowMs = this.#clock.now();
    if (nowMs < this.#endMs) return;
    this.#endMs = periodAt('daily', nowMs, this.#timeZone).endMs;
    this.#begin();
  }

  #begin(): void {
    this.#all = 0;
    this.#byApp = new NamedSums();
    this.#byTag = new NamedSums();
  }
}

class NamedSums {
  readonly #exact = new Map<string, NanoUsd>();
  #others: UpperBounds | null = null;

  add(name: string, cost: NanoUsd): void {
    const known = this.#exact.get(name);
    if (known !== undefined || this.#exact.size < NAMES_MAX) {
      this.#exact.set(name, (known ?? 0) + cost);
      return;
    }
    this.#others ??= new UpperBounds();
    this.#others.raise(name, this.#others.of(name) + cost);
  }

  of(name: string): NanoUsd {
    return this.#exact.get(name) ?? this.#others?.of(name) ?? 0;
  }
}
