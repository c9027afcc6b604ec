// The move's view of SQLite.

import type { DatabaseSync } from 'node:sqlite';
import { insertRows, SqlTransferDesk, type TransferEngine, type TransferSql } from '../sql/transfer-desk.ts';
import type { TransferDesk } from '../transfer/ports.ts';
import type { TransferRow } from '../transfer/tables.ts';
import { SqliteRecordSink } from './record-sink.ts';
import { numberRequests } from './request-keys.ts';
import { SqliteRequestOrder } from './request-order.ts';
import { SqliteSpendSums } from './spend-sums.ts';

/** SQLite takes 32,766; a statement of so many is slower than two. */
const VALUES_MAX = 4000;

export function transferDeskOf(connection: DatabaseSync): TransferDesk {
  const sql: TransferSql = {
    rows: async (text, values) => connection.prepare(text).all(...values) as TransferRow[],
    run: async (text, values) => void connection.prepare(text).run(...values),
  };
  const engine: TransferEngine = {
    ...sql,
    valuesMax: VALUES_MAX,
    transaction: async (work) => {
      connection.exec('BEGIN IMMEDIATE');
      try {
        const result = await work(sql);
        connection.exec('COMMIT');
        return result;
      } catch (error) {
        if (connection.isTransaction) connection.exec('ROLLBACK');
        throw error;
      }
    },
    putItems: async (within, table, rows) => {
      await insertRows(within, table, rows, VALUES_MAX);
      for (const { id = null, words = null } of rows)
        if (words !== null)
          await within.run(
            'INSERT INTO prompt_words (rowid, words) SELECT number, ? FROM prompt_items WHERE id = ?',
            [words, id],
          );
    },
    interrupt: (owner) => new SqliteRecordSink(connection).interrupt(owner),
    complete: () => {
      new SqliteSpendSums(connection).rebuild();
      const order = new SqliteRequestOrder(connection);
      order.clear();
      numberRequests(connection);
      order.rebuild();
    },
  };
  return new SqlTransferDesk(engine);
}
