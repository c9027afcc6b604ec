// A command's look into a database that several proxies may share, whichever it is.

import { TokenWatchError } from '../core/errors.ts';
import { LeaseDesk } from '../ledger/leases/lease-desk.ts';
import type { LeaseStore } from '../ledger/leases/lease-store.ts';
import { instanceOf } from './instance.ts';
import { type RecordSink, SpoolLoader } from './loading/spool-loader.ts';
import { olderDatabase } from './older-database.ts';
import { recoverEnded } from './recover-ended.ts';
import { askRoom, roomsBy } from './rooms.ts';
import type { Rooms, StoreFacts, Visit, WhereMissing } from './store.ts';
import type { TransferDesk } from './transfer/ports.ts';

export interface SharedDatabase {
  /** Of its tables; 0 where there are none yet. */
  version(): Promise<number>;
  /** That this TokenWatch makes of them. */
  readonly latestVersion: number;
  migrate(): Promise<unknown>;
  close(): Promise<void>;
}

/** What the database's own folder makes over an open one. */
export interface SharedParts {
  readonly sink: (instance: string) => RecordSink;
  readonly leases: LeaseStore;
  readonly rooms: Rooms;
  readonly transfer: TransferDesk;
  readonly reset: () => Promise<number>;
  readonly facts: () => Promise<StoreFacts>;
}

export interface SharedPlace {
  readonly dataDir: string;
  /** For people, without a password. */
  readonly place: string;
  /** What the database said, with what can be done about it. */
  readonly failed: (cause: unknown) => TokenWatchError;
}

export async function visitShared(
  database: SharedDatabase,
  { dataDir, place, failed }: SharedPlace,
  whereMissing: WhereMissing,
  { sink, leases, rooms, transfer, reset, facts }: SharedParts,
): Promise<Visit> {
  const ask = <T>(question: () => T | Promise<T>): Promise<T> => toldOf(failed, question);
  try {
    const version = await ask(() => database.version());
    if (version === 0 && whereMissing !== 'create' && whereMissing !== 'empty') {
      throw new TokenWatchError(
        'no_data',
        `There are no records at ${place} yet. Run "tokenwatch start" and send a request through it.`,
      );
    }
    if (version > 0 && version < database.latestVersion && whereMissing !== 'upgrade')
      throw olderDatabase(place, version, database.latestVersion);
    if (whereMissing !== 'look') {
      // Tables without rows are what an empty store is.
      await ask(() => database.migrate());
      const instance = instanceOf(dataDir);
      const loader = new SpoolLoader(dataDir, sink(instance));
      // What was left in the spool waits for the next one who opens it.
      await recoverEnded(dataDir, instance, loader, new LeaseDesk(leases)).catch(() => undefined);
    }
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    ...roomsBy((room, call, parameters) => ask(() => askRoom(rooms, room, call, parameters)), true),
    transfer,
    reset: () => ask(reset),
    facts: () => ask(facts),
    close: () => database.close(),
  };
}

/** A fault of the database is told by `failed`; an error of ours says itself what is to be done. */
export async function toldOf<T>(failed: SharedPlace['failed'], question: () => T | Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (cause) {
    throw cause instanceof TokenWatchError && cause.code !== 'storage_failed' ? cause : failed(cause);
  }
}
