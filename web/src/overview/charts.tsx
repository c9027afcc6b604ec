// The span over time: money, tokens, requests and how long they took, under one crosshair.

import type { SeriesPoint, TimeseriesAnswer } from '../../../src/dashboard/contract.ts';
import { bucketLabel, count, countTicks, duration, durationTicks, usd, usdTicks } from '../format.ts';
import { Select } from '../parts/controls.tsx';
import { Card } from '../parts/states.tsx';
import { type ChartSeries, TimeChart } from '../parts/time-chart.tsx';

const STACKS = [
  { value: 'model', label: 'Model' },
  { value: 'app', label: 'Application' },
  { value: 'tag', label: 'Tag' },
  { value: 'none', label: 'Nothing' },
];

const LEAD_HEIGHT = 220;
const SMALL_HEIGHT = 150;

interface ChartsProps {
  readonly series: TimeseriesAnswer;
  readonly stack: string;
  readonly onStack: (by: string) => void;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly isOld: boolean;
}

export function Charts({ series, stack, onStack, onZoom, isOld }: ChartsProps) {
  const { points, bucketMs } = series;
  const timesMs = points.map((point) => point.bucketMs);
  const shared = { timesMs, bucketMs, onZoom, isOld };
  const latency = percentiles(points, (point) => point.latencyMs);
  const firstByte = percentiles(points, (point) => point.timeToFirstByteMs);
  return (
    <Card
      title="Over time"
      testId="charts"
      tools={
        <>
          <p class="hint by-pointer">Drag to zoom</p>
          <Select label="Stacked by" choices={STACKS} value={stack} onChoose={onStack} />
        </>
      }
    >
      <TimeChart
        {...shared}
        title="Cost"
        kind="bars"
        height={LEAD_HEIGHT}
        series={stacked(series, 'costNanoUsd')}
        format={usd}
        ticks={usdTicks}
        total="sum"
        sentence={peakSentence('Cost', points, (point) => point.costNanoUsd, usd)}
      />
      <div class="chart-grid">
        <TimeChart
          {...shared}
          title="Tokens"
          kind="bars"
          height={SMALL_HEIGHT}
          series={[
            line('Output', '--series-1', points, (point) => point.outputTokens),
            line('Input', '--series-6', points, (point) => point.inputTokens - point.cacheReadTokens),
            line('Cached input', '--series-rest', points, (point) => point.cacheReadTokens),
          ]}
          format={count}
          ticks={countTicks}
          total="sum"
          sentence={peakSentence('Tokens', points, (point) => point.inputTokens + point.outputTokens, count)}
        />
        <TimeChart
          {...shared}
          title="Requests"
          kind="bars"
          height={SMALL_HEIGHT}
          series={[
            line('Failed', '--bad', points, (point) => point.failedRequests),
            line('Others', '--series-1', points, (point) => point.requests - point.failedRequests),
          ]}
          format={count}
          ticks={countTicks}
          total="sum"
          sentence={peakSentence('Requests', points, (point) => point.requests, count)}
        />
        <TimeChart
          {...shared}
          title="Latency"
          kind="lines"
          height={SMALL_HEIGHT}
          series={latency}
          format={duration}
          ticks={durationTicks}
          total="none"
          sentence={peakSentence('Latency, p95', points, (point) => point.latencyMs?.p95 ?? 0, duration)}
        />
        <TimeChart
          {...shared}
          title="Time to first byte"
          kind="lines"
          height={SMALL_HEIGHT}
          series={firstByte}
          format={duration}
          ticks={durationTicks}
          total="none"
          sentence={peakSentence(
            'Time to first byte, p95',
            points,
            (point) => point.timeToFirstByteMs?.p95 ?? 0,
            duration,
          )}
        />
      </div>
    </Card>
  );
}

function line(
  label: string,
  color: string,
  points: readonly SeriesPoint[],
  pick: (point: SeriesPoint) => number,
): ChartSeries {
  return { label, color, values: points.map(pick) };
}

function percentiles(
  points: readonly SeriesPoint[],
  pick: (point: SeriesPoint) => SeriesPoint['latencyMs'],
): readonly ChartSeries[] {
  return [
    { label: 'p50', color: '--series-1', values: points.map((point) => pick(point)?.p50 ?? null) },
    {
      label: 'p95',
      color: '--series-2',
      values: points.map((point) => pick(point)?.p95 ?? null),
      isDashed: true,
    },
  ];
}

/** The dearest keys at the bottom, what is left of the span's sum above them. */
function stacked({ points, stacks }: TimeseriesAnswer, figure: 'costNanoUsd'): readonly ChartSeries[] {
  if (stacks === null) return [line('All', '--series-1', points, (point) => point[figure])];
  const named = stacks.map(({ key, costNanoUsd }, index) => ({
    label: key ?? 'none',
    color: `--series-${index + 1}`,
    values: costNanoUsd,
  }));
  const rest = points.map((point, index) =>
    Math.max(0, point[figure] - stacks.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd[index] ?? 0), 0)),
  );
  const hasRest = rest.some((value) => value > 0);
  return hasRest ? [...named, { label: 'others', color: '--series-rest', values: rest }] : named;
}

function peakSentence(
  name: string,
  points: readonly SeriesPoint[],
  pick: (point: SeriesPoint) => number,
  format: (value: number) => string,
): string {
  const peak = points.reduce<SeriesPoint | null>(
    (most, point) => (most === null || pick(point) > pick(most) ? point : most),
    null,
  );
  if (peak === null || pick(peak) === 0) return `${name}: nothing in this span.`;
  return `${name} over time; the peak is ${format(pick(peak))} at ${bucketLabel(peak.bucketMs)}.`;
}
