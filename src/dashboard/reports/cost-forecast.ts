// What will have been spent by the end of today and of the month, and when each budget runs out.

import type { Analytics, RequestFilter, SeriesPoint } from '../../core/analytics.ts';
import type { Clock } from '../../core/clock.ts';
import { BudgetBook } from '../../ledger/book/budget-book.ts';
import type { Budget } from '../../ledger/budget.ts';
import { periodAt } from '../../ledger/period.ts';
import type { BudgetBank } from '../../ledger/ports.ts';
import { type Forecast, forecast } from '../../statistics/forecast/forecast.ts';
import type { BudgetForecast, ForecastAnswer, ForecastSum } from '../contract.ts';
import { dateAhead, daysBefore, daysUntil, knownDays, type Span } from './calendar-days.ts';

export interface CostForecastOptions {
  readonly analytics: Pick<Analytics, 'series'>;
  readonly bank: BudgetBank;
  readonly clock: Clock;
  readonly timeZone: string;
}

const HISTORY_DAYS = 56;
const QUARTER_MS = 900_000;
/** A budget that lasts longer is not foreseen to end. */
const AHEAD_MAX = 92;
const NO_WHOLE_DAY = 'there is no whole day to go by, but what today has cost so far';

/** The `filter` narrows all but the budgets. */
export async function costForecast(
  { analytics, bank, clock, timeZone }: CostForecastOptions,
  filter: RequestFilter,
): Promise<ForecastAnswer> {
  const nowMs = clock.now();
  const days = daysBefore(nowMs, HISTORY_DAYS, timeZone);
  const today = periodAt('daily', nowMs, timeZone);
  const month = periodAt('monthly', nowMs, timeZone);
  const fromMs = Math.min(days[0]?.fromMs ?? nowMs, month.startMs);
  const quarters = await analytics.series({ fromMs, toMs: today.endMs }, QUARTER_MS, filter);
  const within = withinOf(quarters);
  const sums = days.map(within);
  const elapsedMs = nowMs - today.startMs;
  const { firstKnown, open } = knownOf(days, elapsedMs, within);
  // Budgets go by all that is known, whatever the question is narrowed to.
  const all = isEmpty(filter) ? quarters : await analytics.series({ fromMs, toMs: today.endMs }, QUARTER_MS);
  const known = knownOf(days, elapsedMs, withinOf(all));
  const past = firstKnown === 0 ? [] : knownDays(sums, firstKnown);
  const hasDay = past.some((day) => day !== null);
  const left = daysUntil(nowMs, month.endMs, AHEAD_MAX, timeZone);
  const spentToday = within({ fromMs: today.startMs, toMs: today.endMs }).cost;
  const history = hasDay ? past : [wholeDay(spentToday, open)];
  const foreseen = forecast(history, left);
  const spentThisMonth = within({ fromMs: month.startMs, toMs: today.endMs }).cost;
  return {
    atMs: nowMs,
    timeZone,
    basis: {
      wholeDays: past.filter((day) => day !== null).length,
      missingDays: past.slice(firstKnown).filter((day) => day === null).length,
      methods: foreseen.methods,
      coverage: foreseen.coverage,
      rough: hasDay ? foreseen.rough : NO_WHOLE_DAY,
      levelShift: foreseen.levelShift,
      pastError: foreseen.pastError,
      unpricedRequests: quarters.reduce((sum, { unpricedRequests }) => sum + unpricedRequests, 0),
    },
    today: sumOf(spentToday, forecast(history, 1), open, 1),
    month: sumOf(spentThisMonth, foreseen, open, left),
    budgets: await budgetForecasts({ bank, clock, timeZone, nowMs, days, today, ...known }),
  };
}

type Within = (span: Span) => { readonly cost: number; readonly requests: number };

/** In the order of time; what stands before each is summed up once, for many spans are asked for. */
function withinOf(quarters: readonly SeriesPoint[]): Within {
  const before: { readonly cost: number; readonly requests: number }[] = [{ cost: 0, requests: 0 }];
  for (const [index, { costNanoUsd, requests }] of quarters.entries()) {
    const sums = before[index] as (typeof before)[number];
    before.push({ cost: sums.cost + costNanoUsd, requests: sums.requests + requests });
  }
  const upTo = (ms: number) => before[countBefore(quarters, ms)] as (typeof before)[number];
  return ({ fromMs, toMs }) => {
    const [low, high] = [upTo(fromMs), upTo(Math.max(fromMs, toMs))];
    return { cost: high.cost - low.cost, requests: high.requests - low.requests };
  };
}

/** How many begin before a moment. */
function countBefore(quarters: readonly SeriesPoint[], ms: number): number {
  let [low, high] = [0, quarters.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((quarters[middle]?.bucketMs ?? ms) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Known {
  /** The first day that is known as a whole. */
  readonly firstKnown: number;
  /** The share of a day's cost that is still to come today. */
  readonly open: number;
}

function knownOf(days: readonly Span[], elapsedMs: number, within: Within): Known {
  const firstKnown = days.map(within).findIndex(({ requests }) => requests > 0) + 1;
  return { firstKnown, open: openShare(days.slice(firstKnown), elapsedMs, within) };
}

const isEmpty = (filter: RequestFilter): boolean => Object.values(filter).every((part) => part === undefined);

/** The share of a day's cost that falls behind this time of day; the time's own share where nothing is known. */
function openShare(days: readonly Span[], elapsedMs: number, within: Within): number {
  let [after, all] = [0, 0];
  for (const { fromMs, toMs } of days) {
    all += within({ fromMs, toMs }).cost;
    after += within({ fromMs: fromMs + elapsedMs, toMs }).cost;
  }
  return all === 0 ? Math.max(0, 1 - elapsedMs / 86_400_000) : after / all;
}

/** Before any day was whole: today, if it goes on as it began. Its very first minutes tell little. */
const wholeDay = (spentToday: number, open: number): number => spentToday / Math.max(0.05, 1 - open);

/** What was spent is exact; of the first day ahead, today, a share is still to come. */
function sumOf(spent: number, { days }: Forecast, open: number, count: number): ForecastSum {
  const ahead = days.slice(0, count);
  const total = (of: 'cost' | 'low' | 'high'): number =>
    Math.round(spent + ahead.reduce((sum, day, index) => sum + day[of] * (index === 0 ? open : 1), 0));
  return {
    spentNanoUsd: spent,
    expectedNanoUsd: total('cost'),
    lowNanoUsd: total('low'),
    highNanoUsd: total('high'),
  };
}

interface BudgetTerms extends Known, Pick<CostForecastOptions, 'bank' | 'clock' | 'timeZone'> {
  readonly nowMs: number;
  readonly days: readonly Span[];
  readonly today: { readonly startMs: number; readonly endMs: number };
}

/** Each by its own past: what counted for its scope, day by day. */
async function budgetForecasts(terms: BudgetTerms): Promise<readonly BudgetForecast[]> {
  const { bank, clock, timeZone, nowMs, days, today, firstKnown, open } = terms;
  // Allowances of each do not run out together.
  const isOfAll = ({ per = null }: Budget): boolean => per === null;
  const { standings } = await new BudgetBook({ bank, clock, timeZone }).status(isOfAll);
  const known = firstKnown === 0 ? [] : days.slice(firstKnown);
  const forecasts: BudgetForecast[] = [];
  for (const { budget, spentNanoUsd, periodEndMs } of standings) {
    const spent = await bank.spentSoFar(
      [...known, { fromMs: today.startMs, toMs: today.endMs }].map((day) => ({
        ...day,
        scope: budget.scope,
        unsettledIds: [],
      })),
    );
    const spentToday = spent.at(-1)?.costNanoUsd ?? 0;
    // A day without cost of one budget is no sign that the proxy was away.
    const past = spent.slice(0, -1).map(({ costNanoUsd }) => costNanoUsd);
    const history = known.length === 0 ? [wholeDay(spentToday, open)] : past;
    const count = budget.period === 'hourly' ? 1 : daysUntil(nowMs, periodEndMs, AHEAD_MAX, timeZone);
    const foreseen = forecast(history, count);
    const rough = known.length === 0 ? NO_WHOLE_DAY : foreseen.rough;
    forecasts.push(runOut(budget, spentNanoUsd, { ...foreseen, rough }, { nowMs, timeZone, open }));
  }
  return forecasts;
}

function runOut(
  budget: Budget,
  spentNanoUsd: number,
  { days, rough }: Forecast,
  { nowMs, timeZone, open }: { readonly nowMs: number; readonly timeZone: string; readonly open: number },
): BudgetForecast {
  const crossing = (of: 'cost' | 'low' | 'high'): string | null => {
    let total = spentNanoUsd;
    if (total >= budget.limitNanoUsd) return dateAhead(nowMs, 0, timeZone);
    for (const [index, day] of days.entries()) {
      total += day[of] * (index === 0 ? open : 1);
      if (total >= budget.limitNanoUsd) return dateAhead(nowMs, index, timeZone);
    }
    return null;
  };
  const isForeseen = budget.period !== 'hourly';
  const { name, period, limitNanoUsd } = budget;
  return {
    name,
    period,
    limitNanoUsd,
    spentNanoUsd,
    isSpent: spentNanoUsd >= limitNanoUsd,
    runsOut: isForeseen ? crossing('cost') : null,
    earliest: isForeseen ? crossing('high') : null,
    latest: isForeseen ? crossing('low') : null,
    rough: isForeseen ? rough : 'an hour is too short to be foreseen',
  };
}
