// What a test has shown: each figure of both variants, and the difference with its interval.

import type { ExperimentAnswer, MetricDifference, VariantFigures } from '../../../src/dashboard/contract.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { count, duration, percent, usd } from '../format.ts';
import { Scrolls, Skeleton } from '../parts/states.tsx';
import { IntervalRow } from './interval-row.tsx';

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
  const { variants, cost, latency, enough } = answer.value;
  const [a, b] = ['a', 'b'].map((variant) => variants.find((row) => row.variant === variant));
  if (variants.length === 0) return <p class="quiet-line">No request has entered it yet.</p>;
  return (
    <>
      <p class="verdict">{verdictOf(answer.value)}</p>
      <Scrolls label="Variants">
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">Variant</th>
              <th scope="col" class="number">
                Requests
              </th>
              <th scope="col" class="number">
                Failed
              </th>
              <th scope="col" class="number">
                Cost a request
              </th>
              <th scope="col" class="number">
                Latency, mean
              </th>
              <th scope="col" class="number">
                Input, output
              </th>
            </tr>
          </thead>
          <tbody>
            {variants.map((row) => (
              <tr key={row.variant}>
                <th scope="row">{row.variant.toUpperCase()}</th>
                <td class="number">{count(row.requests)}</td>
                <td class="number">
                  {row.requests === 0 ? '–' : percent(row.failedRequests / row.requests)}
                </td>
                <td class="number">
                  {usd(row.meanCostNanoUsd === null ? null : Math.round(row.meanCostNanoUsd))}
                </td>
                <td class="number">{duration(row.meanLatencyMs)}</td>
                <td class="number">
                  {count(row.inputTokens)}, {count(row.outputTokens)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
      <div class="intervals">
        <IntervalRow name="Cost of a request" difference={relative(cost, a?.meanCostNanoUsd)} />
        <IntervalRow name="Latency" difference={relative(latency, a?.meanLatencyMs)} />
      </div>
      {!enough && <p class="hint">Fewer requests than the test asks for: wait before you conclude.</p>}
      {b === undefined && <p class="hint">Variant B has no request yet.</p>}
    </>
  );
}

function relative(
  difference: MetricDifference | null,
  mean: number | null | undefined,
): { readonly low: number; readonly high: number } | null {
  if (difference === null || mean == null || mean === 0) return null;
  return { low: difference.difference.low / mean, high: difference.difference.high / mean };
}

function verdictOf({ variants, cost, latency, enough }: ExperimentAnswer): string {
  const [a] = variants;
  if (variants.length < 2 || a === undefined) return 'Only one variant has been asked so far.';
  const parts = [
    words('cheaper', 'dearer', cost, a, (row) => row.meanCostNanoUsd),
    words('faster', 'slower', latency, a, (row) => row.meanLatencyMs),
  ].filter((part) => part !== null);
  if (parts.length === 0) return enough ? 'No difference has been shown.' : 'Too little is known yet.';
  return `B is ${parts.join(' and ')}.`;
}

function words(
  less: string,
  more: string,
  difference: MetricDifference | null,
  a: VariantFigures,
  mean: (row: VariantFigures) => number | null,
): string | null {
  const base = mean(a);
  if (difference === null || !difference.isSignificant || base === null || base === 0) return null;
  const { low, high } = difference.difference;
  const [near, far] = [Math.min(Math.abs(low), Math.abs(high)), Math.max(Math.abs(low), Math.abs(high))];
  return `${percent(Math.abs((low + high) / 2) / base)} ${high < 0 ? less : more} (${percent(near / base)} to ${percent(far / base)})`;
}
