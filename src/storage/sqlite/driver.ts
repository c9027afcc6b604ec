// How the SQLite store is opened: a file in the data folder, in workers for a server, in place for a command.

import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { TokenWatchError } from '../../core/errors.ts';
import { SpoolLoader } from '../loading/spool-loader.ts';
import { askRoom, roomsBy } from '../rooms.ts';
import type { StoreDriver, StoreSettings, Visit, WhereMissing } from '../store.ts';
import { openWorkerStore } from '../workers/store.ts';
import { unrepaired } from './damage.ts';
import { databasePath, noRecords, openToRead, SqliteDatabase, storageFailed } from './database.ts';
import { SqliteRecordSink } from './record-sink.ts';
import { roomsOf } from './rooms.ts';
import { storeFacts } from './store-facts.ts';
import { transferDeskOf } from './transfer-desk.ts';

export const sqlite: StoreDriver = {
  serve: ({ TOKENWATCH_DATA_DIR: dataDir }, { owner, warn }) =>
    openWorkerStore({
      main: { source: new URL('./store-worker', import.meta.url), workerData: { dataDir, owner } },
      reports: { source: new URL('./reports-worker', import.meta.url), workerData: { dataDir } },
      warn,
    }),
  visit,
};

async function visit(
  { TOKENWATCH_DATA_DIR: dataDir }: StoreSettings,
  whereMissing: WhereMissing,
): Promise<Visit> {
  const damaged = unrepaired(dataDir);
  if (damaged !== null) throw damaged;
  const isThere = existsSync(databasePath(dataDir));
  if (!isThere && whereMissing !== 'create' && whereMissing !== 'empty') throw noRecords(dataDir);
  if (whereMissing === 'look') return visitOf(dataDir, openToRead(dataDir));
  const isFile = isThere || whereMissing === 'create';
  const database = new SqliteDatabase(dataDir, isFile ? undefined : ':memory:', whereMissing === 'upgrade');
  if (isFile) {
    const loader = new SpoolLoader(dataDir, new SqliteRecordSink(database.connection));
    // A busy or full database can still be read; where it cannot, the question itself fails and says so. What was
    // left waits for the next one who opens it.
    await loader.recover().catch(() => undefined);
  }
  return visitOf(dataDir, database.connection, database);
}

/** `database` is null for whoever only looks. */
function visitOf(dataDir: string, connection: DatabaseSync, database: SqliteDatabase | null = null): Visit {
  const rooms = roomsOf(connection);
  const ask = <T>(question: () => T | Promise<T>): Promise<T> => asked(dataDir, question);
  return {
    ...roomsBy((room, call, parameters) => ask(() => askRoom(rooms, room, call, parameters))),
    transfer: transferDeskOf(connection),
    reset: () => ask(() => database?.reset() ?? 0),
    facts: () => ask(() => storeFacts(connection)),
    close: async () => connection.close(),
  };
}

/** A fault of the database is told with what can be done about it. */
async function asked<T>(dataDir: string, question: () => T | Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (cause) {
    throw cause instanceof TokenWatchError ? cause : storageFailed(dataDir, cause);
  }
}
