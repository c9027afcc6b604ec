// Adds a batch's sums to the tables of roll-ups, one statement for each kind. Runs within the transaction that takes
// the records in, which no other one does at the same time.

import { GRAINS_MS, KEYED_MINUTES_KEPT_MS } from '../rollup/grains.ts';
import {
  isKept,
  KEY_COLUMNS,
  KINDS_WITH_PEAKS,
  keptFromOf,
  PEAK_COLUMNS,
  type Rollup,
  type RollupBatch,
  type RollupKind,
  type SessionLife,
  SUM_COLUMNS,
} from '../rollup/rollup-batch.ts';
import { KEPT_FROM } from '../sql/rollup-places.ts';
import { type Asked, storableText } from './database.ts';

const MINUTE_MS = GRAINS_MS[0] as number;
/** Old minutes go once there is so much more of them. */
const PRUNE_EVERY_MS = 60 * MINUTE_MS;

/** The names of a place, as the table has them; a key comes last and is known by its number. */
const NAMES: Readonly<Record<RollupKind, readonly string[]>> = {
  total: [],
  dimension: ['dimension', 'value'],
  keyed: ['key'],
  session: ['session'],
  session_keyed: ['session', 'key'],
};
const HISTOGRAMS: Readonly<Record<RollupKind, readonly string[]>> = {
  total: ['latency', 'first_byte'],
  dimension: [],
  keyed: ['latency', 'first_byte'],
  session: [],
  session_keyed: [],
};
const ADD: Readonly<Record<RollupKind, string>> = {
  total: addSql('total'),
  dimension: addSql('dimension'),
  keyed: addSql('keyed'),
  session: addSql('session'),
  session_keyed: addSql('session_keyed'),
};
const ADD_LIVES = `INSERT INTO rollup_lives AS kept (session, first_ms, last_ms, ${SUM_COLUMNS.join(', ')})
  SELECT session, first_ms, last_ms, ${SUM_COLUMNS.join(', ')} FROM json_to_recordset(?) AS given
    (session text, first_ms bigint, last_ms bigint, ${SUM_COLUMNS.map((name) => `${name} double precision`).join(', ')})
  ON CONFLICT (session) DO UPDATE SET first_ms = least(kept.first_ms, excluded.first_ms),
    last_ms = greatest(kept.last_ms, excluded.last_ms),
    ${SUM_COLUMNS.map((name) => `${name} = kept.${name} + excluded.${name}`).join(', ')}`;
const ADD_KEYS = `INSERT INTO rollup_keys (key, ${KEY_COLUMNS.join(', ')})
  SELECT key, ${KEY_COLUMNS.map((_, index) => `key::jsonb ->> ${index}`).join(', ')}
  FROM json_array_elements_text(?) AS given (key) ON CONFLICT (key) DO NOTHING`;

export async function writeRollups(asked: Asked, batch: RollupBatch): Promise<void> {
  if (batch.size === 0) return;
  const keptFrom = keptFromOf((await asked.rows(KEPT_FROM))[0]);
  const rollups = batch.rollups().filter((rollup) => isKept(rollup, keptFrom));
  const keys = new Set(
    rollups
      .filter(({ kind }) => kind === 'keyed' || kind === 'session_keyed')
      .map(({ place }) => keyOf(place)),
  );
  await asked.run(ADD_KEYS, [JSON.stringify([...keys])]);
  for (const kind of Object.keys(ADD) as RollupKind[]) {
    const rows = rollups.filter((rollup) => rollup.kind === kind).map(rowOf);
    if (rows.length > 0) await asked.run(ADD[kind], [JSON.stringify(rows)]);
  }
  await addLives(asked, batch.sessionLives);
  await prune(asked, keptFrom.minutesMs);
}

/** Two names may be stored as the same one. */
async function addLives(asked: Asked, lives: Iterable<SessionLife>): Promise<void> {
  const rows = new Map<string, Record<string, string | number>>();
  for (const { session, firstMs, lastMs, sums } of lives) {
    const name = storableText(session);
    const known = rows.get(name);
    rows.set(name, {
      session: name,
      first_ms: Math.min(Number(known?.first_ms ?? firstMs), firstMs),
      last_ms: Math.max(Number(known?.last_ms ?? lastMs), lastMs),
      ...Object.fromEntries(
        SUM_COLUMNS.map((column, index) => [column, Number(known?.[column] ?? 0) + (sums[index] ?? 0)]),
      ),
    });
  }
  await asked.run(ADD_LIVES, [JSON.stringify([...rows.values()])]);
}

/** Of a store whose ended records were all deleted. Keys stay: they are few, and known by their numbers. */
export async function clearRollups(asked: Asked): Promise<void> {
  for (const kind of Object.keys(ADD)) await asked.run(`DELETE FROM rollup_${kind}`);
  await asked.run('DELETE FROM rollup_lives');
  await asked.run('UPDATE rollup_state SET keyed_minutes_from_ms = 0, keyed_six_hours_from_ms = 0');
}

const keyOf = (place: readonly string[]): string => storableText(place.at(-1) ?? '');

function rowOf({ kind, grainMs, bucketMs, place, sums, peaks, latency, firstByte }: Rollup): object {
  const names = NAMES[kind].map((name, index) => [name, storableText(place[index] ?? '')]);
  return {
    grain_ms: grainMs,
    bucket_ms: bucketMs,
    ...Object.fromEntries(names),
    ...Object.fromEntries(SUM_COLUMNS.map((name, index) => [name, sums[index]])),
    ...Object.fromEntries(PEAK_COLUMNS.map((name, index) => [name, peaks[index]])),
    latency: Object.fromEntries(latency),
    first_byte: Object.fromEntries(firstByte),
  };
}

function addSql(kind: RollupKind): string {
  const names = NAMES[kind];
  const histograms = HISTOGRAMS[kind];
  const peaks = KINDS_WITH_PEAKS.has(kind) ? PEAK_COLUMNS : [];
  const place = ['grain_ms', 'bucket_ms', ...names.map((name) => (name === 'key' ? 'key_id' : name))];
  const taken = ['grain_ms', 'bucket_ms', ...names.map((name) => (name === 'key' ? 'rollup_keys.id' : name))];
  const given = [
    'grain_ms bigint, bucket_ms bigint',
    ...names.map((name) => `${name} text`),
    ...[...SUM_COLUMNS, ...peaks].map((name) => `${name} double precision`),
    ...histograms.map((name) => `${name} jsonb`),
  ];
  const columns = [...SUM_COLUMNS, ...peaks, ...histograms];
  const updates = [
    ...SUM_COLUMNS.map((name) => `${name} = kept.${name} + excluded.${name}`),
    ...peaks.map((name) => `${name} = greatest(kept.${name}, excluded.${name})`),
    ...histograms.map((name) => `${name} = histogram_sum(kept.${name}, excluded.${name})`),
  ];
  return `INSERT INTO rollup_${kind} AS kept (${[...place, ...columns].join(', ')})
    SELECT ${[...taken, ...columns].join(', ')} FROM json_to_recordset(?) AS given (${given.join(', ')})
    ${names.includes('key') ? 'JOIN rollup_keys USING (key)' : ''}
    ON CONFLICT (${place.join(', ')}) DO UPDATE SET ${updates.join(', ')}`;
}

async function prune(asked: Asked, keptFromMs: number): Promise<void> {
  const [newest] = await asked.rows('SELECT max(bucket_ms) AS ms FROM rollup_total WHERE grain_ms = ?', [
    MINUTE_MS,
  ]);
  const fromMs = Number(newest?.ms ?? 0) - KEYED_MINUTES_KEPT_MS;
  if (fromMs < keptFromMs + PRUNE_EVERY_MS) return;
  await asked.run('DELETE FROM rollup_keyed WHERE grain_ms = ? AND bucket_ms < ?', [MINUTE_MS, fromMs]);
  await asked.run('UPDATE rollup_state SET keyed_minutes_from_ms = ?', [fromMs]);
}
