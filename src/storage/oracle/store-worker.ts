// The worker thread that writes a server's records into Oracle Database, and answers what decisions ask.

import { parentPort, workerData } from 'node:worker_threads';
import { instanceOf } from '../instance.ts';
import { SpoolLoader } from '../loading/spool-loader.ts';
import { hostStore } from '../workers/host.ts';
import { isAway, type OracleAddress, OracleDatabase, storageFailed } from './database.ts';
import { OracleRecordSink } from './record-sink.ts';
import { roomsOf } from './rooms.ts';
import { resetRecords, storeFacts } from './store-facts.ts';
import type { VectorIndexChoice } from './vector-search.ts';

/** One takes records in; the others answer meanwhile. */
const CONNECTIONS = 4;
const LEASE_TIMEOUT_MS = 5000;
const { dataDir, owner, address, requiresDatabase, vectorIndex } = workerData as {
  readonly dataDir: string;
  readonly owner: string;
  readonly address: OracleAddress;
  readonly requiresDatabase: boolean;
  readonly vectorIndex: VectorIndexChoice;
};
if (parentPort === null) throw new Error('the store worker must run as a worker thread');

const database = new OracleDatabase(address, CONNECTIONS);
/** Leases wait for no batch of records, and no longer than their use. */
const leases = new OracleDatabase(address, 1, LEASE_TIMEOUT_MS);
const instance = instanceOf(dataDir);
await hostStore(parentPort, owner, {
  rooms: roomsOf(database, { self: { instance, owner }, leases, vectorIndex }),
  prepare: () => database.migrate(),
  isAway: (error) => !requiresDatabase && isAway(error),
  inWords: (error) => storageFailed(address, error),
  loader: new SpoolLoader(dataDir, new OracleRecordSink(database, instance)),
  reset: () => resetRecords(database),
  facts: () => storeFacts(database),
  close: async () => {
    await leases.close();
    await database.close();
  },
});
