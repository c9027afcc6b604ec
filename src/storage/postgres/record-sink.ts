// Takes spooled lines into PostgreSQL.

import type { SpoolLine } from '../../record/spool-line.ts';
import { SharedRecordSink, type SinkWords } from '../loading/shared-record-sink.ts';
import { billingKeyOf } from '../loading/taken-lines.ts';
import { MOVED_COLUMNS } from '../moved-spend.ts';
import { takeTested } from '../rollup/experiment-batch.ts';
import { COLUMN_NAMES, type Row } from '../rows/request-row.ts';
import { ROWS_FROM } from '../sql/retention-sql.ts';
import { type Asked, type PostgresDatabase, storableText } from './database.ts';
import { DayPartitions } from './day-partitions.ts';
import { runSums } from './experiment-sums.ts';
import { CHANNEL } from './hints.ts';
import { writeRollups } from './rollup-writer.ts';

const COLUMNS = ['change', 'owner', 'duplicate_of', ...COLUMN_NAMES];
/** An id has one start: both tell a request from every other. */
const KEY = ['id', 'started_at_ms'];
const UPDATES = COLUMNS.filter((name) => !KEY.includes(name)).map((name) => `${name} = excluded.${name}`);

export class PostgresRecordSink extends SharedRecordSink<Asked> {
  constructor(database: PostgresDatabase, instance: string, partitions = new DayPartitions(database)) {
    super(wordsOf(database, partitions), instance);
  }
}

function wordsOf(database: PostgresDatabase, partitions: DayPartitions): SinkWords<Asked> {
  const named = async (sql: string, column: string): Promise<readonly string[]> =>
    (await database.rows(sql)).map((row) => String(row[column]));
  return {
    transaction: (work) => database.transaction(work),
    storable: storableText,
    // Where it cannot be made now, they lie in the part of all other times.
    prepare: (lines) =>
      partitions.makeFor(lines.map(({ start }) => start.startedAtMs)).then(
        () => undefined,
        () => undefined,
      ),
    async lockCounter(asked) {
      return Number((await asked.rows('SELECT last FROM change_counter FOR UPDATE'))[0]?.last);
    },
    async saveCounter(asked, last) {
      await asked.run('UPDATE change_counter SET last = ?', [last]);
    },
    async position(name) {
      const rows = await database.rows('SELECT position FROM spool_progress WHERE name = ?', [name]);
      return Number(rows[0]?.position ?? 0);
    },
    async putPosition(asked, name, reached) {
      await asked.run(
        `INSERT INTO spool_progress VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET position = excluded.position`,
        [name, reached],
      );
    },
    async forget(name) {
      await database.run('DELETE FROM spool_progress WHERE name = ?', [name]);
    },
    names: () => named('SELECT name FROM spool_progress', 'name'),
    ownersInFlight: () => named(`SELECT DISTINCT owner FROM requests WHERE outcome = 'in_flight'`, 'owner'),
    async inFlightOf(asked, owner) {
      const sql = `SELECT * FROM requests WHERE outcome = 'in_flight' AND owner = ?`;
      return (await asked.rows(sql, [owner])) as Row[];
    },
    async interrupt(asked, rows) {
      for (const { change, id, started_at_ms } of rows)
        await asked.run(INTERRUPT, [Number(change), String(id), Number(started_at_ms)]);
    },
    async attempt(asked, work) {
      await asked.run('SAVEPOINT lines');
      try {
        await work();
        await asked.run('RELEASE SAVEPOINT lines');
        return true;
      } catch (error) {
        if (!isLinesOwnFault(error)) throw error;
        await asked.run('ROLLBACK TO SAVEPOINT lines');
        return false;
      }
    },
    async groundOf(asked, lines) {
      const known = await knownOf(asked, lines);
      return { known, deleted: await deletedOf(asked, lines), charged: await chargesOf(asked, lines) };
    },
    async put(asked, rows) {
      if (rows.size > 0) await asked.run(PUT, [JSON.stringify([...rows.values()])]);
    },
    async raise(asked, rows) {
      for (const { change, id, startedAtMs, reservedNanoUsd, paidModel } of rows)
        await asked.run(RAISE, [reservedNanoUsd, paidModel, change, id, startedAtMs, reservedNanoUsd]);
    },
    async move(asked, rows) {
      await asked.run(MOVE, [JSON.stringify(rows)]);
    },
    async writeRollups(asked, rollups) {
      await writeRollups(asked, rollups);
      await runSums(asked, takeTested(rollups.tested));
    },
    async tell(asked) {
      await asked.run('SELECT pg_notify(?, ?)', [CHANNEL, 'records']);
    },
  };
}

const INTERRUPT = `UPDATE requests SET outcome = 'interrupted', cost_nano_usd = reserved_nano_usd, change = ?
  WHERE id = ? AND started_at_ms = ?`;
const RAISE = `UPDATE requests SET reserved_nano_usd = ?, model_used = ?, change = ?
  WHERE id = ? AND started_at_ms = ? AND outcome = 'in_flight' AND coalesce(reserved_nano_usd, 0) < ?`;
const PUT = `INSERT INTO requests AS kept (${COLUMNS.join(', ')})
  SELECT ${COLUMNS.join(', ')} FROM json_populate_recordset(NULL::requests, ?)
  ON CONFLICT (${KEY.join(', ')}) DO UPDATE SET ${UPDATES.join(', ')} WHERE kept.outcome IN ('in_flight', 'interrupted')`;

const MOVED = ['instance', ...MOVED_COLUMNS].join(', ');
const MOVE = `INSERT INTO deleted_spend (${MOVED})
  SELECT ${MOVED} FROM json_populate_recordset(NULL::deleted_spend, ?)`;

/** What there is of these lines' records; only the days in question are looked at. */
async function knownOf(asked: Asked, lines: readonly SpoolLine[]): Promise<ReadonlyMap<string, Row>> {
  const ids = JSON.stringify(lines.map(({ start }) => storableText(start.id)));
  const starts = lines.map(({ start }) => start.startedAtMs).filter(Number.isSafeInteger);
  const sql = `SELECT * FROM requests WHERE id IN (SELECT * FROM json_array_elements_text(?))
    AND started_at_ms >= ? AND started_at_ms <= ?`;
  const from = starts.length === 0 ? 0 : Math.min(...starts);
  const rows = (await asked.rows(sql, [ids, from, Math.max(from, ...starts)])) as Row[];
  return new Map(rows.map((row) => [String(row.id), row]));
}

/** Which of these come again, and were deleted meanwhile. */
async function deletedOf(asked: Asked, lines: readonly SpoolLine[]): Promise<ReadonlySet<string>> {
  const [state] = await asked.rows(ROWS_FROM);
  const old = lines.filter(({ start }) => start.startedAtMs < Number(state?.ms));
  if (old.length === 0) return new Set();
  const sql = 'SELECT id FROM deleted_requests WHERE id IN (SELECT * FROM json_array_elements_text(?))';
  const rows = await asked.rows(sql, [JSON.stringify(old.map(({ start }) => storableText(start.id)))]);
  return new Set(rows.map(({ id }) => String(id)));
}

/** Which records have been charged with the usage of these lines. */
async function chargesOf(asked: Asked, lines: readonly SpoolLine[]): Promise<Map<string, string>> {
  const keys = lines.map(billingKeyOf).filter((key) => key !== null);
  if (keys.length === 0) return new Map();
  const theirs = 'WHERE billing_key IN (SELECT * FROM json_array_elements_text(?1))';
  const sql = `SELECT id, billing_key FROM deleted_requests ${theirs}
    UNION ALL SELECT request_id, billing_key FROM request_charges ${theirs}`;
  const rows = await asked.rows(sql, [JSON.stringify(keys)]);
  return new Map(rows.map((row) => [String(row.billing_key), String(row.id)]));
}

/** A value that does not fit its column, or breaks a rule of the table; not a database that takes nothing. */
function isLinesOwnFault(error: unknown): boolean {
  const { code } = error as { code?: string };
  return error instanceof RangeError || error instanceof TypeError || /^2[23]/.test(code ?? '');
}
