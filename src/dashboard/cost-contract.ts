// What the JSON API says of costs and of routing. All times are epoch milliseconds, all money integer nano-dollars; an
// unknown price is null.

import type { BreakdownDimension, BreakdownRow, SessionRow } from '../core/analytics.ts';
import type { RangeName } from '../core/range-names.ts';

/** What was spent so far, which is exact, with what is foreseen. */
export interface ForecastSum {
  readonly spentNanoUsd: number;
  readonly expectedNanoUsd: number;
  readonly lowNanoUsd: number;
  readonly highNanoUsd: number;
}

export interface BudgetForecast {
  readonly name: string;
  readonly period: string;
  readonly limitNanoUsd: number;
  readonly spentNanoUsd: number;
  readonly isSpent: boolean;
  /** The day, `2026-11-25`; null: not within its period. */
  readonly runsOut: string | null;
  readonly earliest: string | null;
  readonly latest: string | null;
  /** Why it is little more than a guess; null: it is more. */
  readonly rough: string | null;
}

/** `GET /api/cost/forecast`, with the filters of `/api/stats` for all but the budgets. */
export interface ForecastAnswer {
  readonly atMs: number;
  readonly timeZone: string;
  readonly basis: {
    readonly wholeDays: number;
    /** Days of which nothing is known. */
    readonly missingDays: number;
    readonly methods: readonly string[];
    /** Chance that a sum lies between its low and its high end, as far as the past tells. */
    readonly coverage: number;
    readonly rough: string | null;
    readonly levelShift: { readonly daysAgo: number; readonly factor: number } | null;
    readonly pastError: number | null;
    /** In no sum, for nobody knows what they cost. */
    readonly unpricedRequests: number;
  };
  readonly today: ForecastSum;
  readonly month: ForecastSum;
  readonly budgets: readonly BudgetForecast[];
}

/** `GET /api/routing/stats?range=24h`, with the filters of `/api/stats`. */
export interface RoutingAnswer extends CostSpan {
  /** The most used first. `target` and `enabled` are null for a rule that was removed since. */
  readonly rules: readonly {
    readonly name: string;
    readonly target: string | null;
    readonly enabled: boolean | null;
    readonly requests: number;
    readonly failedRequests: number;
    readonly costNanoUsd: number;
    readonly unpricedRequests: number;
  }[];
  /** Of requests that no rule decided. */
  readonly unroutedRequests: number;
}

interface CostSpan {
  readonly range: RangeName | null;
  readonly fromMs: number;
  readonly toMs: number;
}

/** `GET /api/cost/by-tag|by-app|by-model|by-upstream?range=30d&limit=50`, with `facet=team` for a facet of tags. */
export interface CostAnswer extends CostSpan {
  readonly by: BreakdownDimension;
  /** Most expensive first. */
  readonly rows: readonly BreakdownRow[];
}

/** `GET /api/cost/by-session` */
export interface SessionCostAnswer extends CostSpan {
  readonly by: 'session';
  /** Most expensive first. */
  readonly rows: readonly SessionRow[];
}
