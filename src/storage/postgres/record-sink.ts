// Takes spooled lines into PostgreSQL. One batch at a time over all proxies: the row of the change counter is the lock, so
// that changes are seen in the order of their numbers, and nobody else's batch stands between a look and a write.

import type { RequestStart } from '../../core/record.ts';
import { readLine, type SpoolLine } from '../../record/spool-line.ts';
import { chargeable, chargedEarlier } from '../charge.ts';
import { COLUMN_NAMES, type EndOrPending, IN_FLIGHT, type Row, requestRow } from '../request-row.ts';
import { RollupBatch } from '../rollup/rollup-batch.ts';
import type { RecordSink, SpoolBatch } from '../spool-loader.ts';
import { ROWS_FROM } from '../sql/retention-sql.ts';
import { type Asked, type PostgresDatabase, storableText } from './database.ts';
import { DayPartitions } from './day-partitions.ts';
import { CHANNEL } from './hints.ts';
import { writeRollups } from './rollup-writer.ts';

const TEXT = new Set(['id', 'owner', 'protocol', 'endpoint', 'method', 'path', 'upstream', 'app', 'outcome']);
const REAL = new Set(['time_to_first_byte_ms', 'latency_ms']);
const COLUMNS = ['change', 'owner', 'duplicate_of', ...COLUMN_NAMES];
/** An id has one start: both tell a request from every other. */
const KEY = ['id', 'started_at_ms'];
const UPDATES = COLUMNS.filter((name) => !KEY.includes(name)).map((name) => `${name} = excluded.${name}`);

type Line = { readonly row: Row; readonly hasEnded: boolean };
/** What a line says besides: whether it may take a charge. */
type Read = SpoolLine & { readonly billingKey: string | null };

export class PostgresRecordSink implements RecordSink {
  readonly #database: PostgresDatabase;
  /** Several proxies on several machines may have one pid. */
  readonly #instance: string;
  readonly #partitions: DayPartitions;

  constructor(database: PostgresDatabase, instance: string, partitions = new DayPartitions(database)) {
    this.#database = database;
    this.#instance = instance;
    this.#partitions = partitions;
  }

  async position(name: string): Promise<number> {
    const [row] = await this.#database.rows('SELECT position FROM spool_progress WHERE name = ?', [
      this.#own(name),
    ]);
    return Number(row?.position ?? 0);
  }

  async take({ owner, name, lines, nextOffset }: SpoolBatch): Promise<number> {
    const read = lines.map(readLine);
    const whole = read.filter((line) => line !== null);
    // Where it cannot be made now, they lie in the part of all other times.
    await this.#partitions.makeFor(whole.map(({ start }) => start.startedAtMs)).catch(() => undefined);
    return this.#database.transaction(async (asked) => {
      const counter = await Counter.lock(asked);
      let rejected = read.length - whole.length;
      if (!(await this.#tryTake(asked, owner, whole, counter))) {
        // One of them makes no record: each by itself, so that the others do.
        for (const line of whole) if (!(await this.#tryTake(asked, owner, [line], counter))) rejected += 1;
      }
      await counter.save();
      await asked.run(
        `INSERT INTO spool_progress VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET position = excluded.position`,
        [this.#own(name), nextOffset],
      );
      if (whole.length > 0) await asked.run('SELECT pg_notify(?, ?)', [CHANNEL, 'records']);
      return rejected;
    });
  }

  async forget(name: string): Promise<void> {
    await this.#database.run('DELETE FROM spool_progress WHERE name = ?', [this.#own(name)]);
  }

  async names(): Promise<readonly string[]> {
    const rows = await this.#database.rows('SELECT name FROM spool_progress');
    return rows.map(({ name }) => String(name)).flatMap((name) => this.#withoutInstance(name));
  }

  async ownersInFlight(): Promise<readonly string[]> {
    const sql = `SELECT DISTINCT owner FROM requests WHERE outcome = 'in_flight'`;
    const rows = await this.#database.rows(sql);
    return rows.map(({ owner }) => String(owner)).flatMap((owner) => this.#withoutInstance(owner));
  }

  async interrupt(owner: string): Promise<void> {
    await this.#database.transaction(async (asked) => {
      const counter = await Counter.lock(asked);
      const rows = (await asked.rows(`SELECT * FROM requests WHERE outcome = 'in_flight' AND owner = ?`, [
        this.#own(owner),
      ])) as Row[];
      const rollups = new RollupBatch();
      for (const row of rows) {
        await asked.run(
          `UPDATE requests SET outcome = 'interrupted', cost_nano_usd = reserved_nano_usd, change = ?
           WHERE id = ? AND started_at_ms = ?`,
          [counter.next(), String(row.id), Number(row.started_at_ms)],
        );
        rollups.add({ ...row, outcome: 'interrupted', cost_nano_usd: row.reserved_nano_usd ?? null }, 1);
      }
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
    await asked.run('SAVEPOINT lines');
    try {
      await this.#takeLines(asked, owner, lines, counter);
      await asked.run('RELEASE SAVEPOINT lines');
      return true;
    } catch (error) {
      if (!isLinesOwnFault(error)) throw error;
      await asked.run('ROLLBACK TO SAVEPOINT lines');
      return false;
    }
  }

  async #takeLines(
    asked: Asked,
    owner: string,
    lines: readonly SpoolLine[],
    counter: Counter,
  ): Promise<void> {
    const read = lines.map((line): Read => {
      const billingKey = 'end' in line ? chargeable(line.end).billingKey : null;
      return { ...line, billingKey };
    });
    const before = await this.#before(asked, read);
    const deleted = await deletedOf(asked, read);
    const charged = await chargesOf(asked, read);
    const rollups = new RollupBatch();
    const rows = new Map<string, Line>();
    /** Starts that come again: more is reserved. */
    const raised: RequestStart[] = [];
    for (const line of read) {
      const id = storableText(line.start.id);
      const known = before.get(id);
      const hasEnded =
        known !== undefined && known.outcome !== 'in_flight' && known.outcome !== 'interrupted';
      if (hasEnded || deleted.has(id) || rows.get(id)?.hasEnded === true) continue;
      if (!('end' in line)) {
        if (known === undefined && !rows.has(id))
          rows.set(id, { row: this.#row(owner, storable(line.start, IN_FLIGHT), counter), hasEnded: false });
        else raised.push(line.start);
        continue;
      }
      const earlier = line.billingKey === null ? undefined : charged.get(line.billingKey);
      const isRepeated = earlier !== undefined && earlier !== id;
      const end = chargeable(line.end);
      const record = storable(line.start, isRepeated ? chargedEarlier(end) : end);
      if (line.billingKey !== null && !isRepeated) charged.set(line.billingKey, id);
      const row = this.#row(owner, record, counter);
      rows.set(id, { row: { ...row, duplicate_of: isRepeated ? earlier : null }, hasEnded: true });
      if (known?.outcome === 'interrupted') rollups.add(known, -1);
      rollups.add(record, 1);
    }
    if (rows.size > 0) await asked.run(PUT, [JSON.stringify([...rows.values()].map(({ row }) => row))]);
    for (const { id, startedAtMs, reservedNanoUsd } of raised)
      await asked.run(RAISE, [
        reservedNanoUsd,
        counter.next(),
        storableText(id),
        startedAtMs,
        reservedNanoUsd,
      ]);
    await writeRollups(asked, rollups);
  }

  #row(owner: string, record: Row, counter: Counter): Row {
    return { change: counter.next(), owner: this.#own(owner), duplicate_of: null, ...record };
  }

  async #before(asked: Asked, lines: readonly SpoolLine[]): Promise<ReadonlyMap<string, Row>> {
    const ids = JSON.stringify(lines.map(({ start }) => storableText(start.id)));
    const starts = lines.map(({ start }) => start.startedAtMs).filter(Number.isSafeInteger);
    // Only the days in question are looked at.
    const sql = `SELECT * FROM requests WHERE id IN (SELECT * FROM json_array_elements_text(?))
      AND started_at_ms >= ? AND started_at_ms <= ?`;
    const from = starts.length === 0 ? 0 : Math.min(...starts);
    const rows = (await asked.rows(sql, [ids, from, Math.max(from, ...starts)])) as Row[];
    return new Map(rows.map((row) => [String(row.id), row]));
  }

  #own(name: string): string {
    return `${this.#instance}/${name}`;
  }

  #withoutInstance(name: string): readonly string[] {
    const prefix = `${this.#instance}/`;
    return name.startsWith(prefix) ? [name.slice(prefix.length)] : [];
  }
}

const RAISE = `UPDATE requests SET reserved_nano_usd = ?, change = ?
  WHERE id = ? AND started_at_ms = ? AND outcome = 'in_flight' AND reserved_nano_usd < ?`;
const PUT = `INSERT INTO requests AS kept (${COLUMNS.join(', ')})
  SELECT ${COLUMNS.join(', ')} FROM json_populate_recordset(NULL::requests, ?)
  ON CONFLICT (${KEY.join(', ')}) DO UPDATE SET ${UPDATES.join(', ')} WHERE kept.outcome IN ('in_flight', 'interrupted')`;

/** The numbers of changes: locked until the transaction ends. */
class Counter {
  readonly #asked: Asked;
  #last: number;

  static async lock(asked: Asked): Promise<Counter> {
    const [row] = await asked.rows('SELECT last FROM change_counter FOR UPDATE');
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
    await this.#asked.run('UPDATE change_counter SET last = ?', [this.#last]);
  }
}

/** Which of these come again, and were deleted meanwhile. */
async function deletedOf(asked: Asked, lines: readonly Read[]): Promise<ReadonlySet<string>> {
  const [state] = await asked.rows(ROWS_FROM);
  const old = lines.filter(({ start }) => start.startedAtMs < Number(state?.ms));
  if (old.length === 0) return new Set();
  const sql = 'SELECT id FROM deleted_requests WHERE id IN (SELECT * FROM json_array_elements_text(?))';
  const rows = await asked.rows(sql, [JSON.stringify(old.map(({ start }) => storableText(start.id)))]);
  return new Set(rows.map(({ id }) => String(id)));
}

/** Which records have been charged with the usage of these lines. */
async function chargesOf(asked: Asked, lines: readonly Read[]): Promise<Map<string, string>> {
  const keys = lines.flatMap(({ billingKey }) => (billingKey === null ? [] : [billingKey]));
  if (keys.length === 0) return new Map();
  const theirs = 'WHERE billing_key IN (SELECT * FROM json_array_elements_text(?1))';
  const sql = `SELECT id, billing_key FROM deleted_requests ${theirs}
    UNION ALL SELECT request_id, billing_key FROM request_charges ${theirs}`;
  const rows = await asked.rows(sql, [JSON.stringify(keys)]);
  return new Map(rows.map((row) => [String(row.billing_key), String(row.id)]));
}

/** The row of a record. Throws for what the table has no place for. */
function storable(...record: readonly [SpoolLine['start'], EndOrPending]): Row {
  const row = requestRow(...record);
  for (const [name, value] of Object.entries(row)) {
    if (typeof value === 'string') row[name] = storableText(value);
    else if (value === undefined || (value === null && TEXT.has(name))) throw new RangeError(`no ${name}`);
    else if (typeof value === 'number' && !REAL.has(name) && !Number.isSafeInteger(value))
      throw new RangeError(`${name} ${value} is no whole number that can be told exactly`);
  }
  return row;
}

/** A value that does not fit its column, or breaks a rule of the table; not a database that takes nothing. */
function isLinesOwnFault(error: unknown): boolean {
  const { code } = error as { code?: string };
  return error instanceof RangeError || error instanceof TypeError || /^2[23]/.test(code ?? '');
}
