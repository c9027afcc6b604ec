// Leases on hard budgets. The row of `lease_lock` is the lock of whoever looks at them: one transaction at a time.

import { itemsOf, statement } from './statement.ts';

/** Milliseconds since 1970 by the server's clock, as `now_ms`. */
const NOW = `SELECT EXTRACT(DAY FROM gone) * 86400000 + EXTRACT(HOUR FROM gone) * 3600000
    + EXTRACT(MINUTE FROM gone) * 60000 + FLOOR(EXTRACT(SECOND FROM gone) * 1000) AS now_ms
  FROM (SELECT SYS_EXTRACT_UTC(SYSTIMESTAMP) - TIMESTAMP '1970-01-01 00:00:00' AS gone FROM dual)`;

const INSTANCE = {
  run: 'name',
  host: 'name',
  version: 'name',
  started_at_ms: 'number',
  seen_at_ms: 'number',
  is_stopped: 'number',
} as const;
const PERIOD = { lease_key: 'name', start_ms: 'number', instance: 'name' } as const;
const FIGURES = {
  end_ms: 'number',
  granted: 'number',
  spent: 'number',
  reserved: 'number',
  unpriced: 'number',
  overrun: 'number',
  is_unmet: 'number',
  member: 'name',
} as const;
/** Of a budget's members: all keys that begin with the budget's, and a slash. */
const OF_BUDGET = 'INSTR(lease_key, :budget_prefix) = 1';

/** A row of `table` with these values, whether it is there or not. */
function putSql(table: string, keys: readonly string[], columns: readonly string[]): string {
  const all = [...keys, ...columns];
  return `MERGE INTO ${table} kept USING (SELECT ${all.map((name) => `:${name} AS ${name}`).join(', ')} FROM dual) given
    ON (${keys.map((name) => `kept.${name} = given.${name}`).join(' AND ')})
    WHEN MATCHED THEN UPDATE SET ${columns.map((name) => `kept.${name} = given.${name}`).join(', ')}
    WHEN NOT MATCHED THEN INSERT (${all.join(', ')}) VALUES (${all.map((name) => `given.${name}`).join(', ')})`;
}

export const LEASES = {
  /** Whoever holds it takes milliseconds; one that was stopped in the middle holds up the others until it goes on. */
  lock: statement('SELECT held FROM lease_lock FOR UPDATE WAIT 3'),
  now: statement(`SELECT moment.now_ms, v.version FROM budget_version v JOIN (${NOW}) moment ON 1 = 1`),
  instances: statement(
    `SELECT id, ${Object.keys(INSTANCE).join(', ')} FROM instances ORDER BY started_at_ms, id`,
  ),
  putInstance: statement(putSql('instances', ['id'], Object.keys(INSTANCE)), { id: 'name', ...INSTANCE }),
  leases: statement(
    `SELECT ${Object.keys({ ...PERIOD, ...FIGURES }).join(', ')} FROM leases
      WHERE lease_key IN (SELECT item FROM ${itemsOf('keys')})`,
    { keys: 'list' },
  ),
  putLease: statement(putSql('leases', Object.keys(PERIOD), Object.keys(FIGURES)), { ...PERIOD, ...FIGURES }),
  memberLeases: statement(
    `SELECT ${Object.keys({ ...PERIOD, ...FIGURES }).join(', ')} FROM leases WHERE ${OF_BUDGET}`,
    { budget_prefix: 'name' },
  ),
  memberSums: statement(
    `SELECT instance, SUM(granted) AS granted, SUM(spent) AS spent, SUM(reserved) AS reserved
      FROM leases WHERE ${OF_BUDGET} AND start_ms = :start_ms GROUP BY instance`,
    { budget_prefix: 'name', start_ms: 'number' },
  ),
  unmet: statement('SELECT lease_key, start_ms, instance FROM leases WHERE is_unmet = 1'),
  removeLease: statement(
    'DELETE FROM leases WHERE lease_key = :lease_key AND start_ms = :start_ms AND instance = :instance',
    PERIOD,
  ),
  /** How many there are, and how many of them have spent all. */
  memberCounts: statement(
    `SELECT COUNT(*) AS known, COALESCE(SUM(CASE WHEN spent >= :limit_nano THEN 1 ELSE 0 END), 0) AS used_up
      FROM (SELECT lease_key, SUM(spent) AS spent FROM leases
        WHERE ${OF_BUDGET} AND start_ms = :start_ms GROUP BY lease_key)`,
    { limit_nano: 'number', budget_prefix: 'name', start_ms: 'number' },
  ),
  mostUsedMember: statement(
    `SELECT MAX(member) AS member, SUM(spent) AS spent, SUM(reserved) AS reserved
      FROM leases WHERE ${OF_BUDGET} AND start_ms = :start_ms GROUP BY lease_key
      ORDER BY SUM(spent) + SUM(reserved) DESC, lease_key FETCH FIRST 1 ROWS ONLY`,
    { budget_prefix: 'name', start_ms: 'number' },
  ),
  windows: statement('SELECT lease_key, start_ms, end_ms, scope, per FROM lease_windows'),
  /** Under the lock: who finds none adds it. */
  addWindow: statement(
    `INSERT INTO lease_windows (lease_key, start_ms, end_ms, scope, per)
      VALUES (:lease_key, :start_ms, :end_ms, :scope, :per)`,
    { lease_key: 'name', start_ms: 'number', end_ms: 'number', scope: 'json', per: 'name' },
  ),
  forgetLeases: statement('DELETE FROM leases WHERE end_ms < :before_ms', { before_ms: 'number' }),
  forgetWindows: statement('DELETE FROM lease_windows WHERE end_ms < :before_ms', { before_ms: 'number' }),
};
