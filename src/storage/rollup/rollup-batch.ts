// Sums up records as they are taken in: one batch, then one addition to the store for each grain and key, however
// many records it held. What runs is in no roll-up; a record that ends late first takes back what it was.

import type { Row } from '../rows/request-row.ts';
import { GRAINS_MS, KEYED_GRAINS_MS, SESSION_GRAINS_MS, SIX_HOURS_MS } from './grains.ts';
import { addTo, slotOf } from './histogram.ts';

/** What reports can be narrowed and grouped by. */
export const KEY_COLUMNS = [
  'protocol',
  'app',
  'tag',
  'model_requested',
  'model_sent',
  'model_used',
  'upstream',
  'upstream_name',
  'outcome',
  'routing_rule',
  'cache_use',
  'access_key',
] as const;

export const SUM_COLUMNS = [
  'requests',
  'failed',
  'unpriced',
  'estimated',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_nano_usd',
  'saved_nano_usd',
] as const;

/**
 * The most that a record of a roll-up has of what lists are sorted by. An end that is taken back leaves it as it was:
 * no record has more.
 */
export const PEAK_COLUMNS = ['peak_cost_nano_usd', 'peak_latency_ms', 'peak_output_tokens'] as const;
/** Of roll-ups from before there were peaks: their records may have anything. */
export const PEAK_UNKNOWN = Number.MAX_SAFE_INTEGER;
/** What an unknown cost counts as in a list that is sorted by cost. */
const NO_PEAK = -1;

/** What is asked for most, summed up by itself; a null value is the empty text. */
export const DIMENSIONS = ['model', 'app', 'tag', 'upstream', 'outcome', 'protocol', 'rule', 'key'] as const;
export type RollupDimension = (typeof DIMENSIONS)[number];

/**
 * `total` is over all; `dimension` by one value; `keyed` by every column of a key; `session` by session, and
 * `session_keyed` by session and key.
 */
export type RollupKind = 'total' | 'dimension' | 'keyed' | 'session' | 'session_keyed';
export const KINDS_WITH_PEAKS: ReadonlySet<RollupKind> = new Set(['total', 'dimension', 'keyed']);

export interface Rollup {
  readonly kind: RollupKind;
  readonly grainMs: number;
  readonly bucketMs: number;
  /** What tells it from others of its kind and time: a dimension and its value; a key; a session; both. */
  readonly place: readonly string[];
  /** In the order of `SUM_COLUMNS`. */
  readonly sums: number[];
  /** In the order of `PEAK_COLUMNS`. */
  readonly peaks: number[];
  readonly latency: Map<number, number>;
  readonly firstByte: Map<number, number>;
}

/** All of a session, however long ago: where it lies, and its sums. */
export interface SessionLife {
  /** The empty text for the requests without one. */
  readonly session: string;
  /** No request of it began before or after. */
  firstMs: number;
  lastMs: number;
  readonly sums: number[];
}

/** What tells a key from all others. */
export const keyTextOf = (row: Row): string =>
  JSON.stringify(KEY_COLUMNS.map((column) => row[column] ?? null));

const NO_FAILURE: ReadonlySet<unknown> = new Set(['completed', 'cached', 'in_flight']);
const MINUTE_MS = GRAINS_MS[0] as number;
const HOUR_MS = SESSION_GRAINS_MS[0] as number;

/** Rollups of one kind and grain, by their place and time. */
class Table {
  readonly #kind: RollupKind;
  readonly grainMs: number;
  readonly #rollups = new Map<number, Rollup>();

  constructor(kind: RollupKind, grainMs: number) {
    this.#kind = kind;
    this.grainMs = grainMs;
  }

  get all(): Iterable<Rollup> {
    return this.#rollups.values();
  }

  get size(): number {
    return this.#rollups.size;
  }

  at(atMs: number, { number, names }: Place): Rollup {
    const grains = Math.floor(atMs / this.grainMs);
    const id = grains * PLACES_MAX + number;
    const known = this.#rollups.get(id);
    if (known !== undefined) return known;
    const rollup: Rollup = {
      kind: this.#kind,
      grainMs: this.grainMs,
      bucketMs: grains * this.grainMs,
      place: names,
      sums: SUM_COLUMNS.map(() => 0),
      peaks: PEAK_COLUMNS.map(() => NO_PEAK),
      latency: new Map(),
      firstByte: new Map(),
    };
    this.#rollups.set(id, rollup);
    return rollup;
  }
}

/** A place by a number of this batch: numbers are found faster than the names that they stand for. */
interface Place {
  readonly number: number;
  readonly names: readonly string[];
}
const PLACES_MAX = 2 ** 24;
const EVERYTHING: Place = { number: 0, names: [] };

class Places {
  readonly #places = new Map<string, Place>();

  of(...names: readonly string[]): Place {
    const id = names.length === 1 ? (names[0] as string) : names.join('\u0000');
    const known = this.#places.get(id);
    if (known !== undefined) return known;
    const place = { number: this.#places.size, names };
    this.#places.set(id, place);
    return place;
  }
}

export class RollupBatch {
  /** Records of A/B tests, whose sums are of another kind: `experiment-batch.ts`. */
  readonly tested: { readonly row: Row; readonly count: 1 | -1 }[] = [];
  /** Of the shortest grain; all others are made of them. */
  readonly #keyed = new Table('keyed', MINUTE_MS);
  readonly #sessions = new Table('session_keyed', HOUR_MS);
  readonly #keys = new Places();
  readonly #sessionKeys = new Places();
  readonly #lives = new Map<string, SessionLife>();

  get size(): number {
    return this.#keyed.size + this.#sessions.size;
  }

  /** `count` is 1 for a record that has ended, -1 for what it was before. `key`: what `keyTextOf` says of it. */
  add(row: Row, count: 1 | -1, key = keyTextOf(row)): void {
    const session = typeof row.session === 'string' ? row.session : '';
    const atMs = Number(row.started_at_ms);
    const sums = sumsOf(row);
    const keyed = this.#keyed.at(atMs, this.#keys.of(key));
    addSums(keyed.sums, sums, count);
    if (count === 1) addPeaks(keyed.peaks, peaksOf(row));
    addTo(keyed.latency, slotOf(Number(row.latency_ms)), count);
    if (row.time_to_first_byte_ms !== null)
      addTo(keyed.firstByte, slotOf(Number(row.time_to_first_byte_ms)), count);
    addSums(this.#sessions.at(atMs, this.#sessionKeys.of(session, key)).sums, sums, count);
    this.#live(session, atMs, sums, count);
    if (typeof row.experiment === 'string' && typeof row.variant === 'string')
      this.tested.push({ row, count });
  }

  get sessionLives(): Iterable<SessionLife> {
    return this.#lives.values();
  }

  #live(session: string, atMs: number, sums: readonly number[], count: 1 | -1): void {
    const known = this.#lives.get(session);
    const life = known ?? { session, firstMs: atMs, lastMs: atMs, sums: SUM_COLUMNS.map(() => 0) };
    if (known === undefined) this.#lives.set(session, life);
    life.firstMs = Math.min(life.firstMs, atMs);
    life.lastMs = Math.max(life.lastMs, atMs);
    addSums(life.sums, sums, count);
  }

  /** Of every kind and grain. */
  rollups(): readonly Rollup[] {
    const values = new Places();
    const valuesOf = new Map<string, readonly Place[]>();
    const all: Table[] = [];
    const table = (kind: RollupKind, grainMs: number): Table => {
      const made = new Table(kind, grainMs);
      all.push(made);
      return made;
    };
    const keyedTables = KEYED_GRAINS_MS.map((grainMs) => table('keyed', grainMs));
    const tables = GRAINS_MS.map((grainMs) => ({
      total: table('total', grainMs),
      dimension: table('dimension', grainMs),
    }));
    for (const keyed of this.#keyed.all) {
      const [key = ''] = keyed.place;
      const dimensions = valuesOf.get(key) ?? dimensionsOf(key).map((names) => values.of(...names));
      valuesOf.set(key, dimensions);
      for (const same of keyedTables) merge(same.at(keyed.bucketMs, this.#keys.of(key)), keyed);
      for (const { total, dimension } of tables) {
        merge(total.at(keyed.bucketMs, EVERYTHING), keyed);
        for (const place of dimensions) {
          const one = dimension.at(keyed.bucketMs, place);
          addSums(one.sums, keyed.sums, 1);
          addPeaks(one.peaks, keyed.peaks);
        }
      }
    }
    const names = new Places();
    for (const grainMs of SESSION_GRAINS_MS) {
      const sessions = table('session', grainMs);
      const keyed = table('session_keyed', grainMs);
      for (const { bucketMs, place, sums } of this.#sessions.all) {
        addSums(sessions.at(bucketMs, names.of(place[0] as string)).sums, sums, 1);
        addSums(keyed.at(bucketMs, this.#sessionKeys.of(...place)).sums, sums, 1);
      }
    }
    return all.flatMap(({ all: rollups }) => [...rollups]);
  }
}

function merge(into: Rollup, from: Rollup): void {
  addSums(into.sums, from.sums, 1);
  addPeaks(into.peaks, from.peaks);
  for (const [slot, count] of from.latency) addTo(into.latency, slot, count);
  for (const [slot, count] of from.firstByte) addTo(into.firstByte, slot, count);
}

function addSums(into: number[], sums: readonly number[], count: 1 | -1): void {
  for (let index = 0; index < sums.length; index += 1)
    into[index] = (into[index] ?? 0) + count * (sums[index] ?? 0);
}

function addPeaks(into: number[], peaks: readonly number[]): void {
  for (let index = 0; index < peaks.length; index += 1)
    into[index] = Math.max(into[index] ?? NO_PEAK, peaks[index] ?? NO_PEAK);
}

function dimensionsOf(key: string): readonly (readonly [RollupDimension, string])[] {
  const values = JSON.parse(key) as readonly (string | null)[];
  const columnOf = (column: (typeof KEY_COLUMNS)[number]): string | null =>
    values[KEY_COLUMNS.indexOf(column)] ?? null;
  return [
    ['model', columnOf('model_used') ?? columnOf('model_requested') ?? ''],
    ['app', columnOf('app') ?? ''],
    ['tag', columnOf('tag') ?? ''],
    ['upstream', columnOf('upstream_name') ?? columnOf('upstream') ?? ''],
    ['outcome', columnOf('outcome') ?? ''],
    ['protocol', columnOf('protocol') ?? ''],
    ['rule', columnOf('routing_rule') ?? ''],
    ['key', columnOf('access_key') ?? ''],
  ];
}

/** Of one record. */
function sumsOf(row: Row): readonly number[] {
  const cacheWrites = Number(row.cache_write_5m_tokens) + Number(row.cache_write_1h_tokens);
  return [
    1,
    NO_FAILURE.has(row.outcome) ? 0 : 1,
    row.cost_nano_usd === null ? 1 : 0,
    row.usage_source === 'estimate' ? 1 : 0,
    Number(row.input_tokens) + Number(row.cache_read_tokens) + cacheWrites,
    Number(row.cache_read_tokens),
    cacheWrites,
    Number(row.output_tokens),
    Number(row.reasoning_tokens),
    Number(row.cost_nano_usd ?? 0),
    Number(row.saved_nano_usd ?? 0),
  ];
}

const peaksOf = (row: Row): readonly number[] => [
  Number(row.cost_nano_usd ?? NO_PEAK),
  Number(row.latency_ms),
  Number(row.output_tokens),
];

/** Since when a store keeps what it does not keep of all times. */
export interface KeptFrom {
  readonly minutesMs: number;
  readonly sixHoursMs: number;
}

export const keptFromOf = (row: Readonly<Record<string, unknown>> | undefined): KeptFrom => ({
  minutesMs: Number(row?.minutes_ms ?? 0),
  sixHoursMs: Number(row?.six_hours_ms ?? 0),
});

export function isKept({ kind, grainMs, bucketMs }: Rollup, { minutesMs, sixHoursMs }: KeptFrom): boolean {
  if (kind !== 'keyed') return true;
  if (grainMs === MINUTE_MS) return bucketMs >= minutesMs;
  return grainMs !== SIX_HOURS_MS || bucketMs >= sixHoursMs;
}
