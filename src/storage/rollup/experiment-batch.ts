// Adds records to the sums of their A/B tests, whatever the database: it asks, and whoever runs it answers, at once or
// later. Sums are kept for the moments at which a test is looked at; each row holds all that began before its moment,
// so that a report reads one row of each variant. A record that comes late changes every row behind it.

import { hash } from 'node:crypto';
import type { DrawnUnit } from '../../core/experiment-figures.ts';
import { momentBehind } from '../../core/experiment-moments.ts';
import type { RatedRequest } from '../../core/feedback.ts';
import type { Row } from '../rows/request-row.ts';
import {
  addJudge,
  addUnit,
  addUnitTo,
  addVariant,
  copyOfUnit,
  NO_OPINION,
  newUnit,
  newVariant,
  type Opinion,
  type UnitState,
  unitFrom,
  unitOfRecord,
  unitText,
  type VariantSums,
  variantFrom,
  variantText,
} from './experiment-sums.ts';

/**
 * Where a variant's sums over its units are, among the rows of the units: behind this sign, which no hash begins with.
 */
export const ALL_UNITS = '-';
/** Of a test that is not summed up: of so many records it would hold up the loader. */
const NOT_SUMMED = 'none';
/** A test whose records came before its sums is summed up when the next one comes, unless it has more. */
const RECORDS_MAX = 20_000;
const UNIT_CHARACTERS = 32;

/** Sums of a unit or a variant up to a moment. */
export interface SumsRow {
  readonly experiment: string;
  readonly variant: string;
  /** `ALL_UNITS` and the variant, or a unit of the variant by its hash. */
  readonly unit: string;
  readonly untilMs: number;
  readonly sums: string;
  /** Not in the database yet. */
  readonly isNew: boolean;
}

/** Rows of a place from the newest one at a moment on. */
export interface SumsPlace {
  readonly experiment: string;
  readonly unit: string;
  readonly fromMs: number;
}

export type SumsQuestion =
  /** `name`, `created_at_ms` and `definition` of these tests, with `since_ms` and `unit` of their sums, or null. */
  | { readonly ask: 'tests'; readonly experiments: readonly string[] }
  /** `request_id`, `rating`, `grade` and `judge`. */
  | { readonly ask: 'opinions'; readonly ids: readonly string[] }
  /** A test's sums begin anew. */
  | { readonly ask: 'begin'; readonly experiment: string; readonly sinceMs: number; readonly unit: string }
  /** Records that have ended, with their opinions. */
  | { readonly ask: 'records'; readonly experiment: string; readonly sinceMs: number; readonly limit: number }
  /** Columns as in `SumsRow`. */
  | { readonly ask: 'sums'; readonly places: readonly SumsPlace[] }
  | { readonly ask: 'put'; readonly rows: readonly SumsRow[] };

export type SumsTask = Generator<SumsQuestion, void, readonly Row[]>;

/** What becomes of a record in its test's sums; null: it is not in them. */
interface SumsChange {
  readonly row: Row;
  readonly before: Opinion | null;
  readonly after: Opinion | null;
}

interface Test {
  readonly sinceMs: number;
  readonly unit: DrawnUnit;
}

/** `count` is 1 for a record that has ended, -1 for what it was before. */
export function* takeTested(records: readonly { readonly row: Row; readonly count: 1 | -1 }[]): SumsTask {
  const tests = yield* testsOf(records.map(({ row }) => row));
  const some = records.filter(({ row }) => isOf(tests, row));
  if (some.length === 0) return;
  const given = yield { ask: 'opinions', ids: [...new Set(some.map(({ row }) => String(row.id)))] };
  const opinions = new Map(given.map((row) => [String(row.request_id), opinionIn(row)]));
  const changes = some.map(({ row, count }): SumsChange => {
    const opinion = opinions.get(String(row.id)) ?? NO_OPINION;
    return count === 1 ? { row, before: null, after: opinion } : { row, before: opinion, after: null };
  });
  yield* addChanges(tests, changes);
}

/** An answer was rated or graded, or is again; `row` has what was thought of it before. */
export function* takeOpinion(row: Row, given: Partial<Opinion>): SumsTask {
  if (row.outcome === 'in_flight') return;
  const tests = yield* testsOf([row]);
  const before = opinionIn(row);
  if (isOf(tests, row)) yield* addChanges(tests, [{ row, before, after: { ...before, ...given } }]);
}

export function ratedRequestOf({ id, experiment, variant }: Row): RatedRequest {
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return { id: String(id), experiment: text(experiment), variant: text(variant) };
}

/** Everything that is on record of one test, in the order of time, some at a time. */
export function* takeRecords(experiment: string, test: Test, rows: readonly Row[]): SumsTask {
  const changes = rows.map((row) => ({ row, before: null, after: opinionIn(row) }));
  yield* addChanges(new Map([[experiment, test]]), changes);
}

function opinionIn({ rating, grade, judge }: Row): Opinion {
  return {
    rating: rating == null ? null : Number(rating),
    grade: grade == null ? null : Number(grade),
    judge: typeof judge === 'string' ? judge : null,
  };
}

/** What is drawn for a variant by a test's definition, as the database gives it. */
export function drawnUnit(definition: unknown): DrawnUnit {
  const { sticky } = (typeof definition === 'string' ? JSON.parse(definition) : definition) as {
    sticky: DrawnUnit;
  };
  return sticky;
}

/**
 * Those whose sums go on. One that has none yet is summed up from the records there are, these among them; one that is
 * of another test of its name begins anew.
 */
function* testsOf(rows: readonly Row[]): Generator<SumsQuestion, ReadonlyMap<string, Test>, readonly Row[]> {
  const experiments = [...new Set(rows.flatMap(({ experiment }) => experiment ?? []).map(String))];
  const going = new Map<string, Test>();
  if (experiments.length === 0) return going;
  const known = yield { ask: 'tests', experiments };
  for (const { name, created_at_ms, definition, since_ms, unit } of known) {
    const experiment = String(name);
    const test = { sinceMs: Number(created_at_ms), unit: drawnUnit(definition) };
    const isSame = since_ms != null && Number(since_ms) === test.sinceMs;
    if (isSame && unit === test.unit) going.set(experiment, test);
    else if (!isSame || unit !== NOT_SUMMED) yield* begin(experiment, test);
  }
  return going;
}

function* begin(experiment: string, { sinceMs, unit }: Test): SumsTask {
  const records = yield { ask: 'records', experiment, sinceMs, limit: RECORDS_MAX + 1 };
  const isTooMuch = records.length > RECORDS_MAX;
  yield { ask: 'begin', experiment, sinceMs, unit: isTooMuch ? NOT_SUMMED : unit };
  if (!isTooMuch) yield* takeRecords(experiment, { sinceMs, unit }, records);
}

function isOf(tests: ReadonlyMap<string, Test>, { experiment, variant, started_at_ms }: Row): boolean {
  const test = typeof experiment === 'string' ? tests.get(experiment) : undefined;
  return test !== undefined && typeof variant === 'string' && Number(started_at_ms) >= test.sinceMs;
}

/** What a batch adds to one variant, by the moment from which on it counts. */
class VariantChanges {
  readonly experiment: string;
  readonly variant: string;
  readonly units = new Map<string, Map<number, UnitState>>();
  readonly added = new Map<number, VariantSums>();

  constructor(experiment: string, variant: string) {
    this.experiment = experiment;
    this.variant = variant;
  }

  get fromMs(): number {
    return Math.min(...this.added.keys());
  }

  at(untilMs: number): VariantSums {
    const known = this.added.get(untilMs);
    if (known !== undefined) return known;
    const sums = newVariant();
    this.added.set(untilMs, sums);
    return sums;
  }

  take({ row, before, after }: SumsChange, { sinceMs, unit }: Test): void {
    const untilMs = momentBehind(sinceMs, Number(row.started_at_ms));
    const sums = this.at(untilMs);
    if (before?.judge != null) addJudge(sums, before.judge, -1);
    if (after?.judge != null) addJudge(sums, after.judge, 1);
    const name = unitNameOf(row, unit);
    if (name === null) {
      // It is a unit by itself.
      if (before !== null) addUnitTo(sums, unitOfRecord(row, before), -1);
      if (after !== null) addUnitTo(sums, unitOfRecord(row, after), 1);
      return;
    }
    const id = hash('sha256', JSON.stringify([this.variant, name])).slice(0, UNIT_CHARACTERS);
    const moments = this.units.get(id) ?? new Map<number, UnitState>();
    this.units.set(id, moments);
    const state = moments.get(untilMs) ?? newUnit();
    moments.set(untilMs, state);
    if (before !== null) addUnit(state, unitOfRecord(row, before), -1);
    if (after !== null) addUnit(state, unitOfRecord(row, after), 1);
  }
}

function unitNameOf({ session, app }: Row, unit: DrawnUnit): string | null {
  if (unit === 'app') return String(app);
  return unit === 'session' && typeof session === 'string' ? session : null;
}

function* addChanges(tests: ReadonlyMap<string, Test>, changes: readonly SumsChange[]): SumsTask {
  const variants = new Map<string, VariantChanges>();
  for (const change of changes) {
    const { experiment, variant } = change.row;
    const test = tests.get(String(experiment));
    if (test === undefined || !isOf(tests, change.row)) continue;
    const id = JSON.stringify([experiment, variant]);
    const known = variants.get(id) ?? new VariantChanges(String(experiment), String(variant));
    variants.set(id, known);
    known.take(change, test);
  }
  if (variants.size === 0) return;
  const places = [...variants.values()].flatMap(placesOf);
  const rows = Map.groupBy(yield { ask: 'sums', places }, placeId);
  yield { ask: 'put', rows: [...variants.values()].flatMap((one) => summedUp(one, rows)) };
}

function placesOf({ experiment, variant, units, fromMs }: VariantChanges): readonly SumsPlace[] {
  const ofUnits = [...units].map(([unit, moments]) => ({ unit, fromMs: Math.min(...moments.keys()) }));
  const ofAll = { unit: `${ALL_UNITS}${variant}`, fromMs };
  return [ofAll, ...ofUnits].map((place) => ({ experiment, ...place }));
}

const placeId = (row: { readonly experiment?: unknown; readonly unit?: unknown }): string =>
  JSON.stringify([row.experiment, row.unit]);

/** The rows that a batch changes. */
function summedUp(changes: VariantChanges, known: ReadonlyMap<string, readonly Row[]>): readonly SumsRow[] {
  const { experiment, variant } = changes;
  const kept = <T>(unit: string, from: (text: string) => T): Kept<T> =>
    new Kept(
      (known.get(placeId({ experiment, unit })) ?? []).map((row) => [
        Number(row.until_ms),
        from(String(row.sums)),
      ]),
    );
  const fromMs = changes.fromMs;
  const rows: SumsRow[] = [];
  for (const [unit, moments] of changes.units) {
    const states = kept(unit, unitFrom);
    for (const untilMs of moments.keys()) states.make(untilMs, copyOfUnit, newUnit);
    addMoments(changes, states, moments);
    rows.push(...states.rows({ experiment, variant, unit }, Math.min(...moments.keys()), unitText));
  }
  const all = `${ALL_UNITS}${variant}`;
  const sums = kept(all, variantFrom);
  const copy = (one: VariantSums): VariantSums => {
    const made = newVariant();
    addVariant(made, one);
    return made;
  };
  for (const untilMs of changes.added.keys()) sums.make(untilMs, copy, newVariant);
  const running = newVariant();
  for (const [untilMs, one] of sums.from(fromMs)) {
    const added = changes.added.get(untilMs);
    if (added !== undefined) addVariant(running, added);
    addVariant(one, running);
  }
  return [...rows, ...sums.rows({ experiment, variant, unit: all }, fromMs, variantText)];
}

/** A unit's growth, and what that adds to its variant from each of its moments on, beyond the moment before. */
function addMoments(
  changes: VariantChanges,
  states: Kept<UnitState>,
  moments: ReadonlyMap<number, UnitState>,
): void {
  const grown = newUnit();
  let before = newVariant();
  for (const [untilMs, state] of states.from(Math.min(...moments.keys()))) {
    const more = moments.get(untilMs);
    if (more !== undefined) addUnit(grown, more, 1);
    const growth = newVariant();
    addUnitTo(growth, state, -1);
    addUnit(state, grown, 1);
    addUnitTo(growth, state, 1);
    const here = changes.at(untilMs);
    addVariant(here, growth);
    addVariant(here, negative(before));
    before = growth;
  }
}

function negative(sums: VariantSums): VariantSums {
  return {
    units: -sums.units,
    figures: sums.figures.map((figure) => figure.map((value) => -value)),
    latencies: new Map(
      [...sums.latencies].map(([slot, [count, square, product]]) => [slot, [-count, -square, -product]]),
    ),
    judges: new Map([...sums.judges].map(([judge, count]) => [judge, -count])),
  };
}

/** What is kept of one place by its moments, oldest first. */
class Kept<T> {
  readonly #known: ReadonlySet<number>;
  #moments: (readonly [number, T])[];

  constructor(moments: readonly (readonly [number, T])[]) {
    this.#moments = moments.toSorted(([one], [other]) => one - other);
    this.#known = new Set(moments.map(([untilMs]) => untilMs));
  }

  /** A moment's row begins with what the one before it has. */
  make(untilMs: number, copy: (one: T) => T, create: () => T): void {
    if (this.#moments.some(([known]) => known === untilMs)) return;
    const before = this.#moments.findLast(([known]) => known < untilMs);
    this.#moments.push([untilMs, before === undefined ? create() : copy(before[1])]);
    this.#moments.sort(([one], [other]) => one - other);
  }

  from(fromMs: number): readonly (readonly [number, T])[] {
    return this.#moments.filter(([untilMs]) => untilMs >= fromMs);
  }

  rows(
    place: Omit<SumsRow, 'untilMs' | 'sums' | 'isNew'>,
    fromMs: number,
    text: (one: T) => string,
  ): SumsRow[] {
    return this.from(fromMs).map(([untilMs, one]) => ({
      ...place,
      untilMs,
      sums: text(one),
      isNew: !this.#known.has(untilMs),
    }));
  }
}
