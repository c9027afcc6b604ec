// How a difference and its interval came to be: the interval draws together as requests come in, and is clear once it
// leaves "no difference" behind.

import { useEffect, useState } from 'preact/hooks';
import type { HistoryAnswer } from '../../../src/dashboard/contract.ts';
import { useAnswer } from '../data/use-answer.ts';
import { bucketLabel, count, signedPercent } from '../format.ts';
import { Segmented } from '../parts/controls.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Pending, Skeleton } from '../parts/states.tsx';
import {
  COMPARED_FIGURES,
  type ComparedFigure,
  endWords,
  type Interval,
  intervalOf,
  intervalWords,
  reachOf,
  toneOf,
} from './compared-figures.ts';

interface Found {
  readonly atMs: number;
  readonly requests: number;
  /** Null: not enough by then. */
  readonly interval: Interval | null;
}

const SKELETON_HEIGHT = 235;
const BAND_HEIGHT = 165;
const EVERY_MS = 60_000;
/** While more points are looked for. */
const SOON_MS = 1000;
const WIDTH = 600;
const HEIGHT = 140;
const REACH_MIN = 0.02;
const MARGIN = 1.15;
/** Of the height: two words closer than this would lie on each other. */
const LABEL_ROOM = 0.14;

export function IntervalHistory({ name, isRunning }: { readonly name: string; readonly isRunning: boolean }) {
  const [chosen, setChosen] = useState<ComparedFigure['value']>('cost');
  const [isWhole, setWhole] = useState(true);
  const answer = useAnswer<HistoryAnswer>(`/api/ab/history/${encodeURIComponent(name)}`, {
    everyMs: isWhole ? (isRunning ? EVERY_MS : null) : SOON_MS,
  });
  const isComplete = answer.value?.isWhole ?? true;
  useEffect(() => setWhole(isComplete), [isComplete]);
  const figure = COMPARED_FIGURES.find(({ value }) => value === chosen);
  if (answer.value === null || figure === undefined)
    return <Pending of={answer} what="What it had shown cannot be loaded" height={SKELETON_HEIGHT} />;
  const found = answer.value.points.map(({ atMs, requests, comparisons }) => ({
    ...{ atMs, requests },
    interval: intervalOf(comparisons, figure.value),
  }));
  return (
    <section class="history" aria-label="Over time">
      <div class="pairs-head">
        <h4>B against A, over time{!isWhole && <span class="quiet-line"> · looking further back</span>}</h4>
        <Segmented label="Figure" choices={COMPARED_FIGURES} value={chosen} onChoose={setChosen} />
      </div>
      <Band found={found} figure={figure} isWhole={isWhole} />
      <details class="more-fields">
        <summary>As a table</summary>
        <HistoryTable found={found} figure={figure} />
      </details>
    </section>
  );
}

interface FoundProps {
  readonly found: readonly Found[];
  readonly figure: ComparedFigure;
}

function HistoryTable({ found, figure }: FoundProps) {
  const end = (of: 'low' | 'high', { interval }: Found): string =>
    interval === null ? '–' : endWords(interval[of], figure.value);
  return (
    <PlainTable
      label={figure.words}
      rows={found}
      keyOf={({ atMs }) => atMs}
      columns={[
        { title: 'By', isName: true, cell: ({ atMs }) => bucketLabel(atMs) },
        { title: 'Requests', isNumber: true, cell: ({ requests }) => count(requests) },
        { title: 'At least', isNumber: true, cell: (row) => end('low', row) },
        { title: 'At most', isNumber: true, cell: (row) => end('high', row) },
      ]}
    />
  );
}

function Band({ found, figure, isWhole }: FoundProps & { readonly isWhole: boolean }) {
  const known = found.flatMap(({ atMs, interval }) => (interval === null ? [] : [{ atMs, ...interval }]));
  const [first, last] = [found[0], found.at(-1)];
  const [newest, before] = [known.at(-1), known.at(-2)];
  if (first === undefined || last === undefined || newest === undefined || before === undefined)
    return isWhole ? (
      <p class="quiet-line">Not enough yet to draw an interval.</p>
    ) : (
      <Skeleton height={BAND_HEIGHT} isExact />
    );
  const [bottom, top] = boundsOf(known);
  const lengthMs = Math.max(1, last.atMs - first.atMs);
  const x = (ms: number): number => ((ms - first.atMs) / lengthMs) * WIDTH;
  /** From the top, 0 to 1. */
  const place = (share: number): number => (top - Math.max(bottom, Math.min(top, share))) / (top - bottom);
  const y = (share: number): number => place(share) * HEIGHT;
  const line = (of: 'low' | 'high', points: readonly (typeof newest)[]): string =>
    points.map((point) => `${x(point.atMs).toFixed(1)},${y(point[of]).toFixed(1)}`).join(' ');
  const tone = toneOf(newest, figure.goodWhen);
  const sentence = `${figure.words}: ${sentenceOf(newest, figure)}`;
  return (
    <figure class="band">
      <div class="band-scale" aria-hidden="true">
        {place(0) > LABEL_ROOM && <span style={{ top: '0%' }}>{signedPercent(top)}</span>}
        <span style={{ top: `${100 * place(0)}%` }}>no difference</span>
        {place(0) < 1 - LABEL_ROOM && <span style={{ top: '100%' }}>{signedPercent(bottom)}</span>}
      </div>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={sentence}>
        <polygon
          class={`area ${tone}`}
          points={`${line('low', known)} ${line('high', known.toReversed())}`}
        />
        <polyline class={`edge ${tone}`} points={line('low', known)} />
        <polyline class={`edge ${tone}`} points={line('high', known)} />
        <line class="zero" x1="0" x2={WIDTH} y1={y(0)} y2={y(0)} />
      </svg>
      <figcaption>
        <span>{bucketLabel(first.atMs)}</span>
        <span class="band-words">{sentence}</span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}

function sentenceOf(newest: Interval, { value, goodWhen }: ComparedFigure): string {
  const isOpen = toneOf(newest, goodWhen) === '';
  return `${intervalWords(newest, value)} by now${isOpen ? ': no difference is shown' : ''}`;
}

/** What is drawn, no difference among it. */
function boundsOf(known: readonly Interval[]): readonly [number, number] {
  const below = known.map(({ low }) => ({ low: Math.min(0, low), high: 0 }));
  const above = known.map(({ high }) => ({ low: 0, high: Math.max(0, high) }));
  return [-MARGIN * reachOf(below, REACH_MIN), MARGIN * reachOf(above, REACH_MIN)];
}
