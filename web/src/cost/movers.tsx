// Who costs more, and who less, than in the span before.

import type { StatsAnswer } from '../../../src/dashboard/contract.ts';
import { type Filters, reportQuery, type Span } from '../address.ts';
import { serverClock } from '../data/server-clock.ts';
import { useAnswer } from '../data/use-answer.ts';
import { percent, usd } from '../format.ts';
import { Name } from '../parts/name.tsx';
import { Card, Pending } from '../parts/states.tsx';

const HOUR_MS = 3_600_000;
const LENGTHS_MS: Readonly<Record<string, number>> = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
  '30d': 30 * 24 * HOUR_MS,
};
const SHOWN_MAX = 8;
const ASKED_MAX = 200;
const SKELETON_HEIGHT = 240;
/** Ends of the spans are whole minutes: the same question is asked within one. */
const GRAIN_MS = 60_000;

export function Movers(props: { readonly span: Span; readonly filters: Filters; readonly by: string }) {
  const { span, filters, by } = props;
  const [fromMs, toMs] = endsOf(span);
  const lengthMs = toMs - fromMs;
  const path = (from: number, to: number): string =>
    `/api/stats?${reportQuery(`${from}-${to}`, filters)}&by=${by}&limit=${ASKED_MAX}`;
  const isAll = span === 'all';
  const now = useAnswer<StatsAnswer>(isAll ? null : path(fromMs, toMs));
  const before = useAnswer<StatsAnswer>(isAll ? null : path(fromMs - lengthMs, fromMs));
  if (isAll)
    return (
      <Card title="Biggest movers">
        <p class="quiet-line">All time has no span before it. Choose a shorter one.</p>
      </Card>
    );
  if (now.value === null || before.value === null)
    return (
      <Card title="Biggest movers">
        <Pending
          of={[now, before].find(({ fault }) => fault !== null) ?? { ...now, value: null }}
          what="The spans cannot be compared"
          height={SKELETON_HEIGHT}
        />
      </Card>
    );
  const isFirst = before.value.rows.length === 0;
  const movers = moversOf(now.value, before.value);
  return (
    <Card title="Biggest movers" testId="movers">
      {isFirst && movers.length > 0 && (
        <p class="quiet-line">
          The span before has no requests: all of this is new. Choose a shorter one to compare.
        </p>
      )}
      {movers.length === 0 ? (
        <p class="quiet-line">Nothing moved against the span before.</p>
      ) : (
        <ul class="movers">
          {movers.map(({ key, beforeNanoUsd, changeNanoUsd }) => (
            <li key={key ?? ''}>
              <span>{key === null ? `no ${by}` : <Name text={key} />}</span>
              <span class="quiet-line">{beforeNanoUsd === 0 ? 'new' : `from ${usd(beforeNanoUsd)}`}</span>
              <b class={changeNanoUsd > 0 ? 'up' : 'down'}>
                {changeNanoUsd > 0 ? '↑' : '↓'} {usd(Math.abs(changeNanoUsd))}
                {beforeNanoUsd > 0 && ` (${percent(Math.abs(changeNanoUsd) / beforeNanoUsd)})`}
              </b>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function endsOf(span: Span): readonly [number, number] {
  const [fromMs, toMs] = span.split('-').map(Number);
  if (fromMs !== undefined && toMs !== undefined && Number.isFinite(fromMs)) return [fromMs, toMs];
  const nowMs = Math.ceil(serverClock.now() / GRAIN_MS) * GRAIN_MS;
  return [nowMs - (LENGTHS_MS[span] ?? 0), nowMs];
}

interface Mover {
  readonly key: string | null;
  readonly beforeNanoUsd: number;
  readonly changeNanoUsd: number;
}

function moversOf(now: StatsAnswer, before: StatsAnswer): readonly Mover[] {
  const costs = new Map(before.rows.map((row) => [row.key, row.costNanoUsd]));
  const keys = new Set([...now.rows.map(({ key }) => key), ...costs.keys()]);
  const nowCosts = new Map(now.rows.map((row) => [row.key, row.costNanoUsd]));
  return [...keys]
    .map((key) => {
      const beforeNanoUsd = costs.get(key) ?? 0;
      return { key, beforeNanoUsd, changeNanoUsd: (nowCosts.get(key) ?? 0) - beforeNanoUsd };
    })
    .filter(({ changeNanoUsd }) => changeNanoUsd !== 0)
    .sort((a, b) => Math.abs(b.changeNanoUsd) - Math.abs(a.changeNanoUsd))
    .slice(0, SHOWN_MAX);
}
