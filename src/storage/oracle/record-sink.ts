// Takes spooled lines into Oracle Database. One batch at a time over all proxies: the row of the change counter is the
// lock, so that changes are seen in the order of their numbers, and nobody else's batch stands between a look and a write.

import { readLine, type SpoolLine } from '../../record/spool-line.ts';
import type { Row } from '../request-row.ts';
import { RollupBatch } from '../rollup/rollup-batch.ts';
import type { RecordSink, SpoolBatch } from '../spool-loader.ts';
import { billingKeyOf, type Ground, takenLines } from '../taken-lines.ts';
import { bindOf, COLUMNS, RECORD_SINK } from './catalogue/record-sink.ts';
import { RETENTION } from './catalogue/retention.ts';
import type { Asked, OracleDatabase } from './database.ts';
import { isLinesOwnFault } from './faults.ts';
import { writeRollups } from './rollup-writer.ts';
import { listsOf } from './texts.ts';
import type { Value } from './values.ts';

export class OracleRecordSink implements RecordSink {
  readonly #database: OracleDatabase;
  /** Several proxies on several machines may have one pid. */
  readonly #instance: string;

  constructor(database: OracleDatabase, instance: string) {
    this.#database = database;
    this.#instance = instance;
  }

  async position(name: string): Promise<number> {
    const [row] = await this.#database.rows(RECORD_SINK.position, { name: this.#own(name) });
    return Number(row?.position ?? 0);
  }

  take({ owner, name, lines, nextOffset }: SpoolBatch): Promise<number> {
    return this.#database.transaction(async (asked) => {
      const counter = await Counter.lock(asked);
      const read = lines.map(readLine);
      const whole = read.filter((line) => line !== null);
      let rejected = read.length - whole.length;
      if (!(await this.#tryTake(asked, owner, whole, counter))) {
        // One of them makes no record: each by itself, so that the others do.
        for (const line of whole) if (!(await this.#tryTake(asked, owner, [line], counter))) rejected += 1;
      }
      await counter.save();
      await asked.run(RECORD_SINK.putPosition, { name: this.#own(name), reached: nextOffset });
      return rejected;
    });
  }

  async forget(name: string): Promise<void> {
    await this.#database.run(RECORD_SINK.forget, { name: this.#own(name) });
  }

  async names(): Promise<readonly string[]> {
    const rows = await this.#database.rows(RECORD_SINK.names);
    return rows.map(({ name }) => String(name)).flatMap((name) => this.#withoutInstance(name));
  }

  async ownersInFlight(): Promise<readonly string[]> {
    const rows = await this.#database.rows(RECORD_SINK.ownersInFlight);
    return rows.map(({ owner }) => String(owner)).flatMap((owner) => this.#withoutInstance(owner));
  }

  async interrupt(owner: string): Promise<void> {
    await this.#database.transaction(async (asked) => {
      const counter = await Counter.lock(asked);
      const rows = (await asked.rows(RECORD_SINK.inFlightOf, { owner: this.#own(owner) })) as Row[];
      const rollups = new RollupBatch();
      for (const row of rows)
        rollups.add({ ...row, outcome: 'interrupted', cost_nano_usd: row.reserved_nano_usd ?? null }, 1);
      await asked.runMany(
        RECORD_SINK.interrupt,
        rows.map(({ id }) => ({ next_change: counter.next(), id: id ?? null })),
      );
      await writeRollups(asked, rollups);
      await counter.save();
    });
  }

  /** False, and nothing is done, where one of the lines makes no record. */
  async #tryTake(
    asked: Asked,
    owner: string,
    lines: readonly SpoolLine[],
    counter: Counter,
  ): Promise<boolean> {
    if (lines.length === 0) return true;
    await asked.run(RECORD_SINK.savepoint);
    try {
      await this.#takeLines(asked, owner, lines, counter);
      return true;
    } catch (error) {
      if (!isLinesOwnFault(error)) throw error;
      await asked.run(RECORD_SINK.backToSavepoint);
      return false;
    }
  }

  async #takeLines(
    asked: Asked,
    owner: string,
    lines: readonly SpoolLine[],
    counter: Counter,
  ): Promise<void> {
    const ground = await groundOf(asked, lines);
    const { rows, raised, rollups } = takenLines(lines, ground);
    const [added, ended]: [Record<string, Value>[], Record<string, Value>[]] = [[], []];
    for (const [id, row] of rows) {
      const whole: Row = { ...row, change: counter.next(), owner: this.#own(owner) };
      const values = Object.fromEntries(COLUMNS.map((column) => [bindOf(column), whole[column] ?? null]));
      (ground.known.has(id) ? ended : added).push(values);
    }
    await asked.runMany(RECORD_SINK.add, added);
    await asked.runMany(RECORD_SINK.end, ended);
    await asked.runMany(
      RECORD_SINK.raise,
      raised
        .filter(({ reservedNanoUsd }) => reservedNanoUsd !== null)
        .map(({ id, reservedNanoUsd }) => ({ reserved: reservedNanoUsd, next_change: counter.next(), id })),
    );
    await writeRollups(asked, rollups);
  }

  #own(name: string): string {
    return `${this.#instance}/${name}`;
  }

  #withoutInstance(name: string): readonly string[] {
    const prefix = `${this.#instance}/`;
    return name.startsWith(prefix) ? [name.slice(prefix.length)] : [];
  }
}

/** What the database has of these lines' records, and of what they charge. */
async function groundOf(asked: Asked, lines: readonly SpoolLine[]): Promise<Ground> {
  const known = new Map<string, Row>();
  for (const ids of listsOf([...new Set(lines.map(({ start }) => start.id))]))
    for (const row of (await asked.rows(RECORD_SINK.known, { ids })) as Row[]) known.set(String(row.id), row);
  const charged = new Map<string, string>();
  const keys = lines.map(billingKeyOf).filter((key) => key !== null);
  for (const list of listsOf([...new Set(keys)]))
    for (const row of await asked.rows(RECORD_SINK.charged, { keys: list }))
      charged.set(String(row.billing_key), String(row.id));
  return { known, charged, deleted: await deletedOf(asked, lines) };
}

/** Which of these come again, and were deleted meanwhile. */
async function deletedOf(asked: Asked, lines: readonly SpoolLine[]): Promise<ReadonlySet<string>> {
  const [state] = await asked.rows(RETENTION.rowsFrom);
  const old = lines.filter(({ start }) => start.startedAtMs < Number(state?.rows_from_ms));
  const deleted = new Set<string>();
  for (const ids of listsOf([...new Set(old.map(({ start }) => start.id))]))
    for (const { id } of await asked.rows(RETENTION.deleted, { ids })) deleted.add(String(id));
  return deleted;
}

/** The numbers of changes: locked until the transaction ends. */
class Counter {
  readonly #asked: Asked;
  #last: number;

  static async lock(asked: Asked): Promise<Counter> {
    const [row] = await asked.rows(RECORD_SINK.lockCounter);
    return new Counter(asked, Number(row?.last));
  }

  private constructor(asked: Asked, last: number) {
    this.#asked = asked;
    this.#last = last;
  }

  next(): number {
    this.#last += 1;
    return this.#last;
  }

  async save(): Promise<void> {
    await this.#asked.run(RECORD_SINK.saveCounter, { newest: this.#last });
  }
}
