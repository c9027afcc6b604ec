// A database for the tests of budgets: the real tables of budgets beside the columns of records they read.

import { DatabaseSync } from 'node:sqlite';
import { RETENTION_TABLES } from '../../src/storage/sql/retention-sql.ts';
import { SqliteBudgetBank } from '../../src/storage/sqlite/budget-bank.ts';
import { BUDGET_MIGRATION } from '../../src/storage/sqlite/budget-schema.ts';
import { migrateSpendSums, SqliteSpendSums } from '../../src/storage/sqlite/spend-sums.ts';

export interface StoredRecord {
  readonly id: string;
  readonly app?: string;
  readonly model?: string | null;
  /** The one that answered. */
  readonly modelUsed?: string | null;
  readonly tag?: string | null;
  readonly outcome?: string;
  readonly startedAtMs?: number;
  readonly reservedAtMs?: number | null;
  readonly reservedNanoUsd?: number | null;
  readonly costNanoUsd?: number | null;
  /** The process that wrote it. */
  readonly owner?: string;
}

/** The process whose budgets are tested. */
export const OWNER = 'this';

export class BudgetStore {
  readonly database = new DatabaseSync(':memory:');
  readonly bank: SqliteBudgetBank;

  constructor() {
    this.database.exec(`CREATE TABLE requests (
      id TEXT PRIMARY KEY, owner TEXT, app TEXT, model_requested TEXT, model_sent TEXT, model_used TEXT, tag TEXT, outcome TEXT,
      user_name TEXT, session TEXT, access_key TEXT,
      started_at_ms INTEGER, cost_nano_usd INTEGER, list_cost_nano_usd INTEGER)`);
    this.database.exec(BUDGET_MIGRATION);
    this.database.exec(RETENTION_TABLES);
    migrateSpendSums(this.database);
    this.database.exec('ALTER TABLE budget_version ADD COLUMN resets INTEGER NOT NULL DEFAULT 0');
    this.bank = new SqliteBudgetBank(this.database, OWNER);
  }

  record(record: StoredRecord): void {
    this.database
      .prepare(
        `INSERT INTO requests (id, app, model_requested, tag, outcome, started_at_ms, reserved_at_ms,
           reserved_nano_usd, cost_nano_usd, model_used, owner) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        record.id,
        record.app ?? 'agent',
        record.model ?? null,
        record.tag ?? null,
        record.outcome ?? 'completed',
        record.startedAtMs ?? 0,
        record.reservedAtMs ?? null,
        record.reservedNanoUsd ?? null,
        record.costNanoUsd ?? null,
        record.modelUsed ?? null,
        record.owner ?? 'earlier',
      );
    new SqliteSpendSums(this.database).rebuild();
  }

  reset(): void {
    this.database.exec('DELETE FROM requests');
    new SqliteSpendSums(this.database).clear();
    this.database.exec('UPDATE budget_version SET version = version + 1, resets = resets + 1');
  }
}
