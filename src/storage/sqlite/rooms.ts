// What SQLite answers, over one connection.

import type { DatabaseSync } from 'node:sqlite';
import { SqlReports } from '../sql/reports.ts';
import type { Rooms } from '../store.ts';
import { SqliteBudgetBank } from './budget-bank.ts';
import { SqliteCacheEntries } from './cache-entries.ts';
import { SqliteFeedback } from './feedback.ts';
import { SqlitePromptArchive } from './prompt-archive.ts';
import { readerOf } from './reader.ts';
import { SqliteRetention } from './retention.ts';
import { SqliteRuleBook } from './rule-book.ts';
import { SqliteSemanticEntries } from './semantic-entries.ts';

/** `owner`: of a server, the process that lets requests through. */
export function roomsOf(connection: DatabaseSync, owner: string | null = null): Rooms {
  return {
    analytics: new SqlReports(readerOf(connection)),
    budgets: new SqliteBudgetBank(connection, owner),
    cache: new SqliteCacheEntries(connection),
    semantic: new SqliteSemanticEntries(connection),
    rules: new SqliteRuleBook(connection),
    feedback: new SqliteFeedback(connection),
    retention: new SqliteRetention(connection),
    prompts: new SqlitePromptArchive(connection),
    leases: null,
  };
}
