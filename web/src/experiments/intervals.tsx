// How far B lies from A in each figure, with its interval: all on one scale, so that a bar that is twice as long says
// twice as much.

import type { ExperimentAnswer } from '../../../src/dashboard/contract.ts';
import { signedPercent } from '../format.ts';
import {
  COMPARED_FIGURES,
  type ComparedFigure,
  type Interval,
  intervalOf,
  intervalWords,
  reachOf,
  toneOf,
} from './compared-figures.ts';

const WIDTH = 200;
const HEIGHT = 24;
const MIDDLE = HEIGHT / 2;
const REACH_MIN = 0.05;
const ROOM = 1.1;
/** Of what lies beyond the scale as a whole, so that it is seen. */
const STUB = 3;

/** Figures without an interval are left out: the verdict says which, and why. */
export function Intervals({ comparisons }: { readonly comparisons: ExperimentAnswer['comparisons'] }) {
  const known = COMPARED_FIGURES.flatMap((figure) => {
    const interval = intervalOf(comparisons, figure.value);
    return interval === null ? [] : [{ figure, interval }];
  });
  if (known.length === 0) return null;
  const reach =
    ROOM *
    reachOf(
      known.map(({ interval }) => interval),
      REACH_MIN,
    );
  return (
    <section class="intervals" aria-label="B against A">
      {known.map((one) => (
        <IntervalRow key={one.figure.value} reach={reach} {...one} />
      ))}
      <div class="interval scale" aria-hidden="true">
        <span />
        <p>
          <span>{signedPercent(-reach)}</span>
          <span>no difference</span>
          <span>{signedPercent(reach)}</span>
        </p>
      </div>
    </section>
  );
}

function IntervalRow(props: {
  readonly figure: ComparedFigure;
  readonly interval: Interval;
  readonly reach: number;
}) {
  const { figure, interval, reach } = props;
  const tone = toneOf(interval, figure.goodWhen);
  const words = `${intervalWords(interval, figure.value)}${tone === '' ? ': none shown' : ''}`;
  const x = (value: number): number => (WIDTH / 2) * (1 + Math.max(-reach, Math.min(reach, value)) / reach);
  const [from, to] = [Math.min(x(interval.low), WIDTH - STUB), Math.max(x(interval.high), STUB)];
  return (
    <div class="interval">
      <span>{figure.words}</span>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${figure.words}: ${words}`}
      >
        <line class="zero" x1={WIDTH / 2} x2={WIDTH / 2} y1="0" y2={HEIGHT} />
        <line class={`range ${tone}`} x1={from} x2={to} y1={MIDDLE} y2={MIDDLE} />
      </svg>
      <span class="quiet-line">{words}</span>
    </div>
  );
}
