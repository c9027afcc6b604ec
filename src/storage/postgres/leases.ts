// Leases in PostgreSQL. One transaction at a time, over all instances: the row of `lease_lock` is the lock.

import type { Scope } from '../../ledger/budget.ts';
import type { InstanceRow, LeaseRow, LeaseRows, LeaseStore } from '../../ledger/lease-desk.ts';
import { spentByInstance } from './budget-bank.ts';
import type { Asked, PgRow, PostgresDatabase } from './database.ts';

const NO_END = Number.MAX_SAFE_INTEGER;

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
    async putInstance({ id, run, host, version, startedAtMs, seenAtMs, isStopped }) {
      await asked.run(PUT_INSTANCE, [id, run, host, version, startedAtMs, seenAtMs, Number(isStopped)]);
    },
    async leases(keys) {
      const sql = 'SELECT * FROM leases WHERE key IN (SELECT * FROM json_array_elements_text(?))';
      return (await asked.rows(sql, [JSON.stringify(keys)])).map(leaseOfRow);
    },
    async putLeases(rows) {
      if (rows.length > 0) await asked.run(PUT_LEASES, [JSON.stringify(rows.map(rowOfLease))]);
    },
    async windows() {
      return (await asked.rows('SELECT * FROM lease_windows')).map(({ key, start_ms, end_ms, scope }) => ({
        ...{ key: String(key), startMs: Number(start_ms), endMs: endOf(end_ms) },
        scope: JSON.parse(String(scope)) as Scope,
      }));
    },
    async putWindow({ key, startMs, endMs, scope }) {
      await asked.run('INSERT INTO lease_windows VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING', [
        ...[key, startMs, Math.min(endMs, NO_END), JSON.stringify(scope)],
      ]);
    },
    async forgetBefore(endMs) {
      for (const table of ['leases', 'lease_windows'])
        await asked.run(`DELETE FROM ${table} WHERE end_ms < ?`, [endMs]);
    },
    spentBy: ({ scope, startMs, endMs }) =>
      spentByInstance(asked, { scope, fromMs: startMs, toMs: endMs, unsettledIds: [] }),
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

function instanceOfRow(row: PgRow): InstanceRow {
  return {
    ...{ id: String(row.id), run: String(row.run), host: String(row.host), version: String(row.version) },
    ...{ startedAtMs: Number(row.started_at_ms), seenAtMs: Number(row.seen_at_ms) },
    isStopped: row.is_stopped === 1,
  };
}

function leaseOfRow(row: PgRow): LeaseRow {
  return {
    ...{ key: String(row.key), startMs: Number(row.start_ms), endMs: endOf(row.end_ms) },
    ...{ instance: String(row.instance), grantedNanoUsd: Number(row.granted) },
    ...{ spentNanoUsd: Number(row.spent), reservedNanoUsd: Number(row.reserved) },
    ...{ unpricedRequests: Number(row.unpriced), overrunNanoUsd: Number(row.overrun) },
    isUnmet: row.is_unmet === 1,
  };
}

function rowOfLease(row: LeaseRow): Record<string, string | number> {
  return {
    ...{ key: row.key, start_ms: row.startMs, end_ms: Math.min(row.endMs, NO_END), instance: row.instance },
    ...{ granted: row.grantedNanoUsd, spent: row.spentNanoUsd, reserved: row.reservedNanoUsd },
    ...{ unpriced: row.unpricedRequests, overrun: row.overrunNanoUsd, is_unmet: Number(row.isUnmet) },
  };
}

const endOf = (value: PgRow[string] | undefined): number =>
  Number(value) === NO_END ? Number.POSITIVE_INFINITY : Number(value);
