// The move's view of PostgreSQL.

import { insertRows, SqlTransferDesk, type TransferEngine, type TransferSql } from '../sql/transfer-desk.ts';
import type { TransferDesk } from '../transfer/ports.ts';
import type { Asked, PostgresDatabase } from './database.ts';
import { DayPartitions } from './day-partitions.ts';
import { PostgresRecordSink } from './record-sink.ts';

/** The protocol counts them in 16 bits. */
const VALUES_MAX = 30_000;

export function transferDeskOf(database: PostgresDatabase): TransferDesk {
  const partitions = new DayPartitions(database);
  const engine: TransferEngine = {
    ...askedAs(database),
    valuesMax: VALUES_MAX,
    prepare: async ({ name }, rows) => {
      if (name !== 'requests') return;
      // Where it cannot be made now, they lie in the part of all other times.
      await partitions.makeFor(rows.map((row) => Number(row.started_at_ms))).catch(() => undefined);
    },
    transaction: (work) => database.transaction((asked) => work(askedAs(asked))),
    putItems: (sql, { columns, ...table }, rows) =>
      insertRows(sql, { ...table, columns: [...columns, 'words'] }, rows, VALUES_MAX, (column) =>
        column === 'words' ? `to_tsvector('simple', ?)` : '?',
      ),
    interrupt: (owner) => {
      const [instance = '', ...name] = owner.split('/');
      return new PostgresRecordSink(database, instance).interrupt(name.join('/'));
    },
  };
  return new SqlTransferDesk(engine);
}

function askedAs(asked: Asked): TransferSql {
  return {
    rows: (text, values) =>
      asked.rows(text, values) as Promise<Record<string, string | number | null | Uint8Array>[]>,
    run: async (text, values) => void (await asked.run(text, values)),
  };
}
