// Leases in Oracle Database. One transaction at a time, over all instances: the row of `lease_lock` is the lock.

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
import { spentByInstance } from '../sql/spent-rows.ts';
import { membersSpent, spendValues } from './budget-bank.ts';
import { SPENT_BY_INSTANCE } from './catalogue/budget-bank.ts';
import { LEASES } from './catalogue/leases.ts';
import type { Asked, OracleDatabase } from './database.ts';
import { unlessTaken } from './faults.ts';
import { listsOf } from './texts.ts';
import type { OracleRow } from './values.ts';

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

  async memberFigures({ budgetKey, startMs, limitNanoUsd }: MembersAsk): Promise<MemberFigures> {
    const place = { budget_prefix: `${budgetKey}/`, start_ms: startMs };
    const [counts] = await this.#database.rows(LEASES.memberCounts, { ...place, limit_nano: limitNanoUsd });
    const rows = await this.#database.rows(LEASES.mostUsedMember, place);
    return memberFiguresOf(rows.map((row) => ({ ...row, ...counts })));
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
    async memberLeases(budgetKey) {
      const rows = await asked.rows(LEASES.memberLeases, { budget_prefix: `${budgetKey}/` });
      return rows.map((row) => leaseOfRow(row.lease_key, row));
    },
    async memberSums(window) {
      const place = { budget_prefix: `${window.key}/`, start_ms: window.startMs };
      return (await asked.rows(LEASES.memberSums, place)).map((row) => heldSumsOfRow(window, row));
    },
    async unmet() {
      return (await asked.rows(LEASES.unmet)).map((row) => placeOfRow(row.lease_key, row));
    },
    async removeLeases(places) {
      const values = places.map(({ key, startMs, instance }) => ({
        ...{ lease_key: key, start_ms: startMs, instance },
      }));
      await asked.runMany(LEASES.removeLease, values);
    },
    async windows() {
      return (await asked.rows(LEASES.windows)).map((row) => windowOfRow(row.lease_key, row));
    },
    async putWindow({ key, startMs, endMs, scope, per }) {
      const row = {
        ...{ lease_key: key, start_ms: startMs, end_ms: storedEnd(endMs), scope: JSON.stringify(scope), per },
      };
      return unlessTaken(asked.run(LEASES.addWindow, row));
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
    spentByMembers: ({ scope, startMs, endMs, per }, names) =>
      membersSpent(asked, { scope, fromMs: startMs, toMs: endMs, unsettledIds: [], per }, names),
  };
}
