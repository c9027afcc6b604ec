// The worker thread that writes the server's database, and answers what decisions ask.

import { parentPort, workerData } from 'node:worker_threads';
import { SpoolLoader } from '../spool-loader.ts';
import { hostStore } from '../worker-host.ts';
import { SqliteDatabase } from './database.ts';
import { SqliteRecordSink } from './record-sink.ts';
import { roomsOf } from './rooms.ts';
import { storeFacts } from './store-facts.ts';

const { dataDir, owner } = workerData as { dataDir: string; owner: string };
if (parentPort === null) throw new Error('the store worker must run as a worker thread');

const database = new SqliteDatabase(dataDir);
await hostStore(parentPort, owner, {
  rooms: roomsOf(database.connection),
  loader: new SpoolLoader(dataDir, new SqliteRecordSink(database.connection)),
  reset: async () => database.reset(),
  facts: async () => storeFacts(database.connection),
  close: async () => database.close(),
});
