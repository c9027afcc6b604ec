// What was spent, by tag, application, session, model or upstream, and what will be.

import { type Analytics, parseDimension } from '../../core/analytics.ts';
import type { Clock } from '../../core/clock.ts';
import { breakdownOf, type CostDimension } from '../../core/cost-dimensions.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { BudgetBank } from '../../ledger/ports.ts';
import { costForecast } from '../reports/cost-forecast.ts';
import { readRange, rowsFrom } from '../reports/report-range.ts';
import type { Answer, HandlersOf, Input } from './handlers.ts';
import { filterOf } from './report-handlers.ts';

export interface CostOptions {
  readonly analytics: Pick<Analytics, 'breakdown' | 'sessions' | 'series' | 'rowsFromMs' | 'searchedFromMs'>;
  readonly bank: BudgetBank;
  /** Of the days, as for budgets. */
  readonly timeZone: string;
  readonly clock: Clock;
  /** Returns when what has happened is in the store. */
  readonly catchUp: () => Promise<void>;
}

export function costHandlers({
  analytics,
  bank,
  timeZone,
  clock,
  catchUp,
}: CostOptions): HandlersOf<
  'costByTag' | 'costByApp' | 'costByModel' | 'costByUpstream' | 'costBySession' | 'costForecast'
> {
  const by =
    (what: Exclude<CostDimension, 'session'>) =>
    async (input: Input<'costByTag'>): Promise<Answer<'costByTag'>> => {
      const dimension = breakdownOf(what, input.facet ?? null);
      if (parseDimension(dimension) === null)
        throw new TokenWatchError('invalid_argument', `facet="${input.facet}" is not the name of a facet.`);
      await catchUp();
      const { name: range, asked } = readRange(input, clock.now());
      const rows = await analytics.breakdown(asked, dimension, input.limit, filterOf(input));
      return { range, ...asked, by: dimension, rows };
    };
  return {
    costByTag: by('tag'),
    costByApp: by('app'),
    costByModel: by('model'),
    costByUpstream: by('upstream'),
    costBySession: async (input) => {
      await catchUp();
      const { name: range, asked } = readRange(input, clock.now());
      const dearest = await analytics.sessions(asked, input.limit, filterOf(input));
      return { range, ...asked, by: 'session', ...dearest, rowsFromMs: await rowsFrom(analytics, asked) };
    },
    costForecast: async (input) => {
      await catchUp();
      const filter = filterOf(input);
      const past = { fromMs: 0, toMs: clock.now() };
      if ((await analytics.searchedFromMs(past, filter)) > 0)
        throw new TokenWatchError(
          'invalid_argument',
          `text="${input.text}" is looked for among the newest of very many requests only, and a forecast takes weeks: narrow it by app, tag, model or another part of the filter instead.`,
        );
      return costForecast({ analytics, bank, clock, timeZone }, filter);
    },
  };
}
