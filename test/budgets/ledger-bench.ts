// A ledger with a clock of its own, and requests that ask it.

import assert from 'node:assert/strict';
import type { NanoUsd } from '../../src/core/money.ts';
import type { ThresholdCrossing } from '../../src/ledger/account.ts';
import type { Budget, Kill } from '../../src/ledger/budget.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { LedgerOptions } from '../../src/ledger/ledger-questions.ts';
import type { SpentSoFar } from '../../src/ledger/ports.ts';
import type { BudgetRefusal } from '../../src/ledger/refusal.ts';
import type { Reservation } from '../../src/ledger/reservation.ts';

export const NOTHING: SpentSoFar = {
  costNanoUsd: 0,
  reservedNanoUsd: 0,
  unpricedRequests: 0,
  overrunNanoUsd: 0,
};
export const facets = { app: 'agent', model: 'gpt-4o', tag: null };

export function budget(parts: Partial<Budget> = {}): Budget {
  return {
    id: 'b1',
    name: 'daily',
    limitNanoUsd: 1000,
    period: 'daily',
    scope: { app: null, model: null, tag: null },
    action: 'block',
    thresholds: [80],
    webhookUrl: null,
    webhookSecret: null,
    createdAtMs: 0,
    ...parts,
  };
}

export class Bench {
  nowMs = Date.UTC(2026, 10, 23, 12);
  readonly crossings: ThresholdCrossing[] = [];
  readonly ledger: Ledger;
  #ids = 0;

  constructor(options: Partial<LedgerOptions> = {}) {
    this.ledger = new Ledger({
      clock: { now: () => this.nowMs, monotonicMs: () => this.nowMs },
      timeZone: 'UTC',
      unknownPrice: 'allow',
      onThreshold: (crossing) => this.crossings.push(crossing),
      ...options,
    });
  }

  configure(
    budgets: readonly Budget[],
    kills: readonly Kill[] = [],
    spent: SpentSoFar = NOTHING,
  ): Promise<void> {
    return this.ledger.configure({ budgets, kills }, async (queries) => queries.map(() => spent));
  }

  ask(cost: NanoUsd | null, who = facets) {
    this.#ids += 1;
    return this.ledger.reserve({
      id: `r${this.#ids}`,
      facets: who,
      worstCostNanoUsd: cost,
      subject: 'model "m"',
    });
  }

  reserve(cost: NanoUsd | null): Reservation {
    const { reservation } = this.ask(cost);
    assert.ok(reservation);
    return reservation;
  }

  refuse(cost: NanoUsd | null): BudgetRefusal {
    const { refusal } = this.ask(cost);
    assert.ok(refusal);
    return refusal;
  }
}

export async function benchWith(
  budgets: readonly Budget[],
  options: Partial<LedgerOptions> = {},
): Promise<Bench> {
  const bench = new Bench(options);
  await bench.configure(budgets);
  return bench;
}
