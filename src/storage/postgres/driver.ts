// How the PostgreSQL store is opened: TOKENWATCH_DATABASE_URL says where it is. The spool stays in the data folder.

import { TokenWatchError } from '../../core/errors.ts';
import { LeaseDesk } from '../../ledger/lease-desk.ts';
import { instanceOf } from '../instance.ts';
import { recoverEnded } from '../recover-ended.ts';
import { askRoom, roomsBy } from '../rooms.ts';
import { SpoolLoader } from '../spool-loader.ts';
import type { Store, StoreDriver, StoreSettings, Visit, WhereMissing } from '../store.ts';
import { openWorkerStore } from '../worker-store.ts';
import { PostgresDatabase, storageFailed, withoutPassword } from './database.ts';
import { PostgresLeases } from './leases.ts';
import { PostgresRecordSink } from './record-sink.ts';
import { roomsOf } from './rooms.ts';
import { resetRecords, storeFacts } from './store-facts.ts';
import { transferDeskOf } from './transfer-desk.ts';

export const postgres: StoreDriver = {
  async serve(settings, { owner, warn, requiresDatabase = false }): Promise<Store> {
    const dataDir = settings.TOKENWATCH_DATA_DIR;
    const url = urlOf(settings);
    const workerData = { dataDir, owner, url, requiresDatabase };
    return asked(url, () =>
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
  const ask = <T>(question: () => T | Promise<T>): Promise<T> => asked(url, question);
  try {
    const isThere = (await ask(() => database.version())) > 0;
    if (!isThere && whereMissing === 'refuse') {
      throw new TokenWatchError(
        'no_data',
        `There are no records at ${withoutPassword(url)} yet. Run "tokenwatch start" and send a request through it.`,
      );
    }
    // Tables without rows are what an empty store is.
    await ask(() => database.migrate());
    const dataDir = settings.TOKENWATCH_DATA_DIR;
    const instance = instanceOf(dataDir);
    const loader = new SpoolLoader(dataDir, new PostgresRecordSink(database, instance));
    const leases = new LeaseDesk(new PostgresLeases(database));
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

function urlOf({ TOKENWATCH_DATABASE_URL: url }: StoreSettings): string {
  if (url === undefined || url === '') throw new Error('the PostgreSQL store needs a URL');
  return url;
}

/** A fault of the database is told with what can be done about it. */
async function asked<T>(url: string, question: () => T | Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (cause) {
    throw cause instanceof TokenWatchError && cause.code !== 'storage_failed'
      ? cause
      : storageFailed(url, cause);
  }
}
