// How the Oracle store is opened: TOKENWATCH_ORACLE_DSN, _USER and _PASSWORD say where it is. The spool stays in the
// data folder.

import { type SharedPlace, toldOf, visitShared } from '../shared-visit.ts';
import type { Store, StoreDriver, StoreSettings, Visit, WhereMissing } from '../store.ts';
import { openWorkerStore } from '../workers/store.ts';
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
    const address = addressOf(settings);
    const { dataDir, failed } = sharedPlaceOf(settings, address);
    const vectorIndex = settings.TOKENWATCH_ORACLE_VECTOR_INDEX ?? 'none';
    const workerData = { dataDir, owner, address, requiresDatabase, vectorIndex };
    return toldOf(failed, () =>
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
  return visitShared(database, sharedPlaceOf(settings, address), whereMissing, {
    sink: (instance) => new OracleRecordSink(database, instance),
    leases: new OracleLeases(database),
    rooms: roomsOf(database),
    transfer: transferDeskOf(database),
    reset: () => resetRecords(database),
    facts: () => storeFacts(database),
  });
}

function sharedPlaceOf({ TOKENWATCH_DATA_DIR: dataDir }: StoreSettings, address: OracleAddress): SharedPlace {
  return { dataDir, place: placeOf(address), failed: (cause) => storageFailed(address, cause) };
}
