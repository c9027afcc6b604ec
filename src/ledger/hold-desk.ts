// Where runs of several requests (replays, suites, judges) have their whole worst case set aside before the first
// leaves. A run that is killed leaves a hold behind: it counts until its process is known to be gone, or, where that
// cannot be known, until nothing has been taken out of it for long. What was in flight has reservations of its own.

import { hostname } from 'node:os';
import type { Clock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import { formatUsd, type NanoUsd } from '../core/money.ts';
import type { Ledger } from './ledger.ts';
import { type BudgetRefusal, refusalError } from './refusal.ts';

export interface RunHold {
  /** Of the run's requests: it tells them from all others. */
  readonly session: string;
  readonly app: string;
  readonly tag: string;
  /** Who runs it. */
  readonly owner: { readonly host: string; readonly process: string };
  /** What all requests to a model can cost together. */
  readonly models: readonly { readonly model: string; readonly worstNanoUsd: NanoUsd }[];
}

export interface HoldDeskOptions {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** How long one waits for others to end that hold what it needs. */
  readonly waitMs: number;
  readonly isAlive: (process: string) => boolean;
}

interface Held {
  readonly owner: RunHold['owner'];
  leftNanoUsd: NanoUsd;
  changedAtMs: number;
}

const POLL_MS = 100;
const SWEEP_MS = 5_000;
const IDLE_MAX_MS = 30 * 60_000;

export class HoldDesk {
  readonly #options: HoldDeskOptions;
  readonly #held = new Map<string, Held>();
  #sweeper: NodeJS.Timeout | null = null;

  constructor(options: HoldDeskOptions) {
    this.#options = options;
  }

  /** Throws what a request of that size would be refused with. */
  async hold({ session, app, tag, owner, models }: RunHold): Promise<NanoUsd> {
    const { ledger, clock, waitMs } = this.#options;
    // Whoever was killed before may have left what is needed.
    this.#sweep();
    this.release(session);
    const requests = models.map(({ model, worstNanoUsd }) => ({
      id: `${session} ${model}`,
      facets: { app, tag, model, session },
      worstCostNanoUsd: worstNanoUsd,
      subject: `model "${model}"`,
    }));
    const untilMs = clock.monotonicMs() + waitMs;
    for (;;) {
      const refusal = ledger.holds.hold(ledger, session, requests);
      if (refusal === null) break;
      if (refusal.code !== 'budget_busy' || clock.monotonicMs() >= untilMs) throw runRefusal(refusal, models);
      await ledger.slices.moreWithin(POLL_MS);
    }
    const leftNanoUsd = ledger.holds.leftOf(session);
    this.#held.set(session, { owner, leftNanoUsd, changedAtMs: clock.monotonicMs() });
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
    return leftNanoUsd;
  }

  /** What was left of it, and is free again. */
  release(session: string): NanoUsd {
    this.#held.delete(session);
    if (this.#held.size === 0) this.close();
    const { ledger } = this.#options;
    return ledger.holds.release(ledger, session);
  }

  close(): void {
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
    this.#sweeper = null;
  }

  #sweep(): void {
    const { ledger, clock, isAlive } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const [session, held] of [...this.#held]) {
      const leftNanoUsd = ledger.holds.leftOf(session);
      if (leftNanoUsd !== held.leftNanoUsd) {
        held.leftNanoUsd = leftNanoUsd;
        held.changedAtMs = nowMs;
      }
      const isGone = held.owner.host === hostname() && !isAlive(held.owner.process);
      if (isGone || nowMs - held.changedAtMs > IDLE_MAX_MS) this.release(session);
    }
  }
}

/** As a request of that size would be refused, said of the run. */
function runRefusal(refusal: BudgetRefusal, models: RunHold['models']): TokenWatchError {
  const { code, message } = refusalError(refusal);
  const worst = models.reduce((sum, { worstNanoUsd }) => sum + worstNanoUsd, 0);
  return new TokenWatchError(
    code,
    `The run is not begun: it can cost up to ${formatUsd(worst)}, and all of that is set aside first. ${message.replace(/^TokenWatch: /, '')}`,
  );
}
