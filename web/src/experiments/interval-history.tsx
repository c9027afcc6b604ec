// How a difference and its interval came to be: the interval draws together as requests come in, and is clear once it
// leaves "no difference" behind.

import { useEffect, useState } from 'preact/hooks';
import type { HistoryAnswer } from '../../../src/dashboard/contract.ts';
import { useAnswer } from '../data/use-answer.ts';
import { bucketLabel, count, percent } from '../format.ts';
import { Segmented } from '../parts/controls.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Skeleton } from '../parts/states.tsx';

type Point = HistoryAnswer['points'][number];
type FigureName = keyof Point['comparisons'];

interface Found {
  readonly atMs: number;
  readonly requests: number;
  /** Null: not enough by then. */
  readonly low: number | null;
  readonly high: number | null;
}

const FIGURES = [
  { value: 'cost', label: 'Cost' },
  { value: 'latencyP50', label: 'p50' },
  { value: 'latencyP95', label: 'p95' },
  { value: 'tokens', label: 'Tokens' },
  { value: 'failures', label: 'Failures' },
  { value: 'rating', label: 'Rating' },
  { value: 'grade', label: 'Grade' },
] as const;
const WORDS: Readonly<Record<FigureName, string>> = {
  cost: 'Cost of a request',
  latencyP50: 'Latency, p50',
  latencyP95: 'Latency, p95',
  tokens: 'Tokens of a request',
  failures: 'Share of failures, in points',
  rating: 'Rating',
  grade: 'Judge’s grade',
};

const SKELETON_HEIGHT = 190;
const EVERY_MS = 60_000;
/** While more points are looked for. */
const SOON_MS = 1000;
const WIDTH = 600;
const HEIGHT = 140;
const REACH_MIN = 0.02;
/** One far interval of the first hours must not flatten all that follow. */
const REACH_MAX = 1.5;
const MARGIN = 1.15;
/** Of the height: two words closer than this would lie on each other. */
const LABEL_ROOM = 0.14;

export function IntervalHistory({ name, isRunning }: { readonly name: string; readonly isRunning: boolean }) {
  const [figure, setFigure] = useState<FigureName>('cost');
  const [isWhole, setWhole] = useState(true);
  const answer = useAnswer<HistoryAnswer>(`/api/ab/history/${encodeURIComponent(name)}`, {
    everyMs: isWhole ? (isRunning ? EVERY_MS : null) : SOON_MS,
  });
  const isComplete = answer.value?.isWhole ?? true;
  useEffect(() => setWhole(isComplete), [isComplete]);
  if (answer.fault !== null) return <p class="quiet-line">{answer.fault}</p>;
  if (answer.value === null) return <Skeleton height={SKELETON_HEIGHT} />;
  const found = answer.value.points.map((point) => foundOf(point, figure));
  return (
    <section class="history" aria-label="Over time">
      <div class="pairs-head">
        <h4>B against A, over time{!isWhole && <span class="quiet-line"> · looking further back</span>}</h4>
        <Segmented label="Figure" choices={FIGURES} value={figure} onChoose={setFigure} />
      </div>
      <Band
        found={found}
        what={WORDS[figure]}
        goodWhen={figure === 'rating' || figure === 'grade' ? 'more' : 'less'}
      />
      <details class="more-fields">
        <summary>As a table</summary>
        <PlainTable
          label={WORDS[figure]}
          rows={found}
          keyOf={({ atMs }) => atMs}
          columns={[
            { title: 'By', isName: true, cell: ({ atMs }) => bucketLabel(atMs) },
            { title: 'Requests', isNumber: true, cell: ({ requests }) => count(requests) },
            { title: 'At least', isNumber: true, cell: ({ low }) => (low === null ? '–' : signed(low)) },
            { title: 'At most', isNumber: true, cell: ({ high }) => (high === null ? '–' : signed(high)) },
          ]}
        />
      </details>
    </section>
  );
}

/** A rate is told in points, everything else as a share of A's figure. */
function foundOf({ atMs, requests, comparisons }: Point, figure: FigureName): Found {
  const { ratio, difference } = comparisons[figure];
  if (figure === 'failures')
    return { atMs, requests, low: difference?.low ?? null, high: difference?.high ?? null };
  return {
    atMs,
    requests,
    low: ratio === null ? null : ratio.low - 1,
    high: ratio === null ? null : ratio.high - 1,
  };
}

function Band(props: {
  readonly found: readonly Found[];
  readonly what: string;
  readonly goodWhen: 'less' | 'more';
}) {
  const { found, what, goodWhen } = props;
  const known = found.flatMap(({ atMs, low, high }) =>
    low === null || high === null ? [] : [{ atMs, low, high }],
  );
  const [first, last] = [found[0], found.at(-1)];
  const [newest, before] = [known.at(-1), known.at(-2)];
  if (first === undefined || last === undefined || newest === undefined || before === undefined)
    return <p class="quiet-line">Not enough yet to draw an interval.</p>;
  const [bottom, top] = boundsOf(known);
  const lengthMs = Math.max(1, last.atMs - first.atMs);
  const x = (ms: number): number => ((ms - first.atMs) / lengthMs) * WIDTH;
  /** From the top, 0 to 1. */
  const place = (share: number): number => (top - Math.max(bottom, Math.min(top, share))) / (top - bottom);
  const y = (share: number): number => place(share) * HEIGHT;
  const line = (of: 'low' | 'high', points: readonly (typeof newest)[]): string =>
    points.map((point) => `${x(point.atMs).toFixed(1)},${y(point[of]).toFixed(1)}`).join(' ');
  const isClear = newest.low > 0 || newest.high < 0;
  const isGood = goodWhen === 'less' ? newest.high < 0 : newest.low > 0;
  const tone = isClear ? (isGood ? 'good' : 'bad') : '';
  const sentence = isClear
    ? `B ${signed(newest.low)} to ${signed(newest.high)} by now`
    : `between ${signed(newest.low)} and ${signed(newest.high)} by now: no difference is shown`;
  return (
    <figure class="band">
      <div class="band-scale" aria-hidden="true">
        {place(0) > LABEL_ROOM && <span style={{ top: '0%' }}>{signed(top)}</span>}
        <span style={{ top: `${100 * place(0)}%` }}>no difference</span>
        {place(0) < 1 - LABEL_ROOM && <span style={{ top: '100%' }}>{signed(bottom)}</span>}
      </div>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${what}: ${sentence}`}
      >
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
        <span class="band-words">
          {what}: {sentence}
        </span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}

/** What is drawn, no difference among it. */
function boundsOf(
  known: readonly { readonly low: number; readonly high: number }[],
): readonly [number, number] {
  const least = Math.min(-REACH_MIN, ...known.map(({ low }) => low));
  const most = Math.max(REACH_MIN, ...known.map(({ high }) => high));
  return [MARGIN * Math.max(-REACH_MAX, least), MARGIN * Math.min(REACH_MAX, most)];
}

const signed = (share: number): string =>
  share === 0 ? '0 %' : `${share > 0 ? '+' : '−'}${percent(Math.abs(share))}`;
