// Takes what is in the spool into a database, whichever it is. Runs where the database runs.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { listSpools, ownerIsAlive, readSpool, type SpoolRead, spoolFolder } from '../../record/spool.ts';

export interface SpoolBatch {
  readonly owner: string;
  /** Of the spool file. */
  readonly name: string;
  /** Of `record/spool-line.ts`. */
  readonly lines: readonly string[];
  /** How far they reach. */
  readonly nextOffset: number;
}

/** The database's side. */
export interface RecordSink {
  /** How far a spool file was taken in; 0 for one of which nothing is known. */
  position(name: string): Promise<number>;
  /**
   * The lines and how far they reach are one transaction: a line is never taken twice, nor lost. Returns how many make
   * no record; they must not keep the ones behind them waiting.
   */
  take(batch: SpoolBatch): Promise<number>;
  /** A process may get the pid, and so the file names, of an earlier one: a position must not outlive its file. */
  forget(name: string): Promise<void>;
  /** Files with a position. */
  names(): Promise<readonly string[]>;
  /** Whose requests are in flight. */
  ownersInFlight(): Promise<readonly string[]>;
  /** Marks what an ended owner had in flight as interrupted, at the cost that was reserved for it. */
  interrupt(owner: string): Promise<void>;
}

/** Damaged lines that were left out. */
export interface Loaded {
  readonly rejected: number;
}

export class SpoolLoader {
  readonly #dataDir: string;
  readonly #sink: RecordSink;
  #last: Promise<unknown> = Promise.resolve();

  constructor(dataDir: string, sink: RecordSink) {
    this.#dataDir = dataDir;
    this.#sink = sink;
  }

  /** Loads what one process has spooled, and deletes files that are loaded whole and no longer written to. */
  load(owner: string, ownerIsDone: boolean): Promise<Loaded> {
    return this.#inTurn(() => this.#load(owner, ownerIsDone));
  }

  /** Loads the spools of processes that have ended, and marks what they had in flight as interrupted. */
  recover(): Promise<Loaded> {
    return this.#inTurn(() => this.#recover());
  }

  /**
   * Loads what all processes have spooled, of those that run as well, and deletes nothing: for a database that has not
   * its place yet. Whoever opens it there goes on from where this ended.
   */
  copy(): Promise<Loaded> {
    return this.#inTurn(() => this.#copy());
  }

  /** One at a time: two loads of one file would do the work twice. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #load(owner: string, ownerIsDone: boolean): Promise<Loaded> {
    const spools = listSpools(this.#dataDir).filter((spool) => spool.owner === owner);
    let rejected = 0;
    for (const [index, { name }] of spools.entries()) {
      rejected += await this.#loadFile(owner, name);
      if (ownerIsDone || index < spools.length - 1) {
        rmSync(join(spoolFolder(this.#dataDir), name), { force: true });
        await this.#sink.forget(name);
      }
    }
    return { rejected };
  }

  async #recover(): Promise<Loaded> {
    const spooled = listSpools(this.#dataDir).map((spool) => spool.owner);
    const owners = new Set([...spooled, ...(await this.#sink.ownersInFlight())]);
    await this.#forgetDeleted();
    let rejected = 0;
    for (const owner of owners) {
      if (ownerIsAlive(owner)) continue;
      rejected += (await this.#load(owner, true)).rejected;
      await this.#sink.interrupt(owner);
    }
    return { rejected };
  }

  async #copy(): Promise<Loaded> {
    let rejected = 0;
    for (const { owner, name } of listSpools(this.#dataDir)) rejected += await this.#loadFile(owner, name);
    for (const owner of await this.#sink.ownersInFlight())
      if (!ownerIsAlive(owner)) await this.#sink.interrupt(owner);
    return { rejected };
  }

  async #loadFile(owner: string, name: string): Promise<number> {
    let rejected = 0;
    for (;;) {
      const read = this.#read(name, await this.#sink.position(name));
      // Another process took the same file in, and has deleted it.
      if (read === null) return rejected;
      const { lines, nextOffset, atEnd } = read;
      if (lines.length > 0) rejected += await this.#sink.take({ owner, name, lines, nextOffset });
      if (atEnd) return rejected;
      // Who waits for an answer of the same database is not kept waiting for the whole file.
      await turn();
    }
  }

  #read(name: string, position: number): SpoolRead | null {
    try {
      return readSpool(this.#dataDir, name, position);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** What was left behind by a process that died between deleting a file and forgetting it. */
  async #forgetDeleted(): Promise<void> {
    const known = await this.#sink.names();
    if (known.length === 0) return;
    const names = new Set(listSpools(this.#dataDir).map((spool) => spool.name));
    for (const name of known) if (!names.has(name)) await this.#sink.forget(name);
  }
}
