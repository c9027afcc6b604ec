// What the dashboard's JSON API and WebSocket say, by name. Shared with the browser app in web/, which imports nothing
// else of src/ but names of spans. The shapes are those of the schemas; only types come from them.

import type { EndedSums } from '../core/ended-sums.ts';
import { RANGE_NAMES } from '../core/range-names.ts';
import type { RequestRecord } from '../core/record.ts';
import type { Answer } from './handlers/handlers.ts';

export type { Answer, RequestRecord };
export { RANGE_NAMES };

export type StatsAnswer = Answer<'stats'>;
export type UsageSummary = StatsAnswer['summary'];
export type BreakdownRow = StatsAnswer['rows'][number];
export type TimeseriesAnswer = Answer<'timeseries'>;
export type SeriesPoint = TimeseriesAnswer['points'][number];
export type StackedSeries = NonNullable<TimeseriesAnswer['stacks']>[number];
export type RecentAnswer = Answer<'requests'>;
export type RequestAnswer = Answer<'request'>;
export type StoredTurn = NonNullable<RequestAnswer['stored']>['turns'][number];
export type StoredPart = StoredTurn['parts'][number];
export type StatusAnswer = Answer<'status'>;
export type SessionAnswer = Answer<'session'>;
export type LeaveAnswer = Answer<'sessionEnd'>;
export type EndedAnswer = Answer<'sessionsEnd'>;
export type UsersAnswer = Answer<'users'>;
export type AuditAnswer = Answer<'audit'>;
export type CacheAnswer = Answer<'cache'>;
export type SemanticReport = NonNullable<CacheAnswer['semantic']>;
export type CacheEntriesAnswer = Answer<'cacheEntries'>;
export type CacheEntryRow = CacheEntriesAnswer['entries'][number];
export type ForecastAnswer = Answer<'costForecast'>;
export type ForecastSum = ForecastAnswer['today'];
export type BudgetForecast = ForecastAnswer['budgets'][number];
export type PriceAnswer = Answer<'prices'>;
export type PriceFacts = Answer<'price'>['price'];
export type UpstreamRow = Answer<'upstreams'>['upstreams'][number];
export type UpstreamHealth = UpstreamRow['health'][number];
export type BudgetRow = Answer<'budgets'>['budgets'][number];
export type KeysAnswer = Answer<'keys'>;
export type KeyRow = KeysAnswer['keys'][number];
export type KeyUse = KeysAnswer['use'][number];
export type KillRow = Answer<'kills'>['kills'][number];
export type RouteRow = Answer<'routes'>['routes'][number];
export type ConditionRow = RouteRow['conditions'][number];
export type TagRow = Answer<'tags'>['tags'][number];
export type CacheRuleRow = Answer<'cacheRules'>['cacheRules'][number];
export type ExperimentRow = Answer<'experiments'>['experiments'][number];
export type ExperimentAnswer = Answer<'experiment'>;
export type ReplayAnswer = Answer<'replay'>;
export type ReplayRun = ReplayAnswer['replay'];
export type ReplayPlan = Answer<'replayPlan'>;
export type WhatIfAnswer = Answer<'costCompare'>;
export type HistoryAnswer = Answer<'abHistory'>;
export type ArchiveRuleRow = Answer<'archiveRules'>['archiveRules'][number];
export type PromptsAnswer = Answer<'prompts'>;
export type SystemAnswer = Answer<'system'>;
export type InstancesAnswer = Answer<'instances'>;
export type Explanation = Answer<'explain'>;

/** Every answer that is no success. */
export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string };
}

/** Sums over the requests that ended while pages listened, since the epoch began. */
export type LiveTotals = EndedSums;

/** What the feed had counted before or after a report was read: what ended since then moves the report on. */
export type LiveCounted = LiveTotals & { readonly epoch: string };

/**
 * What `/ws/live` sends, at most four times a second. `/ws/live?epoch=E&after=SEQ` goes on where a page stopped: it gets
 * `events` with all that it missed, or a `snapshot` where that is not known any more, and then asks for reports anew.
 * A page that lists no requests says so (`LiveWish`, or `?rows=false` from the start) and gets `totals` alone.
 */
export type LiveMessage =
  | {
      readonly type: 'events' | 'snapshot';
      /** While pages listen, in this server's life: numbers and sums of another one mean nothing. */
      readonly epoch: string;
      /** Of the last event that this message knows of. */
      readonly seq: number;
      /** Requests that have started or ended, in order, in their newest state; at most a hundred, fewer in a flood. */
      readonly records: readonly RequestRecord[];
      /** Older ones that did not fit. */
      readonly leftOut: number;
      readonly totals: LiveTotals;
    }
  /** For a page without rows: something happened. At most every two seconds. */
  | { readonly type: 'totals'; readonly epoch: string; readonly totals: LiveTotals }
  /** How far a replay is; a page that was away asks for the list. */
  | { readonly type: 'replay'; readonly run: ReplayRun }
  /** Nothing happened; the line is alive. */
  | { readonly type: 'beat'; readonly epoch: string; readonly seq: number };

/** What a page says: whether it lists requests, and where it stopped. It is told at once what it missed. */
export type LiveWish =
  | { readonly rows: false }
  | { readonly rows: true; readonly epoch?: string; readonly after?: number };
