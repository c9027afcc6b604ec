// Takes spooled lines into Oracle Database.

import type { SpoolLine } from '../../record/spool-line.ts';
import { SharedRecordSink, type SinkWords } from '../loading/shared-record-sink.ts';
import { billingKeyOf, type Ground } from '../loading/taken-lines.ts';
import { takeTested } from '../rollup/experiment-batch.ts';
import type { Row } from '../rows/request-row.ts';
import { bindOf, COLUMNS, MOVED, RECORD_SINK } from './catalogue/record-sink.ts';
import { RETENTION } from './catalogue/retention.ts';
import type { Asked, OracleDatabase } from './database.ts';
import { runSums } from './experiment-sums.ts';
import { isLinesOwnFault } from './faults.ts';
import { writeRollups } from './rollup-writer.ts';
import { listsOf } from './texts.ts';
import type { Value } from './values.ts';

export class OracleRecordSink extends SharedRecordSink<Asked> {
  constructor(database: OracleDatabase, instance: string) {
    super(wordsOf(database), instance);
  }
}

function wordsOf(database: OracleDatabase): SinkWords<Asked> {
  return {
    transaction: (work) => database.transaction(work),
    // Binds are made storable where they are given.
    storable: (text) => text,
    async lockCounter(asked) {
      return Number((await asked.rows(RECORD_SINK.lockCounter))[0]?.last);
    },
    async saveCounter(asked, last) {
      await asked.run(RECORD_SINK.saveCounter, { newest: last });
    },
    async position(name) {
      return Number((await database.rows(RECORD_SINK.position, { name }))[0]?.position ?? 0);
    },
    async putPosition(asked, name, reached) {
      await asked.run(RECORD_SINK.putPosition, { name, reached });
    },
    async forget(name) {
      await database.run(RECORD_SINK.forget, { name });
    },
    names: async () => (await database.rows(RECORD_SINK.names)).map(({ name }) => String(name)),
    ownersInFlight: async () =>
      (await database.rows(RECORD_SINK.ownersInFlight)).map(({ owner }) => String(owner)),
    inFlightOf: async (asked, owner) => (await asked.rows(RECORD_SINK.inFlightOf, { owner })) as Row[],
    async interrupt(asked, rows) {
      const values = rows.map(({ change, id }) => ({ next_change: Number(change), id: id ?? null }));
      await asked.runMany(RECORD_SINK.interrupt, values);
    },
    async attempt(asked, work) {
      await asked.run(RECORD_SINK.savepoint);
      try {
        await work();
        return true;
      } catch (error) {
        if (!isLinesOwnFault(error)) throw error;
        await asked.run(RECORD_SINK.backToSavepoint);
        return false;
      }
    },
    groundOf,
    async put(asked, rows, { known }) {
      const [added, ended]: [Record<string, Value>[], Record<string, Value>[]] = [[], []];
      for (const [id, row] of rows) {
        const values = Object.fromEntries(COLUMNS.map((column) => [bindOf(column), row[column] ?? null]));
        (known.has(id) ? ended : added).push(values);
      }
      await asked.runMany(RECORD_SINK.add, added);
      await asked.runMany(RECORD_SINK.end, ended);
    },
    async raise(asked, rows) {
      const values = rows.map(({ change, id, reservedNanoUsd, paidModel }) => ({
        reserved: reservedNanoUsd,
        model_used: paidModel,
        next_change: change,
        id,
      }));
      await asked.runMany(RECORD_SINK.raise, values);
    },
    async move(asked, rows) {
      const values = rows.map((row) =>
        Object.fromEntries(MOVED.map((name) => [bindOf(name), row[name] ?? null])),
      );
      await asked.runMany(RECORD_SINK.move, values);
    },
    async writeRollups(asked, rollups) {
      await writeRollups(asked, rollups);
      await runSums(asked, takeTested(rollups.tested));
    },
  };
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
