// How the Oracle store is opened: TOKENWATCH_ORACLE_DSN, _USER and _PASSWORD say where it is. The spool stays in the data
// folder.

import { TokenWatchError } from '../../core/errors.ts';
import { LeaseDesk } from '../../ledger/lease-desk.ts';
import { instanceOf } from '../instance.ts';
import { recoverEnded } from '../recover-ended.ts';
import { askRoom, roomsBy } from '../rooms.ts';
import { SpoolLoader } from '../spool-loader.ts';
import type { Store, StoreDriver, StoreSettings, Visit, WhereMissing } from '../store.ts';
import { openWorkerStore } from '../worker-store.ts';
import { addressOf } from './address.ts';
import { type OracleAddress, OracleDatabase, placeOf, storageFailed } from './database.ts';
import { examineOracle } from './examination.ts';
import { OracleLeases } from './leases.ts';
import { OracleRecordSink } from './record-sink.ts';
import { roomsOf } from './rooms.ts';
import { resetRecords, storeFacts } from './store-facts.ts';
import { transferDeskOf } from './transfer-desk.ts';

export const oracle: StoreDriver = {
  async serve(settings, { owner, warn, requiresDatabase = false }): Promise<Store> {
    const dataDir = settings.TOKENWATCH_DATA_DIR;
    const address = addressOf(settings);
    const vectorIndex = settings.TOKENWATCH_ORACLE_VECTOR_INDEX ?? 'none';
    const workerData = { dataDir, owner, address, requiresDatabase, vectorIndex };
    return asked(address, () =>
      openWorkerStore({
        main: { source: new URL('./store-worker', import.meta.url), workerData },
        reports: { source: new URL('./reports-worker', import.meta.url), workerData },
        warn,
        isShared: true,
      }),
    );
  },
  visit,
  examine: examineOracle,
};

async function visit(settings: StoreSettings, whereMissing: WhereMissing): Promise<Visit> {
  const address = addressOf(settings);
  const database = new OracleDatabase(address, 1);
  const ask = <T>(question: () => T | Promise<T>): Promise<T> => asked(address, question);
  try {
    const isThere = (await ask(() => database.version())) > 0;
    if (!isThere && whereMissing === 'refuse') {
      throw new TokenWatchError(
        'no_data',
        `There are no records at ${placeOf(address)} yet. Run "tokenwatch start" and send a request through it.`,
      );
    }
    // Tables without rows are what an empty store is.
    await ask(() => database.migrate());
    const dataDir = settings.TOKENWATCH_DATA_DIR;
    const instance = instanceOf(dataDir);
    const loader = new SpoolLoader(dataDir, new OracleRecordSink(database, instance));
    const leases = new LeaseDesk(new OracleLeases(database));
    // What was left in the spool waits for the next one who opens it.
    await recoverEnded(dataDir, instance, loader, leases).catch(() => undefined);
  } catch (error) {
    await database.close();
    throw error;
  }
  const rooms = roomsOf(database);
  return {
    ...roomsBy((room, call, parameters) => ask(() => askRoom(rooms, room, call, parameters)), true),
    transfer: transferDeskOf(database),
    reset: () => ask(() => resetRecords(database)),
    facts: () => ask(() => storeFacts(database)),
    close: () => database.close(),
  };
}

/** A fault of the database is told with what can be done about it. */
async function asked<T>(address: OracleAddress, question: () => T | Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (cause) {
    throw cause instanceof TokenWatchError && cause.code !== 'storage_failed'
      ? cause
      : storageFailed(address, cause);
  }
}
