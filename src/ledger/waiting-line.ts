// Requests that wait for others to end, which hold what they need: in the order in which they came, for a while.
//
// States of one that waits: waiting → admitted | refused (its time is over, the money is gone, a kill switch came) |
// left (its client did). Whoever came later and needs the same budget waits behind it, so that none is overtaken for
// ever.

import type { Ledger } from './ledger.ts';
import type { ReserveAnswer, ReserveRequest } from './ledger-questions.ts';

export interface WaitingLineOptions {
  readonly ledger: Ledger;
  /** How long one may wait. 0: nobody waits. */
  readonly waitMs: number;
  /** How many may wait. */
  readonly lengthMax: number;
}

interface Waiter {
  readonly request: ReserveRequest;
  readonly done: (answer: ReserveAnswer) => void;
  readonly timer: NodeJS.Timeout;
}

export class WaitingLine {
  readonly #options: WaitingLineOptions;
  readonly #waiters = new Set<Waiter>();
  /** Budgets for which somebody waits. */
  #awaited = new Set<string>();
  #isDue = false;

  constructor(options: WaitingLineOptions) {
    this.#options = options;
    options.ledger.onRoom = () => this.#look();
  }

  get length(): number {
    return this.#waiters.size;
  }

  /** Reserves at once; null for a request that is to wait for others to make room. */
  reserve(request: ReserveRequest): ReserveAnswer | null {
    const { ledger, waitMs, lengthMax } = this.#options;
    const mayWait = waitMs > 0 && this.#waiters.size < lengthMax;
    if (mayWait && this.#isBehind(request, this.#awaited)) return null;
    const answer = ledger.reserve(request);
    return mayWait && answer.refusal?.code === 'budget_busy' ? null : answer;
  }

  /**
   * `done` is called once, with the answer, when others have made room or the time is over. Returns what ends the wait.
   */
  wait(request: ReserveRequest, done: (answer: ReserveAnswer) => void): () => void {
    const { ledger, waitMs } = this.#options;
    const waiter: Waiter = { request, done, timer: setTimeout(() => this.#giveUp(waiter), waitMs).unref() };
    this.#waiters.add(waiter);
    for (const id of ledger.standsInTheWay(request)) this.#awaited.add(id);
    return () => {
      this.#remove(waiter);
      // Those behind it may go on.
      this.#look();
    };
  }

  /** What costs nothing, or has its money set aside, waits for nobody. */
  #isBehind({ facets, worstCostNanoUsd }: ReserveRequest, awaited: ReadonlySet<string>): boolean {
    const { ledger } = this.#options;
    if (awaited.size === 0 || worstCostNanoUsd === 0) return false;
    return ledger.fallsUnder(facets, awaited) && ledger.holds.of(facets) === null;
  }

  /** Soon, once for everything that ends meanwhile. */
  #look(): void {
    if (this.#isDue || this.#waiters.size === 0) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#admit();
    });
  }

  #admit(): void {
    const { ledger } = this.#options;
    const awaited = new Set<string>();
    const answered: (() => void)[] = [];
    for (const waiter of this.#waiters) {
      const answer = this.#isBehind(waiter.request, awaited) ? null : ledger.reserve(waiter.request);
      if (answer !== null && answer.refusal?.code !== 'budget_busy') {
        this.#remove(waiter);
        answered.push(() => waiter.done(answer));
      } else for (const id of ledger.standsInTheWay(waiter.request)) awaited.add(id);
    }
    this.#awaited = awaited;
    for (const tell of answered) tell();
  }

  #giveUp(waiter: Waiter): void {
    this.#remove(waiter);
    waiter.done(this.#options.ledger.reserve(waiter.request));
    this.#look();
  }

  #remove(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    this.#waiters.delete(waiter);
    if (this.#waiters.size === 0) this.#awaited = new Set();
  }
}
