// What PostgreSQL answers.

import { LeaseDesk } from '../../ledger/leases/lease-desk.ts';
import type { Self } from '../instance.ts';
import { SqlReports } from '../sql/reports.ts';
import type { Rooms } from '../store.ts';
import { PostgresBudgetBank } from './budget-bank.ts';
import { PostgresCacheEntries } from './cache-entries.ts';
import type { PostgresDatabase } from './database.ts';
import { PostgresFeedback } from './feedback.ts';
import { PostgresLeases } from './leases.ts';
import { PostgresPromptArchive } from './prompt-archive.ts';
import { readerOf } from './reader.ts';
import { PostgresRetention } from './retention.ts';
import { PostgresRuleBook } from './rule-book.ts';
import { PostgresSemanticEntries } from './semantic-entries.ts';

/** `leases`: where they are exchanged, so that no batch of records makes them wait. */
export function roomsOf(database: PostgresDatabase, self: Self | null = null, leases = database): Rooms {
  return {
    analytics: new SqlReports(readerOf(database)),
    budgets: new PostgresBudgetBank(database, self),
    cache: new PostgresCacheEntries(database),
    semantic: new PostgresSemanticEntries(database),
    rules: new PostgresRuleBook(database),
    feedback: new PostgresFeedback(database),
    retention: new PostgresRetention(database),
    leases: new LeaseDesk(new PostgresLeases(leases)),
    prompts: new PostgresPromptArchive(database),
  };
}
