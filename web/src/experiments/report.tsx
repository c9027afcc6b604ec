// What a test has shown: each figure of both variants, and the difference with its interval.

import type { ExperimentAnswer } from '../../../src/dashboard/contract.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { count, duration, percent, usd } from '../format.ts';
import { OnlySums, Scrolls, Skeleton } from '../parts/states.tsx';
import { IntervalHistory } from './interval-history.tsx';
import { IntervalRow } from './interval-row.tsx';

type Comparison = ExperimentAnswer['comparisons']['cost'];

const SKELETON_HEIGHT = 120;
const SOON_MS = 10_000;

export function Report({ name, isRunning }: { readonly name: string; readonly isRunning: boolean }) {
  const { tick } = useLive();
  const answer = useAnswer<ExperimentAnswer>(`/api/experiments/${encodeURIComponent(name)}`, {
    tick: isRunning ? tick : 0,
    soonMs: SOON_MS,
  });
  if (answer.fault !== null) return <p class="quiet-line">{answer.fault}</p>;
  if (answer.value === null) return <Skeleton height={SKELETON_HEIGHT} />;
  const { variants, comparisons, verdict, unit, rowsFromMs } = answer.value;
  if (variants.length === 0)
    return rowsFromMs > 0 ? (
      <OnlySums rowsFromMs={rowsFromMs} />
    ) : (
      <p class="quiet-line">No request has entered it yet.</p>
    );
  return (
    <>
      {verdict.map((sentence, index) => (
        <p class={index === 0 ? 'verdict lead' : 'verdict'} key={sentence}>
          {sentence}
        </p>
      ))}
      <Variants variants={variants} unit={unit} />
      <div class="intervals">
        <IntervalRow name="Cost of a request" difference={relative(comparisons.cost)} />
        <IntervalRow name="Latency, p50" difference={relative(comparisons.latencyP50)} />
        <IntervalRow name="Latency, p95" difference={relative(comparisons.latencyP95)} />
        <IntervalRow name="Tokens" difference={relative(comparisons.tokens)} />
        <IntervalRow name="Rating" difference={relative(comparisons.rating)} goodWhen="more" />
        <IntervalRow name="Judge’s grade" difference={relative(comparisons.grade)} goodWhen="more" />
      </div>
      <IntervalHistory name={name} isRunning={isRunning} />
    </>
  );
}

function Variants({ variants, unit }: Pick<ExperimentAnswer, 'variants' | 'unit'>) {
  return (
    <Scrolls label="Variants">
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">Variant</th>
            {[UNITS[unit], ...FIGURES].map((title) => (
              <th key={title} scope="col" class="number">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {variants.map((row) => (
            <tr key={row.variant}>
              <th scope="row">{row.variant.toUpperCase()}</th>
              <td class="number">{count(row.units)}</td>
              <td class="number">{count(row.requests)}</td>
              <td class="number">{row.requests === 0 ? '–' : percent(row.failedRequests / row.requests)}</td>
              <td class="number">{usd(row.meanCost === null ? null : Math.round(row.meanCost.value))}</td>
              <td class="number">
                {duration(row.latencyP50?.value ?? null)}, {duration(row.latencyP95?.value ?? null)}
              </td>
              <td class="number">{row.rating === null ? '–' : row.rating.value.toFixed(2)}</td>
              <td class="number" title={row.judges.join(', ')}>
                {row.grade === null ? '–' : `${row.grade.value.toFixed(2)} of ${count(row.gradedRequests)}`}
              </td>
              <td class="number">
                {count(row.inputTokens)}, {count(row.outputTokens)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
}

const FIGURES = [
  'Requests',
  'Failed',
  'Cost a request',
  'Latency, p50 and p95',
  'Rating',
  'Judge’s grade',
  'Input, output',
];
const UNITS = { session: 'Sessions', request: 'Drawn', app: 'Applications' } as const;

function relative({ ratio }: Comparison): { readonly low: number; readonly high: number } | null {
  return ratio === null ? null : { low: ratio.low - 1, high: ratio.high - 1 };
}
