// The worker thread that owns the server's database.

import { parentPort, workerData } from 'node:worker_threads';
import { SpoolLoader } from '../spool-loader.ts';
import { hostStore } from '../worker-host.ts';
import { SqliteDatabase } from './database.ts';
import { SqliteRecordSink } from './record-sink.ts';
import { roomsOf } from './rooms.ts';

const { dataDir, owner } = workerData as { dataDir: string; owner: string };
if (parentPort === null) throw new Error('the store worker must run as a worker thread');

const database = new SqliteDatabase(dataDir);
await hostStore(parentPort, owner, {
  rooms: roomsOf(database.connection),
  loader: new SpoolLoader(dataDir, new SqliteRecordSink(database.connection)),
  reset: async () => database.reset(),
  facts: async () => database.facts(),
  close: async () => database.close(),
});
