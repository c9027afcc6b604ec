// How spooled lines become rows. The row of the change counter is the lock of whoever takes records in.

import { MOVED_COLUMNS } from '../../moved-spend.ts';
import { COLUMN_NAMES } from '../../rows/request-row.ts';
import { columnName } from '../reserved-words.ts';
import { type BindType, type BindTypes, itemsOf, type Statement, statement } from './statement.ts';

const TYPES: Readonly<Record<string, BindType>> = {
  path: 'text',
  user_agent: 'text',
  unplanned: 'text',
  streamed: 'boolean',
  runs: 'json',
  attempts: 'json',
  time_to_first_byte_ms: 'float',
  latency_ms: 'float',
};
const MOVED_NUMBERS = new Set<string>(['paid_at_ms', 'cost_nano_usd', 'unpriced', 'overrun_nano_usd']);
const NUMBERS = /_(?:ms|tokens|bytes|usd|searches|5m|1h)$|^(?:change|status)$/;

/** Of the table `requests`, in its order of binds: those of long content come last. */
export const COLUMNS: readonly string[] = ['change', 'owner', 'duplicate_of', ...COLUMN_NAMES].sort(
  (one, other) => Number(typeOf(one) === 'json') - Number(typeOf(other) === 'json'),
);

export function typeOf(column: string): BindType {
  return TYPES[column] ?? (NUMBERS.test(column) ? 'number' : 'name');
}

/** A bind may have no reserved word for a name. */
export const bindOf = (column: string): string => `in_${column}`;

/** Of the table `deleted_spend`. */
export const MOVED: readonly string[] = ['instance', ...MOVED_COLUMNS];
const MOVED_BINDS: BindTypes = Object.fromEntries(
  MOVED.map((name) => [bindOf(name), MOVED_NUMBERS.has(name) ? 'number' : 'name'] as const),
);

const BINDS = Object.fromEntries(COLUMNS.map((column) => [bindOf(column), typeOf(column)]));

export const RECORD_SINK = {
  lockCounter: statement('SELECT last FROM change_counter FOR UPDATE'),
  saveCounter: statement('UPDATE change_counter SET last = :newest', { newest: 'number' }),
  position: statement('SELECT position FROM spool_progress WHERE name = :name', { name: 'name' }),
  putPosition: statement(
    `MERGE INTO spool_progress kept USING (SELECT :name AS name, :reached AS position FROM dual) given
      ON (kept.name = given.name)
      WHEN MATCHED THEN UPDATE SET kept.position = given.position
      WHEN NOT MATCHED THEN INSERT (name, position) VALUES (given.name, given.position)`,
    { name: 'name', reached: 'number' },
  ),
  forget: statement('DELETE FROM spool_progress WHERE name = :name', { name: 'name' }),
  names: statement('SELECT name FROM spool_progress'),
  ownersInFlight: statement(`SELECT DISTINCT owner FROM requests WHERE outcome = 'in_flight'`),
  inFlightOf: statement(`SELECT * FROM requests WHERE outcome = 'in_flight' AND owner = :owner`, {
    owner: 'name',
  }),
  interrupt: statement(
    `UPDATE requests SET outcome = 'interrupted', cost_nano_usd = reserved_nano_usd, change = :next_change
      WHERE id = :id`,
    { next_change: 'number', id: 'name' },
  ),
  savepoint: statement('SAVEPOINT lines'),
  backToSavepoint: statement('ROLLBACK TO SAVEPOINT lines'),
  known: statement(`SELECT * FROM requests WHERE id IN (SELECT item FROM ${itemsOf('ids')})`, {
    ids: 'list',
  }),
  charged: statement(
    `SELECT id, billing_key FROM deleted_requests WHERE billing_key IN (SELECT item FROM ${itemsOf('keys')})
      UNION ALL SELECT id, billing_key FROM requests WHERE billing_key IN (SELECT item FROM ${itemsOf('keys')})`,
    { keys: 'list' },
  ),
  add: statement(
    `INSERT INTO requests (${COLUMNS.map(columnName).join(', ')}) VALUES (${COLUMNS.map((name) => `:${bindOf(name)}`).join(', ')})`,
    BINDS,
  ) as Statement<Readonly<Record<string, BindType>>>,
  end: statement(
    `UPDATE requests SET ${COLUMNS.filter((name) => name !== 'id')
      .map((name) => `${columnName(name)} = :${bindOf(name)}`)
      .join(', ')} WHERE id = :${bindOf('id')}`,
    BINDS,
  ) as Statement<Readonly<Record<string, BindType>>>,
  move: statement(
    `INSERT INTO deleted_spend (${MOVED.map(columnName).join(', ')}) VALUES (${MOVED.map((name) => `:${bindOf(name)}`).join(', ')})`,
    MOVED_BINDS,
  ),
  raise: statement(
    `UPDATE requests SET reserved_nano_usd = :reserved, model_used = :model_used, change = :next_change
      WHERE id = :id AND outcome = 'in_flight' AND COALESCE(reserved_nano_usd, 0) < :reserved`,
    { reserved: 'number', model_used: 'name', next_change: 'number', id: 'name' },
  ),
};
