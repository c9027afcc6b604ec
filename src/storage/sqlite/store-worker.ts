// The worker thread that owns the server's database: it loads the spool when nudged, and answers queries.

import { parentPort, workerData } from 'node:worker_threads';
import { SqliteBudgetBank } from './budget-bank.ts';
import { SqliteCacheEntries } from './cache-entries.ts';
import { SqliteDatabase } from './database.ts';
import { SqliteQueries } from './queries.ts';
import type { QueryName, WorkerCall, WorkerReply } from './store.ts';

const RETRY_MS = 200;
const { dataDir, owner } = workerData as { dataDir: string; owner: string };
const port = parentPort;
if (port === null) throw new Error('the store worker must run as a worker thread');

const database = new SqliteDatabase(dataDir);
const queries = new SqliteQueries(database.connection);
const budgets = new SqliteBudgetBank(database.connection);
const cache = new SqliteCacheEntries(database.connection);
const reply = (message: WorkerReply): void => port.postMessage(message);
let fault: string | null = null;
let retry: NodeJS.Timeout | null = null;

function load(ownerIsDone: boolean): boolean {
  try {
    const { rejected } = database.load(owner, ownerIsDone);
    if (rejected > 0)
      reply({ type: 'warning', message: `${rejected} damaged lines in the spool were left out.` });
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
  if (name === 'load') return database.load(owner, false);
  if (name === 'reset') return database.reset();
  if (name === 'facts') return database.facts();
  const room = [queries, budgets, cache].find((each) => name in each) ?? queries;
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

const recovered = database.recover();
if (recovered.rejected > 0)
  reply({ type: 'warning', message: `${recovered.rejected} damaged lines in old spools were left out.` });
reply({ type: 'ready' });
