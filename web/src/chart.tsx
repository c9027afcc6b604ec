// Tokens (bars) and cost (line) over time.

import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { TimeseriesAnswer } from '../../src/dashboard/contract.ts';
import { count, usd } from './format.ts';

const HEIGHT = 240;
const NANO = 1e-9;
const BAR_WIDTH = 0.7;
const BAR_PIXELS_MAX = 48;
const AXIS_PIXELS = 56;

export function Chart({ series }: { series: TimeseriesAnswer }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const dark = useRef(matchMedia('(prefers-color-scheme: dark)'));

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const draw = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsFor(element, series.bucketMs), dataOf(series), element);
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

  const sum = series.points.reduce((total, point) => total + point.inputTokens + point.outputTokens, 0);
  return (
    <section class="card" aria-label={`Tokens and cost over time: ${count(sum)} tokens in all`}>
      <h2>Tokens and cost</h2>
      <div class="chart" ref={place} data-testid="chart" />
    </section>
  );
}

function dataOf({ points }: TimeseriesAnswer): uPlot.AlignedData {
  return [
    points.map((point) => point.bucketMs / 1000),
    points.map((point) => point.inputTokens + point.outputTokens),
    points.map((point) => point.outputTokens),
    points.map((point) => point.costNanoUsd * NANO),
  ];
}

function optionsFor(element: HTMLElement, bucketMs: number): uPlot.Options {
  const halfBucketS = bucketMs / 2000;
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const bars = uPlot.paths.bars?.({ size: [BAR_WIDTH, BAR_PIXELS_MAX], radius: 0.15 });
  const axis = { stroke: color('--quiet'), font: `12px ${style.fontFamily}`, ticks: { show: false } };
  const line = { stroke: color('--line'), width: 1 };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 0, 0, 0],
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
        values: (_plot, ticks) =>
          ticks.map((tick) => (tick === 0 ? '$0' : `$${Number(tick.toPrecision(3))}`)),
      },
    ],
    series: [
      { value: (_plot, at) => (at === null ? '–' : new Date(at * 1000).toLocaleString('en-GB')) },
      {
        label: 'Input',
        scale: 'tokens',
        fill: color('--input'),
        width: 0,
        ...(bars ? { paths: bars } : {}),
        points: { show: false },
        value: (plot, total, _series, index) =>
          total === null || index === null ? '–' : count(total - Number(plot.data[2]?.[index] ?? 0)),
      },
      {
        label: 'Output',
        scale: 'tokens',
        fill: color('--output'),
        width: 0,
        ...(bars ? { paths: bars } : {}),
        points: { show: false },
        value: (_plot, value) => (value === null ? '–' : count(value)),
      },
      {
        label: 'Cost',
        scale: 'usd',
        stroke: color('--cost'),
        width: 2,
        points: { show: false },
        value: (_plot, value) => (value === null ? '–' : usd(Math.round(value / NANO))),
      },
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
