// The sums of an A/B test that are kept while its records come: of each unit that was drawn what it has had up to a
// moment, and of each variant the sums over its units, their squares among them. A unit that grows takes what it added
// before out of its variant's sums and adds what it has now, so that no report reads records.

import type { UnitSums, VariantFigures } from '../../core/experiment-figures.ts';
import type { Row } from '../rows/request-row.ts';
import { addSlots, addUnitSlots, latencySlotOf, type SlotSums } from './latency-slots.ts';

/** What people and judges gave an answer. */
export interface Opinion {
  readonly rating: number | null;
  readonly grade: number | null;
  readonly judge: string | null;
}
export const NO_OPINION: Opinion = { rating: null, grade: null, judge: null };

/** Of one unit, or of one record. */
export interface UnitState {
  /** In the order of `FIGURES`: how many requests have it, and their sum. */
  readonly counts: number[];
  readonly sums: number[];
  readonly latencies: Map<number, number>;
}

/** `answers` have a latency; the sum of `input` and `output` are tokens. */
const FIGURES = ['cost', 'failures', 'tokens', 'ratings', 'grades', 'answers', 'input', 'output'] as const;
type FigureName = (typeof FIGURES)[number];
const at = (name: FigureName): number => FIGURES.indexOf(name);

export const newUnit = (): UnitState => ({
  counts: FIGURES.map(() => 0),
  sums: FIGURES.map(() => 0),
  latencies: new Map(),
});

/** A record by itself. */
export function unitOfRecord(row: Row, { rating, grade }: Opinion): UnitState {
  const isAnswer = row.outcome === 'completed' || row.outcome === 'cached';
  const output = Number(row.output_tokens);
  const input =
    Number(row.input_tokens) +
    Number(row.cache_read_tokens) +
    Number(row.cache_write_5m_tokens) +
    Number(row.cache_write_1h_tokens);
  const values: Readonly<Record<FigureName, number | null>> = {
    cost: row.cost_nano_usd == null ? null : Number(row.cost_nano_usd),
    failures: isAnswer ? 0 : 1,
    tokens: input + output,
    ratings: rating,
    grades: grade,
    answers: isAnswer ? 0 : null,
    input,
    output,
  };
  return {
    counts: FIGURES.map((name) => Number(values[name] !== null)),
    sums: FIGURES.map((name) => values[name] ?? 0),
    latencies: new Map(isAnswer ? [[latencySlotOf(Number(row.latency_ms)), 1]] : []),
  };
}

export function addUnit(into: UnitState, added: UnitState, factor: 1 | -1): void {
  for (let index = 0; index < FIGURES.length; index += 1) {
    into.counts[index] = (into.counts[index] ?? 0) + factor * (added.counts[index] ?? 0);
    into.sums[index] = (into.sums[index] ?? 0) + factor * (added.sums[index] ?? 0);
  }
  for (const [slot, count] of added.latencies) {
    const sum = (into.latencies.get(slot) ?? 0) + factor * count;
    if (sum === 0) into.latencies.delete(slot);
    else into.latencies.set(slot, sum);
  }
}

export const copyOfUnit = ({ counts, sums, latencies }: UnitState): UnitState => ({
  counts: [...counts],
  sums: [...sums],
  latencies: new Map(latencies),
});

/** Sums over a variant's units, or what is added to them. */
export interface VariantSums {
  units: number;
  /** By figure, as `UnitSums` names them: units, sum, count, and sums of squares and products. */
  readonly figures: number[][];
  readonly latencies: Map<number, SlotSums>;
  readonly judges: Map<string, number>;
}

export const newVariant = (): VariantSums => ({
  units: 0,
  figures: FIGURES.map(() => [0, 0, 0, 0, 0, 0]),
  latencies: new Map(),
  judges: new Map(),
});

/** What one unit adds to its variant; `factor` times. */
export function addUnitTo(into: VariantSums, unit: UnitState, factor: 1 | -1): void {
  // Every request has its tokens.
  if ((unit.counts[at('tokens')] ?? 0) > 0) into.units += factor;
  for (const [index, figure] of into.figures.entries()) {
    const [count, sum] = [unit.counts[index] ?? 0, unit.sums[index] ?? 0];
    const added = [Number(count > 0), sum, count, sum * sum, count * count, sum * count];
    for (const [place, value] of added.entries()) figure[place] = (figure[place] ?? 0) + factor * value;
  }
  addUnitSlots(into.latencies, unit.latencies, factor);
}

export function addVariant(into: VariantSums, added: VariantSums): void {
  into.units += added.units;
  for (const [index, figure] of into.figures.entries())
    for (const [place, value] of figure.entries())
      figure[place] = value + (added.figures[index]?.[place] ?? 0);
  addSlots(into.latencies, added.latencies);
  for (const [judge, count] of added.judges) addJudge(into, judge, count);
}

export function addJudge({ judges }: VariantSums, judge: string, count: number): void {
  const sum = (judges.get(judge) ?? 0) + count;
  if (sum === 0) judges.delete(judge);
  else judges.set(judge, sum);
}

export function variantFiguresFrom(variant: string, { units, figures, judges }: VariantSums): VariantFigures {
  const of = (name: FigureName): UnitSums => {
    const [ofUnits = 0, sum = 0, count = 0, sumSquare = 0, countSquare = 0, product = 0] =
      figures[at(name)] ?? [];
    return { units: ofUnits, sum, count, sumSquare, countSquare, product };
  };
  const names = [...judges.keys()].sort();
  return {
    variant,
    units,
    requests: of('tokens').count,
    inputTokens: of('input').sum,
    outputTokens: of('output').sum,
    cost: of('cost'),
    failures: of('failures'),
    tokens: of('tokens'),
    ratings: of('ratings'),
    grades: of('grades'),
    judges: [...new Set([names[0], names.at(-1)])].filter((judge) => judge !== undefined),
    latencyCount: of('answers').count,
  };
}

/** Of those that have a latency. */
export function answersOf({ figures }: VariantSums): Pick<UnitSums, 'units' | 'count' | 'countSquare'> {
  const [units = 0, , count = 0, , countSquare = 0] = figures[at('answers')] ?? [];
  return { units, count, countSquare };
}

export function unitText({ counts, sums, latencies }: UnitState): string {
  return JSON.stringify([counts, sums, [...latencies].flat()]);
}

export function unitFrom(text: string): UnitState {
  const [counts, sums, flat] = JSON.parse(text) as [number[], number[], number[]];
  const latencies = new Map<number, number>();
  for (let index = 0; index < flat.length; index += 2)
    latencies.set(flat[index] as number, flat[index + 1] as number);
  return { counts, sums, latencies };
}

export function variantText({ units, figures, latencies, judges }: VariantSums): string {
  const slots = [...latencies].map(([slot, sums]) => [slot, ...sums]);
  return JSON.stringify([units, figures, slots, [...judges]]);
}

export function variantFrom(text: string): VariantSums {
  type Slot = readonly [slot: number, count: number, square: number, product: number];
  const [units, figures, slots, judges] = JSON.parse(text) as [
    number,
    number[][],
    Slot[],
    [string, number][],
  ];
  return {
    units,
    figures,
    latencies: new Map(slots.map(([slot, ...sums]) => [slot, sums])),
    judges: new Map(judges),
  };
}
