// How an upstream has answered in the last day, by what was recorded.

import type { BreakdownRow, StatsAnswer, UpstreamRow } from '../../../src/dashboard/contract.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { counted, duration, percent } from '../format.ts';

const SOON_MS = 10_000;

export const isDefault = ({ name }: UpstreamRow): boolean => name === 'default';
const addressOf = (url: string): string => url.replace(/\/$/, '');

/** Whether requests to it are recorded as those to the other default one are. */
export const isShared = (upstream: UpstreamRow, all: readonly UpstreamRow[]): boolean =>
  isDefault(upstream) &&
  all.some(
    (one) => one.api !== upstream.api && isDefault(one) && addressOf(one.url) === addressOf(upstream.url),
  );

/** Requests are recorded by the name of who answered, and by the address of the default ones. */
export function Asked(props: {
  readonly rows: readonly BreakdownRow[];
  readonly upstream: UpstreamRow;
  readonly isShared: boolean;
}) {
  const { rows, upstream } = props;
  const { tick } = useLive();
  const own = rows.filter(({ key }) =>
    isDefault(upstream) ? addressOf(key ?? '') === addressOf(upstream.url) : key === upstream.name,
  );
  const query = new URLSearchParams({ range: '24h', limit: '1', upstream: own[0]?.key ?? '' });
  const { value } = useAnswer<StatsAnswer>(own.length === 0 ? null : `/api/stats?${query}`, {
    tick,
    soonMs: SOON_MS,
  });
  const sum = (pick: (row: BreakdownRow) => number): number => own.reduce((all, row) => all + pick(row), 0);
  const requests = sum((row) => row.requests);
  if (requests === 0) return <p class="quiet-line">Not asked in the last 24 hours.</p>;
  const failed = sum((row) => row.failedRequests);
  const took = value?.summary.latencyMs ?? null;
  return (
    <p class="quiet-line">
      Asked in the last 24 hours{props.isShared && ', by either API'}: {counted(requests, 'request')},{' '}
      {percent(failed / requests)} failed.
      {took !== null && ` Half took ${duration(took.p50)} or less, 95 % ${duration(took.p95)}.`}
    </p>
  );
}
