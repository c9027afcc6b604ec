// Adds a batch's sums to the tables of roll-ups: what is there of the same places is read, added to, and written in one
// go each. Runs within the transaction that takes the records in, which no other one does at the same time.

import { hash } from 'node:crypto';
import { GRAINS_MS, KEYED_MINUTES_KEPT_MS } from '../rollup/grains.ts';
import { addText, histogramText } from '../rollup/histogram.ts';
import {
  isKept,
  KEY_COLUMNS,
  keptFromOf,
  PEAK_COLUMNS,
  type Rollup,
  type RollupBatch,
  type RollupKind,
  type SessionLife,
  SUM_COLUMNS,
} from '../rollup/rollup-batch.ts';
import {
  ADD_ROLLUPS,
  CHANGE_ROLLUPS,
  CLEAR_ROLLUPS,
  KINDS,
  KNOWN_ROLLUPS,
  LIVES,
  PLACE,
  ROLLUP_WRITER,
  rollupBind,
} from './catalogue/rollup-writer.ts';
import type { Asked } from './database.ts';
import { listsOf, NAME_CHARACTERS, storedText, textOfStored } from './texts.ts';
import type { OracleRow, Value } from './values.ts';

const MINUTE_MS = GRAINS_MS[0] as number;
/** Old minutes go once there is so much more of them. */
const PRUNE_EVERY_MS = 60 * MINUTE_MS;
const KEY_CHARACTERS = 32;

export async function writeRollups(asked: Asked, batch: RollupBatch): Promise<void> {
  if (batch.size === 0) return;
  const keptFrom = keptFromOf((await asked.rows(ROLLUP_WRITER.keptFrom))[0]);
  const rollups = batch.rollups().filter((rollup) => isKept(rollup, keptFrom));
  await addKeys(asked, rollups);
  for (const kind of KINDS) {
    const some = rollups.filter((rollup) => rollup.kind === kind);
    if (some.length > 0) await addSums(asked, kind, some);
  }
  await addLives(asked, batch.sessionLives);
  await prune(asked, keptFrom.minutesMs);
}

/** Of a store whose ended records were all deleted. Keys stay: they are few, and known by their hashes. */
export async function clearRollups(asked: Asked): Promise<void> {
  for (const kind of KINDS) await asked.run(CLEAR_ROLLUPS[kind]);
  await asked.run(LIVES.clear);
  await asked.run(ROLLUP_WRITER.keepAll);
}

/** A key's own id: the same for the same key, whoever adds it. */
export const idOf = (key: string): string => hash('sha256', key).slice(0, KEY_CHARACTERS);

async function addKeys(asked: Asked, rollups: readonly Rollup[]): Promise<void> {
  const keys = new Map(
    rollups
      .filter(({ kind }) => PLACE[kind].includes('key_id'))
      .map(({ place }) => place.at(-1) ?? '')
      .map((key) => [idOf(key), key]),
  );
  for (const ids of listsOf([...keys.keys()]))
    for (const { id } of await asked.rows(ROLLUP_WRITER.knownKeys, { ids })) keys.delete(String(id));
  await asked.runMany(
    ROLLUP_WRITER.addKeys,
    [...keys].map(([id, key]) => {
      const values = JSON.parse(key) as readonly (string | null)[];
      const columns = KEY_COLUMNS.map(
        (column, index) => [rollupBind(column), values[index] ?? null] as const,
      );
      return { id, ...Object.fromEntries(columns) };
    }),
  );
}

/** One row of a table: where it is, and what it sums up. */
interface Sums {
  readonly place: readonly (string | number)[];
  readonly sums: number[];
  readonly peaks: number[];
  readonly latency: Map<number, number>;
  readonly firstByte: Map<number, number>;
}

async function addSums(asked: Asked, kind: RollupKind, rollups: readonly Rollup[]): Promise<void> {
  const all = new Map<string, Sums>();
  for (const rollup of rollups) {
    const { sums, peaks, latency, firstByte } = rollup;
    const place = placeOf(rollup);
    all.set(JSON.stringify(place), { place, sums, peaks, latency, firstByte });
  }
  const known = new Set<string>();
  for (const places of listsOf([...all.values()].map(({ place }) => place))) {
    for (const row of await asked.rows(KNOWN_ROLLUPS[kind], { places })) {
      const at = JSON.stringify(['grain_ms', 'bucket_ms', ...PLACE[kind]].map((column) => row[column]));
      const sums = all.get(at);
      if (sums === undefined) continue;
      addRow(sums, row);
      known.add(at);
    }
  }
  const given = (isKnown: boolean): Record<string, Value>[] =>
    [...all].filter(([at]) => known.has(at) === isKnown).map(([, sums]) => valuesOf(kind, sums));
  await asked.runMany(ADD_ROLLUPS[kind], given(false));
  await asked.runMany(CHANGE_ROLLUPS[kind], given(true));
}

function placeOf({ kind, grainMs, bucketMs, place }: Rollup): readonly (string | number)[] {
  const names = PLACE[kind].map((column, index) =>
    column === 'key_id' ? idOf(place[index] ?? '') : (place[index] ?? ''),
  );
  return [grainMs, bucketMs, ...names];
}

function addRow({ sums, peaks, latency, firstByte }: Sums, row: OracleRow): void {
  for (const [index, column] of SUM_COLUMNS.entries()) sums[index] = (sums[index] ?? 0) + Number(row[column]);
  for (const [index, column] of PEAK_COLUMNS.entries())
    if (row[column] !== undefined) peaks[index] = Math.max(peaks[index] ?? 0, Number(row[column]));
  if (row.latency === undefined) return;
  addText(latency, String(row.latency));
  addText(firstByte, String(row.first_byte));
}

function valuesOf(kind: RollupKind, { place, sums, peaks, latency, firstByte }: Sums): Record<string, Value> {
  const columns = ['grain_ms', 'bucket_ms', ...PLACE[kind]];
  const all: readonly (readonly [string, Value])[] = [
    ...columns.map((column, index) => [column, place[index] ?? null] as const),
    ...SUM_COLUMNS.map((column, index) => [column, sums[index] ?? 0] as const),
    ...PEAK_COLUMNS.map((column, index) => [column, peaks[index] ?? 0] as const),
    ['latency', histogramText(latency)],
    ['first_byte', histogramText(firstByte)],
  ];
  const wanted = new Set(Object.keys(ADD_ROLLUPS[kind].binds));
  return Object.fromEntries(
    all.map(([column, value]) => [rollupBind(column), value] as const).filter(([bind]) => wanted.has(bind)),
  );
}

async function addLives(asked: Asked, lives: Iterable<SessionLife>): Promise<void> {
  const all = new Map<string, Record<string, number>>();
  const add = (session: string, row: Readonly<Record<string, unknown>>): void => {
    const known = all.get(session);
    all.set(session, {
      first_ms: Math.min(known?.first_ms ?? Number(row.first_ms), Number(row.first_ms)),
      last_ms: Math.max(known?.last_ms ?? Number(row.last_ms), Number(row.last_ms)),
      ...Object.fromEntries(
        SUM_COLUMNS.map((column) => [column, (known?.[column] ?? 0) + Number(row[column])]),
      ),
    });
  };
  // As it is stored: two of them may be the same one there.
  for (const { session, firstMs, lastMs, sums } of lives)
    add(storedText(session, NAME_CHARACTERS), {
      first_ms: firstMs,
      last_ms: lastMs,
      ...Object.fromEntries(SUM_COLUMNS.map((column, index) => [column, sums[index] ?? 0])),
    });
  const known = new Set<string>();
  for (const sessions of listsOf([...all.keys()].map(textOfStored))) {
    for (const row of await asked.rows(LIVES.known, { sessions })) {
      const session = storedText(String(row.session), NAME_CHARACTERS);
      add(session, row);
      known.add(session);
    }
  }
  const given = (isKnown: boolean): Record<string, Value>[] =>
    [...all]
      .filter(([session]) => known.has(session) === isKnown)
      .map(([session, sums]) => ({
        [rollupBind('session')]: textOfStored(session),
        ...Object.fromEntries(Object.entries(sums).map(([column, value]) => [rollupBind(column), value])),
      }));
  await asked.runMany(LIVES.add, given(false));
  await asked.runMany(LIVES.change, given(true));
}

async function prune(asked: Asked, keptFromMs: number): Promise<void> {
  const [newest] = await asked.rows(ROLLUP_WRITER.newestMinute, { grain_ms: MINUTE_MS });
  const fromMs = Number(newest?.ms ?? 0) - KEYED_MINUTES_KEPT_MS;
  if (fromMs < keptFromMs + PRUNE_EVERY_MS) return;
  await asked.run(ROLLUP_WRITER.dropMinutes, { grain_ms: MINUTE_MS, before_ms: fromMs });
  await asked.run(ROLLUP_WRITER.putKeptFrom, { from_ms: fromMs });
}
