// How the PostgreSQL store is opened: TOKENWATCH_DATABASE_URL says where it is. The spool stays in the data folder.

import { type SharedPlace, toldOf, visitShared } from '../shared-visit.ts';
import type { Store, StoreDriver, StoreSettings, Visit, WhereMissing } from '../store.ts';
import { openWorkerStore } from '../workers/store.ts';
import { PostgresDatabase, storageFailed, withoutPassword } from './database.ts';
import { PostgresLeases } from './leases.ts';
import { PostgresRecordSink } from './record-sink.ts';
import { roomsOf } from './rooms.ts';
import { resetRecords, storeFacts } from './store-facts.ts';
import { transferDeskOf } from './transfer-desk.ts';

export const postgres: StoreDriver = {
  async serve(settings, { owner, warn, requiresDatabase = false }): Promise<Store> {
    const url = urlOf(settings);
    const { dataDir, failed } = placeOf(settings, url);
    const workerData = { dataDir, owner, url, requiresDatabase };
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
};

async function visit(settings: StoreSettings, whereMissing: WhereMissing): Promise<Visit> {
  const url = urlOf(settings);
  const database = new PostgresDatabase(url, 1);
  return visitShared(database, placeOf(settings, url), whereMissing, {
    sink: (instance) => new PostgresRecordSink(database, instance),
    leases: new PostgresLeases(database),
    rooms: roomsOf(database),
    transfer: transferDeskOf(database),
    reset: () => resetRecords(database),
    facts: () => storeFacts(database),
  });
}

function placeOf({ TOKENWATCH_DATA_DIR: dataDir }: StoreSettings, url: string): SharedPlace {
  return { dataDir, place: withoutPassword(url), failed: (cause) => storageFailed(url, cause) };
}

function urlOf({ TOKENWATCH_DATABASE_URL: url }: StoreSettings): string {
  if (url === undefined || url === '') throw new Error('the PostgreSQL store needs a URL');
  return url;
}
