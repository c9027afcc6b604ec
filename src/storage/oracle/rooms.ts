// What Oracle Database answers.

import { SqlReports } from '../sql/reports.ts';
import type { Rooms } from '../store.ts';
import { OracleBudgetBank } from './budget-bank.ts';
import { OracleCacheEntries } from './cache-entries.ts';
import type { OracleDatabase } from './database.ts';
import { OracleFeedback } from './feedback.ts';
import { OraclePromptArchive } from './prompt-archive.ts';
import { readerOf } from './reader.ts';
import { OracleRetention } from './retention.ts';
import { OracleRuleBook } from './rule-book.ts';
import { OracleSemanticEntries } from './semantic-entries.ts';

export function roomsOf(database: OracleDatabase): Rooms {
  return {
    analytics: new SqlReports(readerOf(database)),
    budgets: new OracleBudgetBank(database),
    cache: new OracleCacheEntries(database),
    semantic: new OracleSemanticEntries(database),
    rules: new OracleRuleBook(database),
    feedback: new OracleFeedback(database),
    retention: new OracleRetention(database),
    prompts: new OraclePromptArchive(database),
    leases: null,
  };
}
