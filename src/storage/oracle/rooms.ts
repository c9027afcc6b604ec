// What Oracle Database answers.

import { LeaseDesk } from '../../ledger/lease-desk.ts';
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

/** `leases`: where they are exchanged, so that no batch of records makes them wait. */
export function roomsOf(database: OracleDatabase, self: Self | null = null, leases = database): Rooms {
  return {
    analytics: new SqlReports(readerOf(database)),
    budgets: new OracleBudgetBank(database, self),
    cache: new OracleCacheEntries(database),
    semantic: new OracleSemanticEntries(database),
    rules: new OracleRuleBook(database),
    feedback: new OracleFeedback(database),
    retention: new OracleRetention(database),
    prompts: new OraclePromptArchive(database),
    leases: new LeaseDesk(new OracleLeases(leases)),
  };
}
