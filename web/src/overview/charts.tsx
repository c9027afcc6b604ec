// The span over time: money, tokens, requests and how long they took, under one crosshair.

import { memo } from 'preact/compat';
import type { SeriesPoint, TimeseriesAnswer } from '../../../src/dashboard/contract.ts';
import { bucketLabel, count, countTicks, duration, durationTicks, usd, usdTicks } from '../format.ts';
import { Button, Select } from '../parts/controls.tsx';
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

/** What all charts of the span have in common: the one crosshair, the one zoom. */
interface OverTime {
  readonly timesMs: readonly number[];
  readonly bucketMs: number;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly isOld: boolean;
}

interface ChartsProps {
  readonly series: TimeseriesAnswer;
  readonly stack: string;
  readonly onStack: (by: string) => void;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  /** Null where nothing was zoomed into. */
  readonly onZoomOut: (() => void) | null;
  readonly isOld: boolean;
}

/** Drawn anew with each answer, not with each message of the feed: five canvases are dear. */
export const Charts = memo(
  AllCharts,
  (before, now) => before.series === now.series && before.stack === now.stack && before.isOld === now.isOld,
);

function AllCharts({ series, stack, onStack, onZoom, onZoomOut, isOld }: ChartsProps) {
  const { points, bucketMs } = series;
  const over: OverTime = { timesMs: points.map((point) => point.bucketMs), bucketMs, onZoom, isOld };
  return (
    <Card
      title="Over time"
      testId="charts"
      tools={
        <>
          {onZoomOut === null ? (
            <p class="hint" title="Or Shift with the arrow keys, then Enter">
              Drag to zoom
            </p>
          ) : (
            <Button
              kind="quiet"
              onClick={({ currentTarget }) => {
                // It goes, and the focus with it.
                currentTarget.closest('section')?.querySelector<HTMLElement>('.plot')?.focus();
                onZoomOut();
              }}
            >
              Zoom out
            </Button>
          )}
          <Select label="Stacked by" choices={STACKS} value={stack} onChoose={onStack} />
        </>
      }
    >
      <CostChart series={series} over={over} />
      <div class="chart-grid">
        <TokensChart points={points} over={over} />
        <RequestsChart points={points} over={over} />
        <TimingChart title="Latency" points={points} pick={(point) => point.latencyMs} over={over} />
        <TimingChart
          title="Time to first byte"
          points={points}
          pick={(point) => point.timeToFirstByteMs}
          over={over}
        />
      </div>
    </Card>
  );
}

function CostChart({ series, over }: { readonly series: TimeseriesAnswer; readonly over: OverTime }) {
  const { points } = series;
  const isUnknown = points.every(({ costNanoUsd }) => costNanoUsd === 0) && points.some(isUnpriced);
  return (
    <TimeChart
      {...over}
      title="Cost"
      kind="bars"
      height={LEAD_HEIGHT}
      series={costSeries(series)}
      format={usd}
      ticks={usdTicks}
      total="sum"
      sentence={
        isUnknown
          ? 'Cost: unknown, the requests of this span have no price.'
          : peakSentence('Cost', points, (point) => point.costNanoUsd, usd)
      }
    />
  );
}

interface PointsProps {
  readonly points: readonly SeriesPoint[];
  readonly over: OverTime;
}

function TokensChart({ points, over }: PointsProps) {
  return (
    <TimeChart
      {...over}
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
  );
}

function RequestsChart({ points, over }: PointsProps) {
  return (
    <TimeChart
      {...over}
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
  );
}

function TimingChart(
  props: PointsProps & {
    readonly title: string;
    readonly pick: (point: SeriesPoint) => SeriesPoint['latencyMs'];
  },
) {
  const { title, points, pick, over } = props;
  return (
    <TimeChart
      {...over}
      title={title}
      kind="lines"
      height={SMALL_HEIGHT}
      series={percentiles(points, pick)}
      format={duration}
      ticks={durationTicks}
      total="none"
      sentence={peakSentence(`${title}, p95`, points, (point) => pick(point)?.p95 ?? 0, duration)}
    />
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

/** Something was asked, and nothing of it has a known price. */
const isUnpriced = ({ costNanoUsd, unpricedRequests }: SeriesPoint): boolean =>
  costNanoUsd === 0 && unpricedRequests > 0;

/**
 * The dearest keys at the bottom, what is left of the span's sum above them. A key that has no bar has no place in the
 * legend either: it may have cost nothing, or nobody knows what.
 */
function costSeries({ points, stacks }: TimeseriesAnswer): readonly ChartSeries[] {
  const named = (stacks ?? [])
    .map(({ key, costNanoUsd }, index) => ({
      label: key ?? 'none',
      color: `--series-${index + 1}`,
      values: costNanoUsd,
    }))
    .filter(({ values }) => values.some((value) => value > 0));
  if (named.length === 0)
    return [
      {
        label: 'All',
        color: '--series-1',
        values: points.map((point) => (isUnpriced(point) ? null : point.costNanoUsd)),
      },
    ];
  const rest = points.map((point, index) =>
    Math.max(0, point.costNanoUsd - named.reduce((sum, { values }) => sum + (values[index] ?? 0), 0)),
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
