// What Oracle Database answers.

import { LeaseDesk } from '../../ledger/leases/lease-desk.ts';
import type { Self } from '../instance.ts';
import { SqlReports } from '../sql/reports.ts';
import type { Rooms } from '../store.ts';
import { OracleBudgetBank } from './budget-bank.ts';
import { OracleCacheEntries } from './cache-entries.ts';
import type { OracleDatabase } from './database.ts';
import { OracleFeedback } from './feedback.ts';
import { OracleLeases } from './leases.ts';
import { OraclePromptArchive } from './prompt-archive.ts';
import { readerOf } from './reader.ts';
import { OracleRetention } from './retention.ts';
import { OracleRuleBook } from './rule-book.ts';
import { OracleSemanticEntries } from './semantic-entries.ts';
import type { VectorIndexChoice } from './vector-search.ts';

export interface RoomsOptions {
  readonly self?: Self;
  /** Where they are exchanged, so that no batch of records makes them wait. */
  readonly leases?: OracleDatabase;
  readonly vectorIndex?: VectorIndexChoice;
}

export function roomsOf(database: OracleDatabase, options: RoomsOptions = {}): Rooms {
  const { self = null, leases = database, vectorIndex = 'none' } = options;
  return {
    analytics: new SqlReports(readerOf(database)),
    budgets: new OracleBudgetBank(database, self),
    cache: new OracleCacheEntries(database),
    semantic: new OracleSemanticEntries(database, vectorIndex),
    rules: new OracleRuleBook(database),
    feedback: new OracleFeedback(database),
    retention: new OracleRetention(database),
    prompts: new OraclePromptArchive(database),
    leases: new LeaseDesk(new OracleLeases(leases)),
  };
}
