// Holds recorded costs against the price book: what the recorded tokens cost by the prices of their day.

import type { NanoUsd } from '../core/money.ts';
import type { Prices } from '../core/price.ts';
import type { RequestRecord } from '../core/record.ts';
import { costIf } from '../pricing/what-if.ts';

export interface OtherCost {
  readonly requestId: string;
  readonly model: string | null;
  readonly recordedNanoUsd: NanoUsd;
  /** Null where the price book knows no price now. */
  readonly computedNanoUsd: NanoUsd | null;
}

export interface CostCheckResult {
  readonly agreed: number;
  readonly differing: number;
  /** The first of them. */
  readonly examples: readonly OtherCost[];
  /** What has no cost to compute: unknown, stated by the upstream, set aside by a killed request, or nothing at all. */
  readonly leftOut: number;
}

const EXAMPLES_MAX = 10;
const AS_RAN = { model: null, upstream: null, tier: null, cache: null };

export class CostCheck {
  readonly #prices: Prices;
  readonly #examples: OtherCost[] = [];
  #agreed = 0;
  #differing = 0;
  #leftOut = 0;

  constructor(prices: Prices) {
    this.#prices = prices;
  }

  add(record: RequestRecord): void {
    const { costNanoUsd, priceSource, outcome } = record;
    const isComputed = priceSource !== null && priceSource !== 'stated' && outcome !== 'interrupted';
    if (costNanoUsd === null || costNanoUsd === 0 || !isComputed) {
      this.#leftOut += 1;
      return;
    }
    const computedNanoUsd = costIf(this.#prices, record, AS_RAN);
    if (computedNanoUsd === costNanoUsd) {
      this.#agreed += 1;
      return;
    }
    this.#differing += 1;
    if (this.#examples.length < EXAMPLES_MAX)
      this.#examples.push({
        requestId: record.id,
        model: record.modelUsed ?? record.modelRequested,
        recordedNanoUsd: costNanoUsd,
        computedNanoUsd,
      });
  }

  result(): CostCheckResult {
    return {
      agreed: this.#agreed,
      differing: this.#differing,
      examples: this.#examples,
      leftOut: this.#leftOut,
    };
  }
}
