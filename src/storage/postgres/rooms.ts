// What PostgreSQL answers.

import { SqlReports } from '../sql/reports.ts';
import type { Rooms } from '../store.ts';
import { PostgresBudgetBank } from './budget-bank.ts';
import { PostgresCacheEntries } from './cache-entries.ts';
import type { PostgresDatabase } from './database.ts';
import { PostgresFeedback } from './feedback.ts';
import { PostgresPromptArchive } from './prompt-archive.ts';
import { readerOf } from './reader.ts';
import { PostgresRuleBook } from './rule-book.ts';
import { PostgresSemanticEntries } from './semantic-entries.ts';

export function roomsOf(database: PostgresDatabase): Rooms {
  return {
    analytics: new SqlReports(readerOf(database)),
    budgets: new PostgresBudgetBank(database),
    cache: new PostgresCacheEntries(database),
    semantic: new PostgresSemanticEntries(database),
    rules: new PostgresRuleBook(database),
    feedback: new PostgresFeedback(database),
    prompts: new PostgresPromptArchive(database),
  };
}
