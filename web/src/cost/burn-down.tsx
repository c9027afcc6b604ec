// How each budget's period goes: what was spent so far, where that leads at its pace, and the limit.

import type { Answer, BudgetRow, TimeseriesAnswer } from '../../../src/dashboard/contract.ts';
import { serverClock } from '../data/server-clock.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { bucketLabel, usd } from '../format.ts';
import { Name } from '../parts/name.tsx';
import { Card, isFromMemory, Nothing, Outage, Pending } from '../parts/states.tsx';

const WIDTH = 400;
const HEIGHT = 120;
const SKELETON_HEIGHT = 180;
const NANO = 1e9;
const SOON_MS = 10_000;

export function BurnDown() {
  const { tick } = useLive();
  const answer = useAnswer<Answer<'budgets'>>('/api/budgets', { tick, soonMs: SOON_MS });
  const budgets = answer.value?.budgets.filter(({ periodEnd }) => periodEnd !== null) ?? null;
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
        {budgets?.map((budget) => (
          <Burn key={budget.id} budget={budget} />
        ))}
      </div>
    </Card>
  );
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
