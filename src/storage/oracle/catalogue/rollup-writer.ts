// How sums of a batch come into the tables of roll-ups: what is there is read, added to, and written.

import {
  KEY_COLUMNS,
  KINDS_WITH_PEAKS,
  PEAK_COLUMNS,
  type RollupKind,
  SUM_COLUMNS,
} from '../../rollup/rollup-batch.ts';
import { KEPT_FROM } from '../../sql/rollup-places.ts';
import { columnName } from '../reserved-words.ts';
import { type BindType, type BindTypes, itemsOf, statement } from './statement.ts';

/** The names of a place, as the table has them. */
export const PLACE: Readonly<Record<RollupKind, readonly string[]>> = {
  total: [],
  dimension: ['dimension', 'value'],
  keyed: ['key_id'],
  session: ['session'],
  session_keyed: ['session', 'key_id'],
};
const PEAKS: ReadonlySet<string> = new Set(PEAK_COLUMNS);
const HAS_TIMES: ReadonlySet<RollupKind> = new Set(['total', 'keyed']);
export const KINDS = Object.keys(PLACE) as readonly RollupKind[];

export const rollupBind = (column: string): string => `in_${column}`;
/** Beside its place: what is added up, and the most of what is not. */
const summed = (kind: RollupKind): readonly string[] => [
  ...SUM_COLUMNS,
  ...(KINDS_WITH_PEAKS.has(kind) ? PEAK_COLUMNS : []),
  ...(HAS_TIMES.has(kind) ? ['latency', 'first_byte'] : []),
];
const placed = (kind: RollupKind): readonly string[] => ['grain_ms', 'bucket_ms', ...PLACE[kind]];

function typeOf(column: string): BindType {
  if (column === 'latency' || column === 'first_byte') return 'json';
  if (PEAKS.has(column)) return 'float';
  return ['dimension', 'value', 'key_id', 'session'].includes(column) ? 'name' : 'number';
}

function bindsOf(kind: RollupKind): BindTypes {
  return Object.fromEntries(
    [...placed(kind), ...summed(kind)].map((column) => [rollupBind(column), typeOf(column)]),
  );
}

/** Those of a list of places: an array each, in the order of the table's names. */
function knownSql(kind: RollupKind): string {
  const columns = placed(kind).map((column, index) => {
    const type = typeOf(column) === 'number' ? 'NUMBER' : 'VARCHAR2(2400 CHAR)';
    return `of_${column} ${type} PATH '$[${index}]'`;
  });
  const same = placed(kind).map((column) => `kept.${columnName(column)} = given.of_${column}`);
  return `SELECT kept.* FROM JSON_TABLE(:places, '$[*]' COLUMNS (${columns.join(', ')})) given
    JOIN rollup_${kind} kept ON ${same.join(' AND ')}`;
}

function addSql(kind: RollupKind): string {
  const columns = [...placed(kind), ...summed(kind)];
  return `INSERT INTO rollup_${kind} (${columns.map(columnName).join(', ')})
    VALUES (${columns.map((column) => `:${rollupBind(column)}`).join(', ')})`;
}

function changeSql(kind: RollupKind): string {
  return `UPDATE rollup_${kind} SET ${summed(kind)
    .map((column) => `${column} = :${rollupBind(column)}`)
    .join(', ')} WHERE ${placed(kind)
    .map((column) => `${columnName(column)} = :${rollupBind(column)}`)
    .join(' AND ')}`;
}

const each = <T>(of: (kind: RollupKind) => T): Readonly<Record<RollupKind, T>> =>
  Object.fromEntries(KINDS.map((kind) => [kind, of(kind)])) as Record<RollupKind, T>;

export const KNOWN_ROLLUPS = each((kind) => statement(knownSql(kind), { places: 'list' }));
export const ADD_ROLLUPS = each((kind) => statement(addSql(kind), bindsOf(kind)));
export const CHANGE_ROLLUPS = each((kind) => statement(changeSql(kind), bindsOf(kind)));
export const CLEAR_ROLLUPS = each((kind) => statement(`DELETE FROM rollup_${kind}`));

const LIFE_COLUMNS = ['first_ms', 'last_ms', ...SUM_COLUMNS];
const LIFE_BINDS: BindTypes = Object.fromEntries([
  [rollupBind('session'), 'name' as const],
  ...LIFE_COLUMNS.map((column) => [rollupBind(column), 'number' as const]),
]);

/** Sessions as a whole. */
export const LIVES = {
  known: statement(
    `SELECT kept.* FROM rollup_lives kept WHERE kept."SESSION" IN (SELECT item FROM ${itemsOf('sessions')})`,
    { sessions: 'list' },
  ),
  add: statement(
    `INSERT INTO rollup_lives ("SESSION", ${LIFE_COLUMNS.join(', ')})
      VALUES (:${rollupBind('session')}, ${LIFE_COLUMNS.map((column) => `:${rollupBind(column)}`).join(', ')})`,
    LIFE_BINDS,
  ),
  change: statement(
    `UPDATE rollup_lives SET ${LIFE_COLUMNS.map((column) => `${column} = :${rollupBind(column)}`).join(', ')}
      WHERE "SESSION" = :${rollupBind('session')}`,
    LIFE_BINDS,
  ),
  clear: statement('DELETE FROM rollup_lives'),
};

export const ROLLUP_WRITER = {
  keptFrom: statement(KEPT_FROM),
  keepAll: statement('UPDATE rollup_state SET keyed_minutes_from_ms = 0, keyed_six_hours_from_ms = 0'),
  putKeptFrom: statement('UPDATE rollup_state SET keyed_minutes_from_ms = :from_ms', { from_ms: 'number' }),
  knownKeys: statement(`SELECT id FROM rollup_keys WHERE id IN (SELECT item FROM ${itemsOf('ids')})`, {
    ids: 'list',
  }),
  addKeys: statement(
    `INSERT INTO rollup_keys (id, ${KEY_COLUMNS.join(', ')})
      VALUES (:id, ${KEY_COLUMNS.map((column) => `:${rollupBind(column)}`).join(', ')})`,
    Object.fromEntries(['id', ...KEY_COLUMNS.map(rollupBind)].map((name) => [name, 'name' as const])),
  ),
  newestMinute: statement('SELECT MAX(bucket_ms) AS ms FROM rollup_total WHERE grain_ms = :grain_ms', {
    grain_ms: 'number',
  }),
  dropMinutes: statement('DELETE FROM rollup_keyed WHERE grain_ms = :grain_ms AND bucket_ms < :before_ms', {
    grain_ms: 'number',
    before_ms: 'number',
  }),
};
