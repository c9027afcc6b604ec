// What was spent, by tag, application, session, model or upstream: `/api/cost/by-tag?range=30d&facet=team&limit=50`.

import { type Analytics, parseDimension } from '../core/analytics.ts';
import type { Clock } from '../core/clock.ts';
import { breakdownOf, COST_DIMENSIONS } from '../core/cost-dimensions.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { BudgetBank } from '../ledger/ports.ts';
import type { CostAnswer, ForecastAnswer, SessionCostAnswer } from './cost-contract.ts';
import { costForecast } from './cost-forecast.ts';
import { readFilter, wholeNumber } from './parameters.ts';
import { readRange } from './report-range.ts';
import type { Resource, Resources } from './resource.ts';

export interface CostResourceOptions {
  readonly analytics: Pick<Analytics, 'breakdown' | 'sessions' | 'series'>;
  readonly bank: BudgetBank;
  /** Of the days, as for budgets. */
  readonly timeZone: string;
  readonly clock: Clock;
  /** Returns when what has happened is in the store. */
  readonly catchUp: () => Promise<void>;
}

const ROWS_STANDARD = 50;
const ROWS_MAX = 1000;

export function costResources({ analytics, bank, timeZone, clock, catchUp }: CostResourceOptions): Resources {
  const cost: Resource = {
    show: async (name, parameters): Promise<CostAnswer | SessionCostAnswer | ForecastAnswer> => {
      if (name === 'forecast') {
        const filter = readFilter(parameters);
        await catchUp();
        return costForecast({ analytics, bank, clock, timeZone }, filter);
      }
      const by = COST_DIMENSIONS.find((dimension) => name === `by-${dimension}`);
      if (by === undefined)
        throw new TokenWatchError(
          'unknown_route',
          `There is no /api/cost/${name}. There are ${COST_DIMENSIONS.map((dimension) => `/api/cost/by-${dimension}`).join(', ')}, /api/cost/forecast.`,
        );
      const { name: range, asked } = readRange(parameters, clock.now());
      const limit = wholeNumber(parameters, 'limit', ROWS_STANDARD, ROWS_MAX);
      const filter = readFilter(parameters);
      const span = { range, ...asked };
      await catchUp();
      if (by === 'session') return { ...span, by, rows: await analytics.sessions(asked, limit, filter) };
      const facet = parameters.get('facet');
      const dimension = breakdownOf(by, facet === '' ? null : facet);
      if (parseDimension(dimension) === null)
        throw new TokenWatchError('invalid_argument', `facet="${facet}" is not the name of a facet.`);
      return { ...span, by: dimension, rows: await analytics.breakdown(asked, dimension, limit, filter) };
    },
  };
  return { '/api/cost': cost };
}
