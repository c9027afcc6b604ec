// Leases in Oracle Database. One transaction at a time, over all instances: the row of `lease_lock` is the lock.

import type { Scope } from '../../ledger/budget.ts';
import type { LeaseRows, LeaseStore } from '../../ledger/lease-desk.ts';
import { endOf, instanceOfRow, leaseOfRow, rowOfInstance, rowOfLease, storedEnd } from '../lease-rows.ts';
import { spentByInstance } from '../sql/spent-rows.ts';
import { spendValues } from './budget-bank.ts';
import { SPENT_BY_INSTANCE } from './catalogue/budget-bank.ts';
import { LEASES } from './catalogue/leases.ts';
import type { Asked, OracleDatabase } from './database.ts';
import { oraCodeOf } from './faults.ts';
import { listsOf } from './texts.ts';
import type { OracleRow } from './values.ts';

const ORA_TAKEN = 1;

export class OracleLeases implements LeaseStore {
  readonly #database: OracleDatabase;

  constructor(database: OracleDatabase) {
    this.#database = database;
  }

  transaction<T>(work: (rows: LeaseRows) => Promise<T>): Promise<T> {
    return this.#database.transaction(async (asked) => {
      await asked.rows(LEASES.lock);
      return work(rowsOf(asked));
    });
  }
}

function rowsOf(asked: Asked): LeaseRows {
  return {
    async now() {
      const [row] = await asked.rows(LEASES.now);
      return { nowMs: Number(row?.now_ms), rulesVersion: Number(row?.version) };
    },
    async instances() {
      return (await asked.rows(LEASES.instances)).map(instanceOfRow);
    },
    async putInstance(row) {
      await asked.run(LEASES.putInstance, rowOfInstance(row));
    },
    async leases(keys) {
      const found: OracleRow[] = [];
      for (const list of listsOf(keys)) found.push(...(await asked.rows(LEASES.leases, { keys: list })));
      return found.map((row) => leaseOfRow(row.lease_key, row));
    },
    async putLeases(rows) {
      const values = rows.map((row) => ({ ...rowOfLease(row), lease_key: row.key }));
      await asked.runMany(LEASES.putLease, values);
    },
    async windows() {
      return (await asked.rows(LEASES.windows)).map(({ lease_key, start_ms, end_ms, scope }) => ({
        ...{ key: String(lease_key), startMs: Number(start_ms), endMs: endOf(end_ms) },
        scope: JSON.parse(String(scope)) as Scope,
      }));
    },
    async putWindow({ key, startMs, endMs, scope }) {
      const row = {
        lease_key: key,
        start_ms: startMs,
        end_ms: storedEnd(endMs),
        scope: JSON.stringify(scope),
      };
      try {
        await asked.run(LEASES.addWindow, row);
      } catch (error) {
        // It is there; the transaction goes on without this one statement.
        if (oraCodeOf(error) !== ORA_TAKEN) throw error;
      }
    },
    async forgetBefore(endMs) {
      await asked.run(LEASES.forgetLeases, { before_ms: endMs });
      await asked.run(LEASES.forgetWindows, { before_ms: endMs });
    },
    async spentBy({ scope, startMs, endMs }) {
      const query = { scope, fromMs: startMs, toMs: endMs, unsettledIds: [] };
      const rows: OracleRow[] = [];
      for (const values of await spendValues(asked, query, null)) {
        rows.push(...(await asked.rows(SPENT_BY_INSTANCE.spent, values)));
        rows.push(...(await asked.rows(SPENT_BY_INSTANCE.deletedSpent, values)));
      }
      return spentByInstance(rows.map(({ folder, spent }) => ({ instance: folder, spent })));
    },
  };
}
