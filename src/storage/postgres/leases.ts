// Leases in PostgreSQL. One transaction at a time, over all instances: the row of `lease_lock` is the lock.

import type { Scope } from '../../ledger/budget.ts';
import type { LeaseRows, LeaseStore } from '../../ledger/lease-desk.ts';
import { endOf, instanceOfRow, leaseOfRow, rowOfInstance, rowOfLease, storedEnd } from '../lease-rows.ts';
import { instancesSpent } from './budget-bank.ts';
import type { Asked, PostgresDatabase } from './database.ts';

export class PostgresLeases implements LeaseStore {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  transaction<T>(work: (rows: LeaseRows) => Promise<T>): Promise<T> {
    return this.#database.transaction(async (asked) => {
      await asked.rows('SELECT one FROM lease_lock FOR UPDATE');
      return work(rowsOf(asked));
    });
  }
}

function rowsOf(asked: Asked): LeaseRows {
  return {
    async now() {
      const sql = `SELECT floor(extract(epoch FROM clock_timestamp()) * 1000) AS now, version FROM budget_version`;
      const [row] = await asked.rows(sql);
      return { nowMs: Number(row?.now), rulesVersion: Number(row?.version) };
    },
    async instances() {
      return (await asked.rows('SELECT * FROM instances ORDER BY started_at_ms, id')).map(instanceOfRow);
    },
    async putInstance(row) {
      await asked.run(PUT_INSTANCE, Object.values(rowOfInstance(row)));
    },
    async leases(keys) {
      const sql = 'SELECT * FROM leases WHERE key IN (SELECT * FROM json_array_elements_text(?))';
      return (await asked.rows(sql, [JSON.stringify(keys)])).map((row) => leaseOfRow(row.key, row));
    },
    async putLeases(rows) {
      if (rows.length === 0) return;
      const values = rows.map((row) => ({ ...rowOfLease(row), key: row.key }));
      await asked.run(PUT_LEASES, [JSON.stringify(values)]);
    },
    async windows() {
      return (await asked.rows('SELECT * FROM lease_windows')).map(({ key, start_ms, end_ms, scope }) => ({
        ...{ key: String(key), startMs: Number(start_ms), endMs: endOf(end_ms) },
        scope: JSON.parse(String(scope)) as Scope,
      }));
    },
    async putWindow({ key, startMs, endMs, scope }) {
      await asked.run('INSERT INTO lease_windows VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING', [
        ...[key, startMs, storedEnd(endMs), JSON.stringify(scope)],
      ]);
    },
    async forgetBefore(endMs) {
      for (const table of ['leases', 'lease_windows'])
        await asked.run(`DELETE FROM ${table} WHERE end_ms < ?`, [endMs]);
    },
    spentBy: ({ scope, startMs, endMs }) =>
      instancesSpent(asked, { scope, fromMs: startMs, toMs: endMs, unsettledIds: [] }),
  };
}

const PUT_INSTANCE = `INSERT INTO instances (id, run, host, version, started_at_ms, seen_at_ms, is_stopped)
  VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET run = excluded.run, host = excluded.host,
    version = excluded.version, started_at_ms = excluded.started_at_ms, seen_at_ms = excluded.seen_at_ms,
    is_stopped = excluded.is_stopped`;
const PUT_LEASES = `INSERT INTO leases SELECT * FROM json_populate_recordset(NULL::leases, ?)
  ON CONFLICT (key, start_ms, instance) DO UPDATE SET granted = excluded.granted, spent = excluded.spent,
    reserved = excluded.reserved, unpriced = excluded.unpriced, overrun = excluded.overrun,
    is_unmet = excluded.is_unmet, end_ms = excluded.end_ms`;
