// The worker thread that answers reports from PostgreSQL: what takes long there keeps nobody waiting.

import { parentPort, workerData } from 'node:worker_threads';
import { hostReports } from '../workers/host.ts';
import { PostgresDatabase, storageFailed } from './database.ts';
import { roomsOf } from './rooms.ts';
import { storeFacts } from './store-facts.ts';

const CONNECTIONS = 2;
const { url } = workerData as { url: string };
if (parentPort === null) throw new Error('the reports worker must run as a worker thread');

const database = new PostgresDatabase(url, CONNECTIONS);
hostReports(parentPort, {
  rooms: roomsOf(database),
  facts: () => storeFacts(database),
  close: () => database.close(),
  inWords: (error) => storageFailed(url, error),
});
