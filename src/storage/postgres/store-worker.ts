// The worker thread that writes a server's records into PostgreSQL, and answers what decisions ask.

import { parentPort, workerData } from 'node:worker_threads';
import { instanceOf } from '../instance.ts';
import { SpoolLoader } from '../loading/spool-loader.ts';
import type { WorkerReply } from '../workers/client.ts';
import { hostStore } from '../workers/host.ts';
import { isAway, PostgresDatabase, storageFailed } from './database.ts';
import { DayPartitions } from './day-partitions.ts';
import { PostgresHints } from './hints.ts';
import { PostgresRecordSink } from './record-sink.ts';
import { roomsOf } from './rooms.ts';
import { resetRecords, storeFacts } from './store-facts.ts';

/** One takes records in; the others answer meanwhile. */
const CONNECTIONS = 4;
const LEASE_TIMEOUT_MS = 3000;
const AHEAD_EVERY_MS = 3_600_000;
const { dataDir, owner, url, requiresDatabase } = workerData as {
  readonly dataDir: string;
  readonly owner: string;
  readonly url: string;
  readonly requiresDatabase: boolean;
};
if (parentPort === null) throw new Error('the store worker must run as a worker thread');
const port = parentPort;

const database = new PostgresDatabase(url, CONNECTIONS);
/** Leases wait for no batch of records, and no longer than their use. */
const leases = new PostgresDatabase(url, 1, LEASE_TIMEOUT_MS);
const instance = instanceOf(dataDir);
const partitions = new DayPartitions(database);
const hints = new PostgresHints(url, (topic) =>
  port.postMessage({ type: 'hint', topic } satisfies WorkerReply),
);
void hints.listen();
/** One that fails is made up for by the next, or by the first batch of a day. */
const makeAhead = (): Promise<void> => partitions.makeAhead().catch(() => undefined);
const ahead = setInterval(makeAhead, AHEAD_EVERY_MS).unref();
await hostStore(port, owner, {
  rooms: roomsOf(database, { instance, owner }, leases),
  prepare: async () => {
    await database.migrate();
    await makeAhead();
  },
  isAway: (error) => !requiresDatabase && isAway(error),
  inWords: (error) => storageFailed(url, error),
  loader: new SpoolLoader(dataDir, new PostgresRecordSink(database, instance, partitions)),
  reset: () => resetRecords(database),
  facts: () => storeFacts(database),
  close: async () => {
    clearInterval(ahead);
    hints.close();
    await leases.close();
    await database.close();
  },
});
