// Tokens (bars) and cost (line) over time.

import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { SeriesPoint, TimeseriesAnswer } from '../../src/dashboard/contract.ts';
import { count, usd, usdTicks } from './format.ts';

const HEIGHT = 230;
const NANO = 1e-9;
const BAR_WIDTH = 0.7;
const BAR_PIXELS_MAX = 48;
const AXIS_PIXELS = 52;
const TIME_AXIS_PIXELS = 28;

export function Chart({ series }: { series: TimeseriesAnswer }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const dark = useRef(matchMedia('(prefers-color-scheme: dark)'));

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const draw = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsFor(element, series.bucketMs, setPointed), dataOf(series), element);
    };
    draw();
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    resized.observe(element);
    const scheme = dark.current;
    scheme.addEventListener('change', draw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [series.range, series.bucketMs]);

  useEffect(() => plot.current?.setData(dataOf(series)), [series]);

  const point = pointed === null ? undefined : series.points[pointed];
  return (
    <section class="card" aria-label="Tokens and cost over time">
      <div class="chart-head">
        <h2>Tokens and cost</h2>
        <Key points={point === undefined ? series.points : [point]} at={point?.bucketMs ?? null} />
      </div>
      <div class="chart" ref={place} data-testid="chart" />
    </section>
  );
}

/** The colours, and what they sum up to: in all, or at the pointer. */
function Key({ points, at }: { points: readonly SeriesPoint[]; at: number | null }) {
  const sum = (pick: (point: SeriesPoint) => number): number =>
    points.reduce((total, point) => total + pick(point), 0);
  return (
    <ul class="key">
      <li class="when">{at === null ? 'In all' : bucketLabel(at)}</li>
      <li class="input">
        Input <b>{count(sum((point) => point.inputTokens))}</b>
      </li>
      <li class="output">
        Output <b>{count(sum((point) => point.outputTokens))}</b>
      </li>
      <li class="cost">
        Cost <b>{usd(sum((point) => point.costNanoUsd))}</b>
      </li>
    </ul>
  );
}

function bucketLabel(ms: number): string {
  return new Date(ms).toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
}

function dataOf({ points }: TimeseriesAnswer): uPlot.AlignedData {
  return [
    points.map((point) => point.bucketMs / 1000),
    points.map((point) => point.inputTokens + point.outputTokens),
    points.map((point) => point.outputTokens),
    points.map((point) => point.costNanoUsd * NANO),
  ];
}

function optionsFor(
  element: HTMLElement,
  bucketMs: number,
  onPoint: (index: number | null) => void,
): uPlot.Options {
  const halfBucketS = bucketMs / 2000;
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const paths = uPlot.paths.bars?.({ size: [BAR_WIDTH, BAR_PIXELS_MAX], radius: 0.15 });
  const bars = { width: 0, points: { show: false }, ...(paths ? { paths } : {}) };
  const axis = { stroke: color('--quiet'), font: `12px ${style.fontFamily}`, ticks: { show: false } };
  const line = { stroke: color('--line'), width: 1 };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 0, 0, 0],
    legend: { show: false },
    hooks: { setCursor: [(drawn) => onPoint(drawn.cursor.idx ?? null)] },
    cursor: { points: { show: false }, y: false, drag: { x: false, y: false } },
    scales: {
      // Half a bucket of room, so that the last bar is whole.
      x: { range: (_plot, min, max) => [min - halfBucketS, max + halfBucketS] },
      tokens: { range: (_plot, _min, max) => [0, Math.max(max, 10) * 1.1] },
      usd: { range: (_plot, _min, max) => [0, Math.max(max, 0.0001) * 1.1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 70,
        size: TIME_AXIS_PIXELS,
        values: (_plot, ticks, _axis, _space, stepS) => ticks.map((tick) => timeLabel(tick * 1000, stepS)),
      },
      {
        ...axis,
        scale: 'tokens',
        size: AXIS_PIXELS,
        grid: line,
        values: (_plot, ticks) => ticks.map((tick) => tick.toLocaleString('en-US', { notation: 'compact' })),
      },
      {
        ...axis,
        scale: 'usd',
        side: 1,
        size: AXIS_PIXELS,
        grid: { show: false },
        values: (_plot, ticks) => usdTicks(ticks),
      },
    ],
    series: [
      {},
      { ...bars, fill: color('--input'), scale: 'tokens' },
      { ...bars, fill: color('--output'), scale: 'tokens' },
      { scale: 'usd', stroke: color('--cost'), width: 2, points: { show: false } },
    ],
  };
}

const DAY_S = 86_400;

/** The day at midnight and for steps of days, the time otherwise. */
function timeLabel(ms: number, stepS: number): string {
  const date = new Date(ms);
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
  if (stepS >= DAY_S || isMidnight)
    return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  return date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}
