// How each budget's period goes: what was spent so far, where that leads at its pace, and the limit.

import { useState } from 'preact/hooks';
import type { Answer, BudgetRow, TimeseriesAnswer } from '../../../src/dashboard/contract.ts';
import { serverClock } from '../data/server-clock.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { bucketLabel, usd } from '../format.ts';
import { Name } from '../parts/name.tsx';
import { ShowAll } from '../parts/show-all.tsx';
import { Card, isFromMemory, Nothing, Outage, Pending } from '../parts/states.tsx';

const WIDTH = 400;
const HEIGHT = 120;
const SKELETON_HEIGHT = 180;
const NANO = 1e9;
const SOON_MS = 10_000;

/** Each asks a report of its own: the ones that press most are drawn, the others when somebody wants to see them. */
const SHOWN_FIRST = 6;

export function BurnDown() {
  const { tick } = useLive();
  const answer = useAnswer<Answer<'budgets'>>('/api/budgets', { tick, soonMs: SOON_MS });
  const [isAll, setAll] = useState(false);
  const budgets = answer.value === null ? null : pressingFirst(answer.value.budgets);
  return (
    <Card title="Budgets, burning down" testId="burn-down">
      <Outage of={answer} />
      <Pending of={answer} what="The budgets cannot be loaded" height={SKELETON_HEIGHT} />
      {budgets?.length === 0 && !isFromMemory(answer) && (
        <Nothing title="No budget with a period is set">
          <p>Set one under System, and its days are drawn here.</p>
        </Nothing>
      )}
      <div class="columns">
        {budgets?.slice(0, isAll ? undefined : SHOWN_FIRST).map((budget) => (
          <Burn key={budget.id} budget={budget} />
        ))}
      </div>
      {!isAll && <ShowAll count={budgets?.length ?? 0} shown={SHOWN_FIRST} onShow={() => setAll(true)} />}
    </Card>
  );
}

/** By the share of the limit that is spent at the period's end, at the pace until now. */
function pressingFirst(budgets: readonly BudgetRow[]): readonly BudgetRow[] {
  const nowMs = serverClock.now();
  return budgets
    .flatMap((budget) => {
      if (budget.periodEnd === null) return [];
      const [fromMs, endMs] = [Date.parse(budget.periodStart), Date.parse(budget.periodEnd)];
      const paceOf = nowMs <= fromMs ? 1 : (endMs - fromMs) / (Math.min(nowMs, endMs) - fromMs);
      const [limit, spent] = [Number(budget.limitUsd), Number(budget.spentUsd)];
      return [{ budget, isSpent: spent >= limit, share: (spent * paceOf) / limit }];
    })
    .sort((a, b) => Number(b.isSpent) - Number(a.isSpent) || b.share - a.share)
    .map(({ budget }) => budget);
}

function Burn({ budget }: { readonly budget: BudgetRow }) {
  const { tick } = useLive();
  const fromMs = Date.parse(budget.periodStart);
  const endMs = Date.parse(budget.periodEnd ?? '');
  const scope = Object.entries(budget.scope).flatMap(([name, value]) =>
    value === null || value.includes('*') ? [] : [[name, value] as const],
  );
  const query = new URLSearchParams([
    ['from', String(fromMs)],
    ['to', String(endMs)],
    ...scope.map((one) => [...one]),
  ]);
  const series = useAnswer<TimeseriesAnswer>(`/api/timeseries?${query}`, { tick, soonMs: SOON_MS });
  const nowMs = Math.min(serverClock.now(), endMs);
  const limit = Number(budget.limitUsd) * NANO;
  const spent = Number(budget.spentUsd) * NANO;
  const pace = nowMs <= fromMs ? 0 : spent / (nowMs - fromMs);
  const end = spent + pace * (endMs - nowMs);
  const top = Math.max(limit, end) * 1.1;
  const x = (ms: number): number => ((ms - fromMs) / (endMs - fromMs)) * WIDTH;
  const y = (nanoUsd: number): number => HEIGHT - (nanoUsd / top) * HEIGHT;
  let sum = 0;
  const curve = (series.value?.points ?? [])
    .filter(({ bucketMs }) => bucketMs <= nowMs)
    .map((point) => {
      sum += point.costNanoUsd;
      return [Math.min(nowMs, point.bucketMs + (series.value?.bucketMs ?? 0)), sum] as const;
    });
  // The ledger's own figure stands at the end: a pattern's part of the series may not be known.
  const scale = sum === 0 ? 1 : spent / sum;
  const points = [[fromMs, 0] as const, ...curve.map(([ms, cost]) => [ms, cost * scale] as const)];
  const runsOutMs = pace > 0 && end > limit ? nowMs + Math.max(0, limit - spent) / pace : null;
  const words =
    spent >= limit
      ? 'The limit is reached.'
      : runsOutMs === null
        ? `At this pace ${usd(Math.round(end))} by the end: within the limit.`
        : `At this pace the limit is reached ${bucketLabel(runsOutMs)}.`;
  return (
    <figure class="burn">
      <figcaption>
        <h3>
          <Name text={budget.name} />
        </h3>
        <p class="quiet-line">
          {usd(Math.round(spent))} of {usd(limit)}. {words}
        </p>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${budget.name}: ${words}`}
      >
        <line class="limit" x1="0" x2={WIDTH} y1={y(limit)} y2={y(limit)} />
        <line class="now" x1={x(nowMs)} x2={x(nowMs)} y1="0" y2={HEIGHT} />
        <polyline class="spent" points={points.map(([ms, cost]) => `${x(ms)},${y(cost)}`).join(' ')} />
        <line class="ahead" x1={x(nowMs)} y1={y(spent)} x2={WIDTH} y2={y(end)} />
      </svg>
      <p class="burn-ends">
        <span>{bucketLabel(fromMs)}</span>
        <span>{bucketLabel(endMs)}</span>
      </p>
    </figure>
  );
}
