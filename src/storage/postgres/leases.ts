// Leases in PostgreSQL. One transaction at a time, over all instances: the row of `lease_lock` is the lock.

import type { MemberFigures, MembersAsk } from '../../ledger/leases/lease-ports.ts';
import type { LeaseRows, LeaseStore } from '../../ledger/leases/lease-store.ts';
import {
  heldSumsOfRow,
  instanceOfRow,
  leaseOfRow,
  memberFiguresOf,
  placeOfRow,
  rowOfInstance,
  rowOfLease,
  storedEnd,
  windowOfRow,
} from '../rows/lease-rows.ts';
import { instancesSpent, membersSpent } from './budget-bank.ts';
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

  async memberFigures({ budgetKey, startMs, limitNanoUsd }: MembersAsk): Promise<MemberFigures> {
    const rows = await this.#database.rows(MEMBER_FIGURES, [limitNanoUsd, `${budgetKey}/`, startMs]);
    return memberFiguresOf(rows);
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
    async memberLeases(budgetKey) {
      const sql = 'SELECT * FROM leases WHERE starts_with(key, ?)';
      return (await asked.rows(sql, [`${budgetKey}/`])).map((row) => leaseOfRow(row.key, row));
    },
    async memberSums(window) {
      const rows = await asked.rows(MEMBER_SUMS, [`${window.key}/`, window.startMs]);
      return rows.map((row) => heldSumsOfRow(window, row));
    },
    async unmet() {
      const rows = await asked.rows('SELECT key, start_ms, instance FROM leases WHERE is_unmet = 1');
      return rows.map((row) => placeOfRow(row.key, row));
    },
    async removeLeases(places) {
      if (places.length === 0) return;
      const values = places.map(({ key, startMs, instance }) => ({ key, start_ms: startMs, instance }));
      await asked.run(REMOVE_LEASES, [JSON.stringify(values)]);
    },
    async windows() {
      return (await asked.rows('SELECT * FROM lease_windows')).map((row) => windowOfRow(row.key, row));
    },
    async putWindow({ key, startMs, endMs, scope, per }) {
      const values = [key, startMs, storedEnd(endMs), JSON.stringify(scope), per];
      return (await asked.run(PUT_WINDOW, values)) > 0;
    },
    async forgetBefore(endMs) {
      for (const table of ['leases', 'lease_windows'])
        await asked.run(`DELETE FROM ${table} WHERE end_ms < ?`, [endMs]);
    },
    spentBy: ({ scope, startMs, endMs }) =>
      instancesSpent(asked, { scope, fromMs: startMs, toMs: endMs, unsettledIds: [] }),
    spentByMembers: ({ scope, startMs, endMs, per }, names) =>
      membersSpent(asked, { scope, fromMs: startMs, toMs: endMs, unsettledIds: [], per }, names),
  };
}

const PUT_INSTANCE = `INSERT INTO instances (id, run, host, version, started_at_ms, seen_at_ms, is_stopped)
  VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET run = excluded.run, host = excluded.host,
    version = excluded.version, started_at_ms = excluded.started_at_ms, seen_at_ms = excluded.seen_at_ms,
    is_stopped = excluded.is_stopped`;
const PUT_LEASES = `INSERT INTO leases SELECT * FROM json_populate_recordset(NULL::leases, ?)
  ON CONFLICT (key, start_ms, instance) DO UPDATE SET granted = excluded.granted, spent = excluded.spent,
    reserved = excluded.reserved, unpriced = excluded.unpriced, overrun = excluded.overrun,
    is_unmet = excluded.is_unmet, end_ms = excluded.end_ms, member = excluded.member`;
const PUT_WINDOW = `INSERT INTO lease_windows (key, start_ms, end_ms, scope, per) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO NOTHING`;
const REMOVE_LEASES = `DELETE FROM leases USING json_populate_recordset(NULL::leases, ?) gone
  WHERE leases.key = gone.key AND leases.start_ms = gone.start_ms AND leases.instance = gone.instance`;
const MEMBER_SUMS = `SELECT instance, sum(granted) AS granted, sum(spent) AS spent, sum(reserved) AS reserved
  FROM leases WHERE starts_with(key, ?) AND start_ms = ? GROUP BY instance`;
/** Each member by what it has used, with how many there are; those that nothing is left of have used up theirs. */
const MEMBER_FIGURES = `SELECT member, spent, reserved,
    count(*) OVER () AS known, count(*) FILTER (WHERE spent >= ?) OVER () AS used_up
  FROM (SELECT key, max(member) AS member, sum(spent) AS spent, sum(reserved) AS reserved
    FROM leases WHERE starts_with(key, ?) AND start_ms = ? GROUP BY key) AS members
  ORDER BY spent + reserved DESC, key LIMIT 1`;
