// What if: the newest requests of a span, priced otherwise.

import type { Analytics } from '../../core/analytics.ts';
import type { Clock } from '../../core/clock.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { Prices } from '../../core/price.ts';
import { checkCursor } from '../../core/request-cursor.ts';
import { decidableRules } from '../../policy/recorded-request.ts';
import type { RuleSet } from '../../policy/rules.ts';
import { CostComparison } from '../reports/cost-comparison.ts';
import { readRange, rowsFrom } from '../reports/report-range.ts';
import type { HandlersOf } from './handlers.ts';
import { filterOf } from './report-handlers.ts';

export interface WhatIfOptions {
  readonly analytics: Pick<Analytics, 'requests' | 'rowsFromMs'>;
  readonly prices: Prices;
  readonly rules: () => RuleSet;
  readonly clock: Clock;
  /** Returns when what has happened is in the store. */
  readonly catchUp: () => Promise<void>;
}

/** Few enough to be priced between two requests of the traffic. */
const PAGE = 200;
/** Nobody waits longer for one answer: whoever wants more asks on. */
const LOOK_MS = 120;

export function whatIfHandlers(options: WhatIfOptions): HandlersOf<'costCompare'> {
  const { analytics, prices, rules, clock, catchUp } = options;
  return {
    costCompare: async (input) => {
      const { instead: model = null, at: upstream = null, tier = null, cache = null, limit } = input;
      if (model === null && tier === null && cache === null && !input.rules)
        throw new TokenWatchError(
          'invalid_argument',
          'Nothing is asked to be otherwise: give instead, tier, cache, or rules=true.',
        );
      if (model !== null && input.rules)
        throw new TokenWatchError(
          'invalid_argument',
          'Rules choose the model: give instead or rules=true, not both.',
        );
      await catchUp();
      const { name: range, asked } = readRange(input, clock.now());
      const decidable = input.rules ? decidableRules(rules()) : null;
      const comparison = new CostComparison(prices, { model, upstream, tier, cache }, decidable);
      const untilMs = clock.monotonicMs() + LOOK_MS;
      let looked = 0;
      let cursor = input.cursor ?? null;
      if (cursor !== null) checkCursor(cursor, 'time', false);
      do {
        const page: Awaited<ReturnType<Analytics['requests']>> = await analytics.requests({
          range: asked,
          filter: filterOf(input),
          sort: 'time',
          limit: Math.min(PAGE, limit - looked),
          cursor,
        });
        for (const record of page.records) comparison.add(record);
        looked += page.records.length;
        cursor = page.nextCursor;
      } while (cursor !== null && looked < limit && clock.monotonicMs() < untilMs);
      const rowsFromMs = await rowsFrom(analytics, asked);
      return {
        range,
        ...asked,
        looked,
        isWhole: cursor === null,
        nextCursor: cursor,
        rowsFromMs,
        ...comparison.result(),
      };
    },
  };
}
