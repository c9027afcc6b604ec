// What a report shows, in plain sentences. Percentages are of A's figure; those in brackets bound them.

import { counted } from '../core/counted.ts';
import { type Comparison, UNITS_MIN } from './comparison.ts';
import { COMPARED, type Compared, type ExperimentReport } from './experiment-report.ts';
import type { Interval } from './mean-sequence.ts';
import type { Outlook } from './outlook.ts';

interface Words {
  /** What B is where its figure is lower, and where it is higher. */
  readonly lower: string;
  readonly higher: string;
  readonly what: string;
}

const WORDS: Readonly<Record<Compared, Words>> = {
  cost: { lower: 'B is {} cheaper', higher: 'B is {} dearer', what: 'cost per request' },
  failures: { lower: 'B fails less often, by {}', higher: 'B fails more often, by {}', what: 'failures' },
  latencyP50: { lower: 'B is {} faster at p50', higher: 'B is {} slower at p50', what: 'p50 latency' },
  latencyP95: { lower: 'B is {} faster at p95', higher: 'B is {} slower at p95', what: 'p95 latency' },
  tokens: { lower: 'B uses {} fewer tokens', higher: 'B uses {} more tokens', what: 'tokens per request' },
  rating: { lower: 'B is rated {} lower', higher: 'B is rated {} higher', what: 'rating' },
  grade: {
    lower: 'The judge gives B {} less',
    higher: 'The judge gives B {} more',
    what: 'grades by the judge',
  },
};

const COUNTED: Readonly<Partial<Record<Compared, string>>> = { rating: 'rated ', grade: 'graded ' };

/** Where a figure of both variants is not there by itself. */
const HOW_TO_GET: Readonly<Partial<Record<Compared, string>>> = {
  rating: 'No rating for both variants yet: "tokenwatch ab feedback REQUEST --rating 1..5" gives one.',
  grade:
    'No judge has graded both variants yet: "tokenwatch ab judge NAME --judge openai:MODEL" lets a model do so.',
};

export function verdict(report: ExperimentReport, minSamples: number): readonly string[] {
  const unit = unitWord(report);
  const warning = sampleRatioWarning(report, unit);
  const lines = warning === null ? [] : [warning];
  if (!report.enough) {
    const had = ['a', 'b'].map((name) => report.variants.find(({ variant }) => variant === name));
    const counts = had.map(
      (one) =>
        `${counted(one?.units ?? 0, unit.replace(/s$/, ''), unit)} with ${counted(one?.requests ?? 0, 'request')}`,
    );
    return [
      ...lines,
      `Too early to conclude: A has ${counts[0]}, B ${counts[1]}; each needs ${UNITS_MIN} ${unit} and ${minSamples} requests.`,
    ];
  }
  for (const figure of COMPARED) lines.push(sentence(figure, report.comparisons[figure], report, unit));
  const unpriced = report.variants.reduce((sum, { unpricedRequests }) => sum + unpricedRequests, 0);
  if (unpriced > 0)
    lines.push(`Not in the figures of cost: ${counted(unpriced, 'request')} of unknown cost.`);
  const judges = new Set(report.variants.flatMap((variant) => variant.judges));
  if (judges.size > 1)
    lines.push(
      `The grades are of several judges (${[...judges].sort().join(', ')}), who may measure differently: let one grade them all.`,
    );
  return lines;
}

function unitWord({ unit }: ExperimentReport): string {
  return unit === 'app' ? 'applications' : `${unit}s`;
}

function sampleRatioWarning(report: ExperimentReport, unit: string): string | null {
  const { isWrong, expectedShareOfB, shareOfB } = report.sampleRatio;
  if (!isWrong || shareOfB === null) return null;
  return `Do not trust this test: B got ${percent(shareOfB)} of the ${unit}, not ${percent(expectedShareOfB)}. Something is lost, or repeated, before it is counted.`;
}

function sentence(
  figure: Compared,
  comparison: Comparison,
  { marginPercent }: ExperimentReport,
  unit: string,
): string {
  const { what, lower, higher } = WORDS[figure];
  const { finding, difference, moreUnits } = comparison;
  if (finding === 'too_early' || difference === null)
    return (
      (comparison.a === null || comparison.b === null ? HOW_TO_GET[figure] : undefined) ??
      `Not enough yet to compare the ${what}.`
    );
  if (finding === 'same')
    return `The same ${what}, within ±${marginPercent} ${figure === 'failures' ? 'points' : '%'}.`;
  if (finding === 'different') {
    const isLower = difference.high < 0;
    const [size, bounded] = amount(figure, comparison, difference, isLower);
    return `${(isLower ? lower : higher).replace('{}', size)} (${bounded}).`;
  }
  const counted = `${COUNTED[figure] ?? ''}${unit}`;
  const more =
    moreUnits === null ? '' : `; ${outlookWords(moreUnits)} more ${counted} to tell one as large as seen`;
  return `No difference in ${what} shown (${span(figure, comparison, difference)})${more}.`;
}

function outlookWords({ low, high }: Outlook): string {
  const least = low.toLocaleString('en-US');
  if (high === null) return `at least ${least}`;
  return high === low ? `about ${least}` : `about ${least} to ${high.toLocaleString('en-US')}`;
}

/** `38 %` and `31–45`, or `2.1 points` and `0.9–3.3`: how much, without its sign, and what bounds it. */
function amount(
  figure: Compared,
  { a, b, ratio }: Comparison,
  difference: Interval,
  isLower: boolean,
): readonly [string, string] {
  const sign = isLower ? -1 : 1;
  if (ratio !== null && a !== null && b !== null && a > 0 && isRelative(figure)) {
    const [value, low, high] = [b / a, ratio.low, ratio.high].map((one) => 100 * sign * (one - 1));
    return [`${round(value ?? 0)} %`, bounds(low ?? 0, high ?? 0)];
  }
  const scale = (value: number): number => inUnit(figure, sign * value);
  const size = `${round(scale((b ?? 0) - (a ?? 0)))}${unitOf(figure)}`;
  return [size, bounds(scale(difference.low), scale(difference.high))];
}

/** Where B may lie against A. */
function span(figure: Compared, { ratio }: Comparison, difference: Interval): string {
  if (ratio !== null && isRelative(figure))
    return `B lies between ${signed(100 * (ratio.low - 1))} % and ${signed(100 * (ratio.high - 1))} % of A`;
  const [low, high] = [inUnit(figure, difference.low), inUnit(figure, difference.high)];
  return `B lies between ${signed(low)} and ${signed(high)}${unitOf(figure)} of A`;
}

const isRelative = (figure: Compared): boolean =>
  figure !== 'failures' && figure !== 'rating' && figure !== 'grade';

function inUnit(figure: Compared, value: number): number {
  if (figure === 'failures') return 100 * value;
  return figure === 'cost' ? value / 1e9 : value;
}

function unitOf(figure: Compared): string {
  if (figure === 'failures') return ' points';
  if (figure === 'cost') return ' dollars';
  if (figure === 'rating' || figure === 'grade') return '';
  return figure === 'tokens' ? ' tokens' : ' ms';
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Two digits, or whole numbers from 10 on. */
const round = (value: number): string => {
  const rounded = Math.abs(value) >= 10 ? Math.round(value) : Number(value.toPrecision(2));
  return rounded.toLocaleString('en-US', { maximumFractionDigits: 6 });
};
const signed = (value: number): string => `${value >= 0 ? '+' : '−'}${round(Math.abs(value))}`;

function bounds(one: number, other: number): string {
  return `${round(Math.min(one, other))}–${round(Math.max(one, other))}`;
}
