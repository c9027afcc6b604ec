// A chart over time: stacked bars or lines, a crosshair that all charts of the page share, drag to zoom. For those who
// do not see it: a sentence that says what it shows, arrow keys that read it out (with Shift they mark a part, which
// Enter zooms into), and the numbers as a table.

import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { bucketLabel, timeTick } from '../format.ts';
import { drawJoins, loneIn } from './chart-gaps.ts';
import { hideMark, MARK_PIXELS_MIN, markByTouch, useChartKeys, useDrag } from './chart-marks.ts';
import { Name } from './name.tsx';

export interface ChartSeries {
  readonly label: string;
  /** A custom property of the tokens: `--series-1`. */
  readonly color: string;
  /** One for each time; null where nothing is known. */
  readonly values: readonly (number | null)[];
  readonly isDashed?: boolean;
}

export interface TimeChartProps {
  readonly title: string;
  /** Starts of the buckets, epoch milliseconds. */
  readonly timesMs: readonly number[];
  readonly bucketMs: number;
  readonly series: readonly ChartSeries[];
  readonly kind: 'bars' | 'lines';
  readonly format: (value: number) => string;
  readonly ticks: (values: readonly number[]) => readonly string[];
  /** How a legend sums a series up. */
  readonly total: 'sum' | 'last' | 'none';
  readonly height?: number;
  readonly sentence: string;
  readonly onZoom?: (fromMs: number, toMs: number) => void;
  readonly isOld?: boolean;
}

const HEIGHT = 200;
const AXIS_PIXELS = 56;
const TIME_AXIS_PIXELS = 26;
const BAR_SHARE = 0.72;
const BAR_PIXELS_MAX = 40;
const LONE_PIXELS = 5;
const SYNC_KEY = 'tokenwatch';

export function TimeChart(asked: TimeChartProps) {
  const place = useRef<HTMLDivElement>(null);
  // What somebody drags over stays as it is until they let go; other parts of time take it away.
  const isDragged = useDrag(place);
  const shown = useRef(asked);
  if (!isDragged || shown.current.bucketMs !== asked.bucketMs) shown.current = asked;
  const props = shown.current;
  const { title, timesMs, bucketMs, series, format, height = HEIGHT } = props;
  const plot = useRef<uPlot | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const scheme = useScheme();
  const data = useMemo(() => dataOf(props), [timesMs, series, props.kind]);
  const shape = `${props.kind} ${bucketMs} ${series.map(({ label, color }) => label + color).join()} ${scheme}`;
  const latest = useRef(props);
  latest.current = props;

  // Before the next key or pointer: they would move over a chart whose figures are not the shown ones any more.
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    plot.current = new uPlot(optionsFor(element, latest, height, setPointed), data, element);
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape, height]);
  useLayoutEffect(() => plot.current?.setData(data), [data]);

  const keys = useChartKeys(plot, props, pointed);

  return (
    <figure class={props.isOld ? 'time-chart old' : 'time-chart'}>
      <figcaption>
        <h3>{title}</h3>
        <Legend {...props} pointed={pointed} />
      </figcaption>
      <div
        ref={place}
        class={props.onZoom === undefined ? 'plot' : 'plot zooms'}
        style={{ height: `${height}px` }}
        role="img"
        aria-label={props.sentence}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move the crosshair
        tabIndex={0}
        onKeyDown={keys.press}
        onBlur={keys.unmark}
      />
      <p class="unseen" aria-live="polite">
        {pointed === null ? '' : spoken(props, pointed)}
        {keys.isMarking && '. A part is marked: Enter zooms into it'}
      </p>
      <details class="chart-table">
        <summary>Numbers</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard */}
        <section class="scroll" tabIndex={0} aria-label={`${title}: numbers`}>
          <table>
            <thead>
              <tr>
                <th scope="col">From</th>
                {series.map(({ label }) => (
                  <th key={label} scope="col">
                    <Name text={label} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {timesMs.map((ms, row) => (
                <tr key={ms}>
                  <th scope="row">{bucketLabel(ms)}</th>
                  {series.map(({ label, values }) => (
                    <td key={label}>{cell(values[row], format)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </figure>
  );
}

const cell = (value: number | null | undefined, format: (value: number) => string): string =>
  value === null || value === undefined ? '–' : format(value);

function Legend({ series, timesMs, format, total, pointed }: TimeChartProps & { pointed: number | null }) {
  const list = useRef<HTMLUListElement>(null);
  const height = useRef(0);
  const at = pointed === null ? undefined : timesMs[pointed];
  // A legend that grows or shrinks with its figures would move the chart under the pointer.
  useLayoutEffect(() => {
    const { current } = list;
    if (current === null) return;
    if (at === undefined) current.style.minHeight = '';
    height.current = Math.max(at === undefined ? 0 : height.current, current.offsetHeight);
    if (at !== undefined) current.style.minHeight = `${height.current}px`;
  }, [at]);
  return (
    <ul class="legend" ref={list}>
      <li class={total === 'sum' ? 'when whole' : 'when'}>
        {at === undefined ? (total === 'sum' ? 'In all' : '\u00a0') : bucketLabel(at)}
      </li>
      {series.map(({ label, color, values, isDashed }) => (
        <li key={label}>
          <i class={isDashed ? 'dashed' : ''} style={{ '--swatch': `var(${color})` }} />
          <Name text={label} isOneLine />{' '}
          <b>{pointed === null ? totalOf(values, total, format) : cell(values[pointed], format)}</b>
        </li>
      ))}
    </ul>
  );
}

function totalOf(
  values: readonly (number | null)[],
  total: TimeChartProps['total'],
  format: (value: number) => string,
): string {
  if (total === 'none') return '';
  if (total === 'last')
    return cell(
      values.findLast((value) => value !== null),
      format,
    );
  const sum = values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  // Nothing, and something that is not known, is not nothing.
  return cell(sum === 0 && values.includes(null) ? null : sum, format);
}

function spoken({ timesMs, series, format }: TimeChartProps, index: number): string {
  const figures = series.map(({ label, values }) => `${label} ${cell(values[index], format)}`);
  return `${bucketLabel(timesMs[index] ?? 0)}: ${figures.join(', ')}`;
}

/** Bars are stacked: each series is drawn with all that lie below it, the tallest first. */
function dataOf({ timesMs, series, kind }: TimeChartProps): uPlot.AlignedData {
  const times = timesMs.map((ms) => ms / 1000);
  if (kind === 'lines') return [times, ...series.map(({ values }) => [...values])];
  const below = new Array<number>(times.length).fill(0);
  const stacked = series.map(({ values }) =>
    values.map((value, index) => {
      below[index] = (below[index] ?? 0) + (value ?? 0);
      return below[index];
    }),
  );
  return [times, ...stacked.reverse()];
}

function optionsFor(
  element: HTMLElement,
  latest: { readonly current: TimeChartProps },
  height: number,
  onPoint: (index: number | null) => void,
): uPlot.Options {
  const { kind, series, bucketMs } = latest.current;
  const style = getComputedStyle(element);
  const color = (name: string): string => resolved(element, style.getPropertyValue(name).trim());
  const paths = uPlot.paths.bars?.({ size: [BAR_SHARE, BAR_PIXELS_MAX], radius: 0.12 });
  const ordered = kind === 'bars' ? [...series].reverse() : series;
  const colors = ordered.map((one) => color(one.color));
  const axis = { stroke: color('--quiet'), font: `11px ${style.fontFamily}`, ticks: { show: false } };
  const half = kind === 'bars' ? bucketMs / 2000 : 0;
  // All charts show what is dragged over; the one under the pointer tells of it.
  let isDragged = false;
  const zoom = (plot: uPlot, left: number, right: number): void => {
    const [fromMs = 0, toMs = 0] = [left, right].map((at) => Math.round(plot.posToVal(at, 'x') * 1000));
    latest.current.onZoom?.(fromMs, toMs);
  };
  return {
    width: element.clientWidth,
    height,
    // On the right, half a label of the time axis.
    padding: [8, 22, 0, 0],
    legend: { show: false },
    hooks: {
      ready: [
        (drawn) => {
          drawn.over.addEventListener('mousedown', () => (isDragged = true));
          if (latest.current.onZoom !== undefined)
            markByTouch(drawn, (left, right) => zoom(drawn, left, right));
        },
      ],
      drawSeries: [
        (drawn, index) => {
          if (kind === 'lines') drawJoins(drawn, index, colors[index - 1] ?? '');
        },
      ],
      setCursor: [(drawn) => onPoint(drawn.cursor.idx ?? null)],
      setSelect: [
        (drawn) => {
          const { left, width } = drawn.select;
          const isOwn = isDragged;
          isDragged = false;
          if (width < MARK_PIXELS_MIN) return;
          hideMark(drawn);
          if (isOwn) zoom(drawn, left, left + width);
        },
      ],
    },
    cursor: {
      y: false,
      points: { show: kind === 'lines', size: 6 },
      drag: { x: latest.current.onZoom !== undefined, y: false, setScale: false },
      sync: { key: SYNC_KEY },
    },
    scales: {
      // Half a bucket of room, so that the first and the last bar are whole.
      x: { range: (_plot, min, max) => [min - half, max + half] },
      y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 76,
        size: TIME_AXIS_PIXELS,
        values: (_plot, ticks, _axis, _space, stepS) => ticks.map((tick) => timeTick(tick * 1000, stepS)),
      },
      {
        ...axis,
        size: AXIS_PIXELS,
        grid: { stroke: color('--line'), width: 1 },
        // Of nothing at all there is no measure but zero.
        values: (drawn, ticks) =>
          isFlat(drawn)
            ? ticks.map((tick) => (tick === 0 ? (latest.current.ticks([0])[0] ?? '') : ''))
            : [...latest.current.ticks(ticks)],
      },
    ],
    series: [
      {},
      ...ordered.map((one, index) =>
        kind === 'bars'
          ? { fill: colors[index] ?? '', width: 0, points: { show: false }, ...(paths && { paths }) }
          : {
              stroke: colors[index] ?? '',
              width: 1.75,
              // One figure alone makes no line.
              points: {
                show: true,
                filter: (plot: uPlot, at: number) => loneIn(plot.data[at] ?? []),
                size: LONE_PIXELS,
                fill: colors[index] ?? '',
              },
              ...(one.isDashed && { dash: [5, 4] }),
            },
      ),
    ],
  };
}

const isFlat = ({ data }: uPlot): boolean =>
  data.slice(1).every((values) => Array.from(values).every((value) => !value));

/** A canvas knows neither `light-dark()` nor custom properties: the browser computes the colour. */
function resolved(element: HTMLElement, value: string): string {
  const probe = document.createElement('span');
  probe.style.color = value;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Changes when the page turns dark or light. */
function useScheme(): string {
  const read = (): string =>
    document.documentElement.dataset.theme ??
    (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  const [scheme, setScheme] = useState(read);
  useLayoutEffect(() => {
    const update = (): void => setScheme(read());
    const query = matchMedia('(prefers-color-scheme: dark)');
    query.addEventListener('change', update);
    const observer = new MutationObserver(update);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    return () => {
      query.removeEventListener('change', update);
      observer.disconnect();
    };
  }, []);
  return scheme;
}
