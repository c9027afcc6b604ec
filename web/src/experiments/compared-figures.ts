// The figures that an A/B test compares: what each is called, and how far B lies from A in it.

import type { ExperimentAnswer } from '../../../src/dashboard/contract.ts';
import { signedPercent } from '../format.ts';

type Comparisons = ExperimentAnswer['comparisons'];
export type FigureName = keyof Comparisons;

export interface ComparedFigure {
  readonly value: FigureName;
  readonly label: string;
  readonly words: string;
  readonly goodWhen: 'less' | 'more';
}

export const COMPARED_FIGURES: readonly ComparedFigure[] = [
  { value: 'cost', label: 'Cost', words: 'Cost of a request', goodWhen: 'less' },
  { value: 'latencyP50', label: 'p50', words: 'Latency, p50', goodWhen: 'less' },
  { value: 'latencyP95', label: 'p95', words: 'Latency, p95', goodWhen: 'less' },
  { value: 'tokens', label: 'Tokens', words: 'Tokens of a request', goodWhen: 'less' },
  { value: 'failures', label: 'Failures', words: 'Share of failures', goodWhen: 'less' },
  { value: 'rating', label: 'Rating', words: 'Rating', goodWhen: 'more' },
  { value: 'grade', label: 'Grade', words: 'Judge’s grade', goodWhen: 'more' },
];

/** Where B lies: −0.2 to −0.1 is 10 to 20 % less than A. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A rate is told in points, everything else as a share of A's figure. Null: not known yet. */
export function intervalOf(comparisons: Comparisons, figure: FigureName): Interval | null {
  const { ratio, difference } = comparisons[figure];
  if (figure === 'failures') return difference;
  return ratio === null ? null : { low: ratio.low - 1, high: ratio.high - 1 };
}

/** Whether it leaves "no difference" out, and if so whether that is good. */
export function toneOf({ low, high }: Interval, goodWhen: 'less' | 'more'): 'good' | 'bad' | '' {
  if (low <= 0 && high >= 0) return '';
  return high < 0 === (goodWhen === 'less') ? 'good' : 'bad';
}

/** `+12 %`, or `−1.4 points` of a rate. */
export function endWords(end: number, figure: FigureName): string {
  const words = signedPercent(end);
  return figure === 'failures' ? words.replace(' %', ' points') : words;
}

/** `B −12 % to −3 %`, or `between −6.3 and +1.2 points` where it holds no difference. */
export function intervalWords(interval: Interval, figure: FigureName): string {
  const high = endWords(interval.high, figure);
  const low = signedPercent(interval.low).replace(figure === 'failures' ? ' %' : '', '');
  return toneOf(interval, 'less') === '' ? `between ${low} and ${high}` : `B ${low} to ${high}`;
}

/** One far interval must not flatten all others. */
const REACH_MAX = 1.5;
/** What is drawn to the left and to the right of no difference. */
export function reachOf(intervals: readonly Interval[], least: number): number {
  const most = Math.max(least, ...intervals.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]));
  return Math.min(REACH_MAX, most);
}
