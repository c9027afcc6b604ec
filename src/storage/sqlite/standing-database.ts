// The database of a server, which may be found damaged: then it is set aside, everything that is asked fails and says
// why, and once "tokenwatch repair" has put one back that is taken.

import { statSync } from 'node:fs';
import { systemClock } from '../../core/clock.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { FolderWatch } from '../../record/folder-watch.ts';
import { SpoolLoader } from '../loading/spool-loader.ts';
import type { Rooms, StoreFacts } from '../store.ts';
import type { HostedStore } from '../workers/host.ts';
import { damagedError, isDamage, setAside, unrepaired } from './damage.ts';
import { databasePath, SqliteDatabase, storageFailed } from './database.ts';
import { lostWords } from './lost-database.ts';
import { SqliteRecordSink } from './record-sink.ts';
import { roomsOf } from './rooms.ts';
import { storeFacts } from './store-facts.ts';

interface Open {
  /** Which file it is, whatever lies under its name later. */
  readonly file: string | null;
  readonly database: SqliteDatabase;
  readonly rooms: Rooms;
  readonly loader: SpoolLoader;
}

export class StandingDatabase implements HostedStore {
  readonly #dataDir: string;
  readonly #owner: string;
  readonly #warn: (message: string) => void;
  readonly #folder: FolderWatch;
  #open: Open | null = null;
  #isTold = false;

  constructor(dataDir: string, owner: string, warn: (message: string) => void) {
    this.#dataDir = dataDir;
    this.#owner = owner;
    this.#warn = warn;
    this.#folder = new FolderWatch(dataDir, warn);
  }

  async prepare(): Promise<void> {
    this.#current();
  }

  /** Traffic flows without it. Whatever else keeps it from being opened ends the start. */
  isAway(error: unknown): boolean {
    return isDamage(error) || unrepaired(this.#dataDir) !== null;
  }

  get rooms(): Rooms {
    return this.#current().rooms;
  }

  get loader(): SpoolLoader {
    return this.#current().loader;
  }

  async reset(): Promise<number> {
    return this.#current().database.reset();
  }

  async facts(): Promise<StoreFacts> {
    return storeFacts(this.#current().database.connection);
  }

  async close(): Promise<void> {
    this.#open?.database.close();
  }

  /** With the folder, where the spool is as well. */
  hasLostSpool(): boolean {
    return this.#folder.isGone;
  }

  inWords(error: unknown): TokenWatchError {
    return storageFailed(this.#dataDir, error);
  }

  failed(error: unknown): void {
    if (this.#open !== null && isDamage(error)) this.#giveUp(error);
  }

  #current(): Open {
    if (this.#open !== null) {
      // What is written to a file without a name ends with the process: in the spool it is safe.
      if (this.#open.file === fileAt(databasePath(this.#dataDir))) return this.#open;
      throw gone(this.#dataDir, this.hasLostSpool());
    }
    const waits = unrepaired(this.#dataDir);
    if (waits !== null) throw this.#tell(waits);
    try {
      const database = new SqliteDatabase(this.#dataDir);
      const { connection } = database;
      const lost = lostWords(this.#dataDir, databasePath(this.#dataDir), connection);
      if (lost !== null) this.#warn(lost);
      const loader = new SpoolLoader(this.#dataDir, new SqliteRecordSink(connection));
      this.#isTold = false;
      const file = fileAt(databasePath(this.#dataDir));
      this.#open = { file, database, rooms: roomsOf(connection, this.#owner), loader };
      return this.#open;
    } catch (error) {
      if (!isDamage(error)) throw error;
      throw this.#giveUp(error);
    }
  }

  #giveUp(cause: unknown): Error {
    try {
      this.#open?.database.close();
    } catch {
      // It cannot be closed in order; what it was asked last has failed already.
    }
    this.#open = null;
    return this.#tell(damagedError(setAside(this.#dataDir, systemClock.now()), cause));
  }
  /** Once, also of what an earlier process has set aside. */
  #tell(damaged: TokenWatchError): TokenWatchError {
    if (!this.#isTold)
      this.#warn(
        `DAMAGED: ${damaged.message} Until then traffic goes on, records wait in the spool, and hard budgets go by what this process knows.`,
      );
    this.#isTold = true;
    return damaged;
  }
}

function fileAt(path: string): string | null {
  const facts = statSync(path, { throwIfNoEntry: false, bigint: true });
  // Its number is nobody else's while it is open.
  return facts === undefined ? null : `${facts.dev} ${facts.ino}`;
}

function gone(dataDir: string, isFolder: boolean): TokenWatchError {
  if (isFolder)
    return new TokenWatchError(
      'storage_failed',
      `the data folder ${dataDir} was deleted or replaced while TokenWatch runs, and the database and the spool with it. Start TokenWatch again: it makes the folder anew`,
    );
  return new TokenWatchError(
    'storage_failed',
    `the database ${databasePath(dataDir)} was deleted, or replaced by another, while TokenWatch runs. Put it back where it was, or start TokenWatch again: then it takes what lies there, and what waits in the spool`,
  );
}
