// The question that the pipeline asks of the price book, and its answer.

import type { NanoUsd } from './money.ts';
import type { UsageRun } from './usage.ts';

export interface PriceQuestion {
  readonly runs: readonly UsageRun[];
  /** The model for runs that name none. */
  readonly model: string | null;
  /** Origin of the upstream (`https://api.z.ai`): tells providers apart that sell a model of the same name. */
  readonly upstream: string;
  /** Prices have effective dates. Epoch milliseconds. */
  readonly atMs: number;
}

export interface PriceAnswer {
  /** Null when any run that used something has no known price. */
  readonly costNanoUsd: NanoUsd | null;
  /** `user`, `spec` or `catalogue`; null with an unknown price. */
  readonly source: string | null;
}

export interface Prices {
  cost(question: PriceQuestion): PriceAnswer;
}
