// Takes spooled lines into a database that several proxies share, whichever it is. One batch at a time over all of
// them: the row of the change counter is the lock, so that changes are seen in the order of their numbers, and nobody
// else's batch stands between a look and a write. What the database's own words are needed for is its `SinkWords`.

import { readLine, type SpoolLine } from '../../record/spool-line.ts';
import { RollupBatch } from '../rollup/rollup-batch.ts';
import type { Row } from '../rows/request-row.ts';
import type { RecordSink, SpoolBatch } from './spool-loader.ts';
import { type Ground, type RaisedStart, takenLines } from './taken-lines.ts';

/** A start that comes again, with the number of its change. */
export type RaisedRow = RaisedStart & { readonly change: number };

/** `Asked` is a transaction's own connection. */
export interface SinkWords<Asked> {
  transaction<T>(work: (asked: Asked) => Promise<T>): Promise<T>;
  /** A text as the database keeps it. */
  storable(text: string): string;
  /** Before a batch is taken: what it needs to lie in. */
  prepare?(lines: readonly SpoolLine[]): Promise<void>;
  /** The last number of a change, locked until the transaction ends. */
  lockCounter(asked: Asked): Promise<number>;
  saveCounter(asked: Asked, last: number): Promise<void>;
  position(name: string): Promise<number>;
  putPosition(asked: Asked, name: string, reached: number): Promise<void>;
  forget(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
  ownersInFlight(): Promise<readonly string[]>;
  inFlightOf(asked: Asked, owner: string): Promise<readonly Row[]>;
  /** Rows with the number of their change. */
  interrupt(asked: Asked, rows: readonly Row[]): Promise<void>;
  /** All of `work`, or nothing of it and false where a line's own fault was in the way. */
  attempt(asked: Asked, work: () => Promise<void>): Promise<boolean>;
  /** What the database has of these lines' records, and of what they charge. */
  groundOf(asked: Asked, lines: readonly SpoolLine[]): Promise<Ground>;
  put(asked: Asked, rows: ReadonlyMap<string, Row>, ground: Ground): Promise<void>;
  raise(asked: Asked, rows: readonly RaisedRow[]): Promise<void>;
  /** Keeps what is another model's to pay beside its record. */
  move(asked: Asked, rows: readonly Row[]): Promise<void>;
  writeRollups(asked: Asked, rollups: RollupBatch): Promise<void>;
  /** Tells others that records were taken in. */
  tell?(asked: Asked): Promise<void>;
}

export class SharedRecordSink<Asked> implements RecordSink {
  readonly #words: SinkWords<Asked>;
  /** Several proxies on several machines may have one pid. */
  readonly #prefix: string;

  constructor(words: SinkWords<Asked>, instance: string) {
    this.#words = words;
    this.#prefix = `${instance}/`;
  }

  position(name: string): Promise<number> {
    return this.#words.position(this.#own(name));
  }

  async take({ owner, name, lines, nextOffset }: SpoolBatch): Promise<number> {
    const words = this.#words;
    const read = lines.map(readLine);
    const whole = read.filter((line) => line !== null);
    await words.prepare?.(whole);
    return this.#counted(async (asked, nextChange) => {
      let rejected = read.length - whole.length;
      const tryTake = (some: readonly SpoolLine[]): Promise<boolean> =>
        words.attempt(asked, () => this.#takeLines(asked, owner, some, nextChange));
      if (whole.length > 0 && !(await tryTake(whole))) {
        // One of them makes no record: each by itself, so that the others do.
        for (const line of whole) if (!(await tryTake([line]))) rejected += 1;
      }
      await words.putPosition(asked, this.#own(name), nextOffset);
      if (whole.length > 0) await words.tell?.(asked);
      return rejected;
    });
  }

  forget(name: string): Promise<void> {
    return this.#words.forget(this.#own(name));
  }

  async names(): Promise<readonly string[]> {
    return this.#ofThis(await this.#words.names());
  }

  async ownersInFlight(): Promise<readonly string[]> {
    return this.#ofThis(await this.#words.ownersInFlight());
  }

  async interrupt(owner: string): Promise<void> {
    const words = this.#words;
    await this.#counted(async (asked, nextChange) => {
      const rows = await words.inFlightOf(asked, this.#own(owner));
      const rollups = new RollupBatch();
      for (const row of rows)
        rollups.add({ ...row, outcome: 'interrupted', cost_nano_usd: row.reserved_nano_usd ?? null }, 1);
      await words.interrupt(
        asked,
        rows.map((row) => ({ ...row, change: nextChange() })),
      );
      await words.writeRollups(asked, rollups);
    });
  }

  async #takeLines(
    asked: Asked,
    owner: string,
    lines: readonly SpoolLine[],
    nextChange: () => number,
  ): Promise<void> {
    const words = this.#words;
    const ground = await words.groundOf(asked, lines);
    const { rows, raised, rollups, moved } = takenLines(lines, ground, words.storable);
    const numbered = new Map<string, Row>();
    for (const [id, row] of rows) numbered.set(id, { ...row, change: nextChange(), owner: this.#own(owner) });
    await words.put(asked, numbered, ground);
    const instance = this.#prefix.slice(0, -1);
    if (moved.length > 0)
      await words.move(
        asked,
        moved.map((row) => ({ ...row, instance })),
      );
    await words.raise(
      asked,
      raised.map((start) => ({ ...start, change: nextChange() })),
    );
    await words.writeRollups(asked, rollups);
  }

  /** A transaction that numbers changes. */
  #counted<T>(work: (asked: Asked, nextChange: () => number) => Promise<T>): Promise<T> {
    const words = this.#words;
    return words.transaction(async (asked) => {
      let last = await words.lockCounter(asked);
      const result = await work(asked, () => {
        last += 1;
        return last;
      });
      await words.saveCounter(asked, last);
      return result;
    });
  }

  #own(name: string): string {
    return `${this.#prefix}${name}`;
  }

  #ofThis(names: readonly string[]): readonly string[] {
    const own = names.filter((name) => name.startsWith(this.#prefix));
    return own.map((name) => name.slice(this.#prefix.length));
  }
}
