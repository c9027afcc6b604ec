// What today has cost so far, by application, by tag and in all: for rules that look at spending. The day is the
// budgets' day. A request counts on the day on which it ends, a restart's sums on the day on which they started.

import type { Clock } from '../core/clock.ts';
import type { NanoUsd } from '../core/money.ts';
import { periodAt } from './period.ts';

export interface DaySums {
  readonly all: NanoUsd;
  readonly byApp: ReadonlyMap<string, NanoUsd>;
  readonly byTag: ReadonlyMap<string, NanoUsd>;
}

export class SpendToday {
  readonly #clock: Clock;
  readonly #timeZone: string;
  #endMs = 0;
  #all: NanoUsd = 0;
  #byApp = new Map<string, NanoUsd>();
  #byTag = new Map<string, NanoUsd>();

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
    this.#all = sums.all;
    this.#byApp = new Map(sums.byApp);
    this.#byTag = new Map(sums.byTag);
  }

  add(app: string, tag: string | null, cost: NanoUsd | null): void {
    if (cost === null || cost === 0) return;
    this.#turn();
    this.#all += cost;
    this.#byApp.set(app, (this.#byApp.get(app) ?? 0) + cost);
    if (tag !== null) this.#byTag.set(tag, (this.#byTag.get(tag) ?? 0) + cost);
  }

  of(what: { readonly app: string } | { readonly tag: string } | null): NanoUsd {
    this.#turn();
    if (what === null) return this.#all;
    return ('app' in what ? this.#byApp.get(what.app) : this.#byTag.get(what.tag)) ?? 0;
  }

  #turn(): void {
    const nowMs = this.#clock.now();
    if (nowMs < this.#endMs) return;
    this.#endMs = periodAt('daily', nowMs, this.#timeZone).endMs;
    this.#all = 0;
    this.#byApp = new Map();
    this.#byTag = new Map();
  }
}
