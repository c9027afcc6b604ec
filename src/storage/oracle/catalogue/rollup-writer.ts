// How sums of a batch come into the tables of roll-ups: what is there is read, added to, and written.

import { KEY_COLUMNS, type RollupKind, SUM_COLUMNS } from '../../rollup/rollup-batch.ts';
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
const HAS_TIMES: ReadonlySet<RollupKind> = new Set(['total', 'keyed']);
export const KINDS = Object.keys(PLACE) as readonly RollupKind[];

export const rollupBind = (column: string): string => `in_${column}`;
/** Beside its place: what is added up. */
const summed = (kind: RollupKind): readonly string[] => [
  ...SUM_COLUMNS,
  ...(HAS_TIMES.has(kind) ? ['latency', 'first_byte'] : []),
];
const placed = (kind: RollupKind): readonly string[] => ['grain_ms', 'bucket_ms', ...PLACE[kind]];

function typeOf(column: string): BindType {
  if (column === 'latency' || column === 'first_byte') return 'json';
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

export const ROLLUP_WRITER = {
  keptFrom: statement('SELECT keyed_minutes_from_ms AS ms FROM rollup_state'),
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
