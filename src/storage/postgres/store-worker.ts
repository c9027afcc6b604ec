// The worker thread that writes a server's records into PostgreSQL, and answers what decisions ask.

import { parentPort, workerData } from 'node:worker_threads';
import { instanceOf } from '../instance.ts';
import { SpoolLoader } from '../spool-loader.ts';
import { hostStore } from '../worker-host.ts';
import { PostgresDatabase } from './database.ts';
import { PostgresRecordSink } from './record-sink.ts';
import { roomsOf } from './rooms.ts';
import { resetRecords, storeFacts } from './store-facts.ts';

/** One takes records in; the others answer meanwhile. */
const CONNECTIONS = 4;
const { dataDir, owner, url } = workerData as { dataDir: string; owner: string; url: string };
if (parentPort === null) throw new Error('the store worker must run as a worker thread');

const database = new PostgresDatabase(url, CONNECTIONS);
await database.migrate();
await hostStore(parentPort, owner, {
  rooms: roomsOf(database),
  loader: new SpoolLoader(dataDir, new PostgresRecordSink(database, instanceOf(dataDir))),
  reset: () => resetRecords(database),
  facts: () => storeFacts(database),
  close: () => database.close(),
});
