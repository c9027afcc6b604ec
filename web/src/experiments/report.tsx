// What a test has shown: each figure of both variants, and the difference with its interval.

import type { ExperimentAnswer } from '../../../src/dashboard/contract.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { count, duration, percent, usd } from '../format.ts';
import { PlainTable, type TableColumn } from '../parts/plain-table.tsx';
import { OnlySums, Pending } from '../parts/states.tsx';
import { IntervalHistory } from './interval-history.tsx';
import { Intervals } from './intervals.tsx';

/** Of a test that has shown something. */
const SKELETON_HEIGHT = [640, 1000] as const;
const SOON_MS = 10_000;

export function Report({ name, isRunning }: { readonly name: string; readonly isRunning: boolean }) {
  const { tick } = useLive();
  const answer = useAnswer<ExperimentAnswer>(`/api/experiments/${encodeURIComponent(name)}`, {
    tick: isRunning ? tick : 0,
    soonMs: SOON_MS,
  });
  if (answer.value === null)
    return <Pending of={answer} what="What it has shown cannot be loaded" height={SKELETON_HEIGHT} />;
  const { variants, comparisons, enough, verdict, unit, rowsFromMs } = answer.value;
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
      <Intervals comparisons={comparisons} />
      {enough && <IntervalHistory name={name} isRunning={isRunning} />}
    </>
  );
}

function Variants({ variants, unit }: Pick<ExperimentAnswer, 'variants' | 'unit'>) {
  return (
    <PlainTable
      label="Variants"
      rows={variants}
      keyOf={({ variant }) => variant}
      columns={[
        { title: 'Variant', isName: true, cell: ({ variant }) => variant.toUpperCase() },
        { title: UNITS[unit], isNumber: true, cell: ({ units }) => count(units) },
        ...FIGURES,
      ]}
    />
  );
}

const FIGURES: readonly TableColumn<ExperimentAnswer['variants'][number]>[] = [
  { title: 'Requests', isNumber: true, cell: ({ requests }) => count(requests) },
  {
    title: 'Failed',
    isNumber: true,
    cell: ({ requests, failedRequests }) => (requests === 0 ? '–' : percent(failedRequests / requests)),
  },
  {
    title: 'Cost a request',
    isNumber: true,
    cell: ({ meanCost }) => usd(meanCost === null ? null : Math.round(meanCost.value)),
  },
  {
    title: 'Latency, p50 / p95',
    isNumber: true,
    cell: ({ latencyP50, latencyP95 }) =>
      `${duration(latencyP50?.value ?? null)} / ${duration(latencyP95?.value ?? null)}`,
  },
  {
    title: 'Rating',
    isNumber: true,
    cell: ({ rating }) => (rating === null ? '–' : rating.value.toFixed(2)),
  },
  {
    title: 'Judge’s grade',
    isNumber: true,
    cell: ({ grade, gradedRequests }) =>
      grade === null ? '–' : `${grade.value.toFixed(2)} of ${count(gradedRequests)}`,
    hint: ({ judges }) => judges.join(', '),
  },
  { title: 'Input', isNumber: true, cell: ({ inputTokens }) => count(inputTokens) },
  { title: 'Output', isNumber: true, cell: ({ outputTokens }) => count(outputTokens) },
];
const UNITS = { session: 'Sessions', request: 'Drawn', app: 'Applications' } as const;
