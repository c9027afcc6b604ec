// Where today and the month are likely to end, with the interval that the past allows, and when budgets run out.

import { useState } from 'preact/hooks';
import type { ForecastAnswer, ForecastSum } from '../../../src/dashboard/contract.ts';
import type { Filters } from '../address.ts';
import { useAnswer } from '../data/use-answer.ts';
import { count, counted, dayLabel, percent, usd } from '../format.ts';
import { Name } from '../parts/name.tsx';
import { ShowAll } from '../parts/show-all.tsx';
import { Card, Nothing, Pending } from '../parts/states.tsx';

const SKELETON_HEIGHT = 160;
const REFRESH_MS = 60_000;
const WIDTH = 400;
const HEIGHT = 30;
const BUDGETS_FIRST = 8;
/** Behind every day. */
const NEVER = '9999-12-31';

export function Forecast({ filters }: { readonly filters: Filters }) {
  const query = new URLSearchParams(Object.entries(filters));
  const answer = useAnswer<ForecastAnswer>(`/api/cost/forecast?${query}`, { everyMs: REFRESH_MS });
  const { value } = answer;
  return (
    <Card title="Forecast" testId="forecast">
      <Pending of={answer} what="The forecast cannot be made" height={SKELETON_HEIGHT} />
      {value !== null && isOfNothing(value) && (
        <Nothing title="No forecast yet">
          <p>It begins with the first request that costs something.</p>
        </Nothing>
      )}
      {value !== null && !isOfNothing(value) && (
        <>
          <div class="columns">
            <Sum name="Today" sum={value.today} />
            <Sum name="This month" sum={value.month} />
          </div>
          {value.budgets.length > 0 && <Budgets budgets={value.budgets} />}
          <p class="hint">{basisWords(value)}</p>
        </>
      )}
    </Card>
  );
}

/** There are neither days to go by, nor a sum, nor a budget that would last. */
const isOfNothing = ({ basis, month, budgets }: ForecastAnswer): boolean =>
  basis.wholeDays === 0 && basis.unpricedRequests === 0 && month.spentNanoUsd === 0 && budgets.length === 0;

/** Those that are spent, then those that run out, the soonest of them first. */
function Budgets({ budgets }: Pick<ForecastAnswer, 'budgets'>) {
  const [isAll, setAll] = useState(false);
  const sorted = [...budgets].sort(
    (a, b) => Number(b.isSpent) - Number(a.isSpent) || (a.runsOut ?? NEVER).localeCompare(b.runsOut ?? NEVER),
  );
  return (
    <>
      <ul class="movers">
        {sorted.slice(0, isAll ? undefined : BUDGETS_FIRST).map((budget) => (
          <li key={budget.name}>
            <span>
              <Name text={budget.name} />
            </span>
            <span class="quiet-line">
              {usd(budget.spentNanoUsd)} of {usd(budget.limitNanoUsd)}, {budget.period}
            </span>
            <b class={budget.isSpent || budget.runsOut !== null ? 'up' : ''}>
              {budget.isSpent
                ? 'is spent'
                : budget.runsOut === null
                  ? 'lasts its period'
                  : `runs out ${dayLabel(budget.runsOut)}`}
            </b>
          </li>
        ))}
      </ul>
      {!isAll && <ShowAll count={budgets.length} shown={BUDGETS_FIRST} onShow={() => setAll(true)} />}
    </>
  );
}

function Sum({ name, sum }: { readonly name: string; readonly sum: ForecastSum }) {
  const { spentNanoUsd, expectedNanoUsd, lowNanoUsd, highNanoUsd } = sum;
  const x = (nanoUsd: number): number => (nanoUsd / Math.max(1, highNanoUsd * 1.05)) * WIDTH;
  const words = `${usd(spentNanoUsd)} spent; ${usd(expectedNanoUsd)} expected by the end, between ${usd(lowNanoUsd)} and ${usd(highNanoUsd)}`;
  return (
    <figure class="foreseen">
      <figcaption>
        <h3>{name}</h3>
        <p>
          <b>{usd(expectedNanoUsd)}</b>
          <span class="quiet-line">
            {usd(lowNanoUsd)} to {usd(highNanoUsd)}; {usd(spentNanoUsd)} so far
          </span>
        </p>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${name}: ${words}`}
      >
        <rect class="spent" x="0" y="9" width={x(spentNanoUsd)} height="12" />
        <rect
          class="range"
          x={x(lowNanoUsd)}
          y="4"
          width={Math.max(1, x(highNanoUsd) - x(lowNanoUsd))}
          height="22"
        />
        <line class="expected" x1={x(expectedNanoUsd)} x2={x(expectedNanoUsd)} y1="2" y2={HEIGHT - 2} />
      </svg>
    </figure>
  );
}

function basisWords({ basis, timeZone }: ForecastAnswer): string {
  const { wholeDays, missingDays, coverage, rough, levelShift, unpricedRequests } = basis;
  return [
    `From ${count(wholeDays)} whole days${missingDays > 0 ? ` (${count(missingDays)} missing)` : ''}, in ${timeZone}.`,
    rough === null ? `The interval held ${percent(coverage)} of the time in the past.` : `Rough: ${rough}.`,
    levelShift === null
      ? ''
      : `The level changed ${levelShift.daysAgo} days ago, by ${levelShift.factor.toFixed(1)} ×; what lies before is left out.`,
    unpricedRequests > 0
      ? `${counted(unpricedRequests, 'request')} of unknown cost ${unpricedRequests === 1 ? 'is' : 'are'} in no sum.`
      : '',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}
