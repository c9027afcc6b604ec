// The command line's way to the records, whether a server runs on them or not.

import { existsSync } from 'node:fs';
import type { CacheEntries } from '../../cache/ports.ts';
import type { SemanticEntries } from '../../cache/semantic/ports.ts';
import type { Analytics } from '../../core/analytics.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { RuleBook } from '../../core/rule-book.ts';
import type { BudgetBank } from '../../ledger/ports.ts';
import { SqliteBudgetBank } from './budget-bank.ts';
import { SqliteCacheEntries } from './cache-entries.ts';
import { databasePath, SqliteDatabase, type StoreFacts, storageFailed } from './database.ts';
import { SqliteQueries } from './queries.ts';
import { SqliteRuleBook } from './rule-book.ts';
import { SqliteSemanticEntries } from './semantic-entries.ts';

export interface Records {
  readonly analytics: Analytics;
  /** Deletes every ended record, and says how many there were. */
  reset(): Promise<number>;
  readonly cache: CacheEntries;
  readonly semantic: SemanticEntries;
  facts(): Promise<StoreFacts>;
  close(): Promise<void>;
}

/** Throws `no_data` where there is no database. Takes in what killed servers left in their spools. */
export async function openRecords(dataDir: string): Promise<Records> {
  if (!existsSync(databasePath(dataDir))) {
    throw new TokenWatchError(
      'no_data',
      `There are no records in ${dataDir} yet. Run "tokenwatch start" and send a request through it, or "tokenwatch demo".`,
    );
  }
  const database = new SqliteDatabase(dataDir);
  recoverWherePossible(database);
  return {
    analytics: analyticsOf(database, dataDir),
    reset: () => ask(dataDir, () => database.reset()),
    facts: () => ask(dataDir, () => database.facts()),
    cache: new SqliteCacheEntries(database.connection),
    semantic: new SqliteSemanticEntries(database.connection),
    close: async () => database.close(),
  };
}

/** A busy or full database can still be read; where it cannot, the question itself fails and says so. */
function recoverWherePossible(database: SqliteDatabase): void {
  try {
    database.recover();
  } catch {
    // What was left waits for the next one who opens it.
  }
}

async function ask<T>(dataDir: string, question: () => T): Promise<T> {
  try {
    return question();
  } catch (cause) {
    throw storageFailed(dataDir, cause);
  }
}

function analyticsOf(database: SqliteDatabase, dataDir: string): Analytics {
  const queries = new SqliteQueries(database.connection);
  return {
    summary: (range, filter) => ask(dataDir, () => queries.summary(range, filter)),
    breakdown: (range, by, limit, filter) => ask(dataDir, () => queries.breakdown(range, by, limit, filter)),
    series: (range, bucketMs, filter) => ask(dataDir, () => queries.series(range, bucketMs, filter)),
    timings: (range, bucketMs, filter) => ask(dataDir, () => queries.timings(range, bucketMs, filter)),
    stacks: (range, bucketMs, by, limit, filter) =>
      ask(dataDir, () => queries.stacks(range, bucketMs, by, limit, filter)),
    requests: (query) => ask(dataDir, () => queries.requests(query)),
    request: (id) => ask(dataDir, () => queries.request(id)),
    recent: (query) => ask(dataDir, () => queries.recent(query)),
    variants: (experiment) => ask(dataDir, () => queries.variants(experiment)),
    changes: (cursor, limit) => ask(dataDir, () => queries.changes(cursor, limit)),
    lastChange: () => ask(dataDir, () => queries.lastChange()),
  };
}

/** Everything that decisions ask, over one connection. Where there is no database, an empty one in memory. */
export function openDecisions(dataDir: string): {
  readonly analytics: Analytics;
  readonly bank: BudgetBank;
  readonly book: RuleBook;
  readonly entries: CacheEntries;
  close(): void;
} {
  const exists = existsSync(databasePath(dataDir));
  const database = new SqliteDatabase(dataDir, exists ? undefined : ':memory:');
  if (exists) recoverWherePossible(database);
  return {
    analytics: analyticsOf(database, dataDir),
    bank: new SqliteBudgetBank(database.connection),
    book: new SqliteRuleBook(database.connection),
    entries: new SqliteCacheEntries(database.connection),
    close: () => database.close(),
  };
}

/** Budgets and rules can be set before the first server runs: these make the database where there is none. */
export async function openBudgets(
  dataDir: string,
): Promise<{ readonly bank: BudgetBank; close(): Promise<void> }> {
  const database = new SqliteDatabase(dataDir);
  database.recover();
  return { bank: new SqliteBudgetBank(database.connection), close: async () => database.close() };
}

export async function openRules(
  dataDir: string,
): Promise<{ readonly book: RuleBook; close(): Promise<void> }> {
  const database = new SqliteDatabase(dataDir);
  database.recover();
  return { book: new SqliteRuleBook(database.connection), close: async () => database.close() };
}
