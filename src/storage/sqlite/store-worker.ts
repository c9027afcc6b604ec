// The worker thread that owns the server's database: it loads the spool when nudged, and answers queries.

import { parentPort, workerData } from 'node:worker_threads';
import { SqliteBudgetBank } from './budget-bank.ts';
import { SqliteCacheEntries } from './cache-entries.ts';
import { SqliteDatabase } from './database.ts';
import { SqliteQueries } from './queries.ts';
import { SqliteRuleBook } from './rule-book.ts';
import { SqliteSemanticEntries } from './semantic-entries.ts';
import type { QueryName, WorkerCall, WorkerReply } from './store.ts';

const RETRY_MS = 200;
const { dataDir, owner } = workerData as { dataDir: string; owner: string };
const port = parentPort;
if (port === null) throw new Error('the store worker must run as a worker thread');

const database = new SqliteDatabase(dataDir);
const queries = new SqliteQueries(database.connection);
const budgets = new SqliteBudgetBank(database.connection);
const cache = new SqliteCacheEntries(database.connection);
const rules = new SqliteRuleBook(database.connection);
const semantic = new SqliteSemanticEntries(database.connection);
const reply = (message: WorkerReply): void => port.postMessage(message);
let fault: string | null = null;
/** What earlier processes left has been taken in. */
let recovered = false;
let retry: NodeJS.Timeout | null = null;

/** What killed processes left comes first: what was spent is not known without it. Throws while the database is busy. */
function take(ownerIsDone: boolean): number {
  const left = recovered ? 0 : database.recover().rejected;
  recovered = true;
  return left + database.load(owner, ownerIsDone).rejected;
}

function load(ownerIsDone: boolean): boolean {
  try {
    const rejected = take(ownerIsDone);
    if (rejected > 0)
      reply({ type: 'warning', message: `${rejected} damaged lines in the spools were left out.` });
    if (fault !== null)
      reply({ type: 'warning', message: 'The database takes records again; none was lost.' });
    fault = null;
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (fault === null) {
      reply({
        type: 'warning',
        message: `The database takes no records (${message}). Traffic goes on; they wait in the spool.`,
      });
    }
    fault = message;
    return false;
  }
}

function loadUntilDone(): void {
  if (retry !== null) return;
  if (load(false)) return;
  retry = setTimeout(() => {
    retry = null;
    loadUntilDone();
  }, RETRY_MS);
}

async function answer(name: QueryName, parameters: readonly unknown[]): Promise<unknown> {
  if (name === 'load') return take(false);
  if (name === 'reset') return database.reset();
  if (name === 'facts') return database.facts();
  const room = [queries, budgets, cache, rules, semantic].find((each) => name in each) ?? queries;
  const method = room[name as keyof typeof room] as (...values: readonly unknown[]) => unknown;
  return method.apply(room, [...parameters]);
}

function reject(id: number, error: unknown): void {
  reply({ type: 'failure', id, message: error instanceof Error ? error.message : String(error) });
}

port.on('message', (call: WorkerCall) => {
  if (call.type === 'nudge') {
    loadUntilDone();
  } else if (call.type === 'close') {
    if (retry !== null) clearTimeout(retry);
    load(true);
    database.close();
    port.close();
  } else {
    answer(call.name, call.parameters).then(
      (value) => reply({ type: 'result', id: call.id, value }),
      (error: unknown) => reject(call.id, error),
    );
  }
});

loadUntilDone();
reply({ type: 'ready' });
