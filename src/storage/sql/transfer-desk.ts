// The move's view of a store that speaks the SQL which SQLite and PostgreSQL share.

import type { TableFigures, TransferDesk } from '../transfer/ports.ts';
import {
  TRANSFER_TABLES,
  type TransferRow,
  type TransferTable,
  type TransferValue,
} from '../transfer/tables.ts';

export interface TransferSql {
  rows(sql: string, values: readonly TransferValue[]): Promise<readonly TransferRow[]>;
  run(sql: string, values: readonly TransferValue[]): Promise<void>;
}

export interface TransferEngine extends TransferSql {
  /** All of `work` or nothing. */
  transaction<T>(work: (sql: TransferSql) => Promise<T>): Promise<T>;
  /** Puts archived items with their words. */
  putItems(sql: TransferSql, table: TransferTable, rows: readonly TransferRow[]): Promise<void>;
  interrupt(owner: string): Promise<void>;
  /** Makes what is not moved from what was. */
  complete?(): void;
  /** Makes room for rows that are about to come. */
  prepare?(table: TransferTable, rows: readonly TransferRow[]): Promise<void>;
  /** Values that one statement takes. */
  readonly valuesMax: number;
}

const TOLD = [
  'UPDATE budget_version SET version = version + 1',
  'UPDATE rule_version SET version = version + 1',
];

export class SqlTransferDesk implements TransferDesk {
  readonly #engine: TransferEngine;

  constructor(engine: TransferEngine) {
    this.#engine = engine;
  }

  async figures({ name, sums }: TransferTable): Promise<TableFigures> {
    const columns = sums.map((sum) => `CAST(coalesce(sum(${sum}), 0) AS TEXT) AS ${sum}`);
    const [row] = await this.#engine.rows(
      `SELECT ${['count(*) AS n', ...columns].join(', ')} FROM ${name}`,
      [],
    );
    return {
      rows: Number(row?.n),
      sums: Object.fromEntries(sums.map((sum) => [sum, String(row?.[sum])])),
    };
  }

  async inFlight(): Promise<number> {
    const [row] = await this.#engine.rows(
      `SELECT count(*) AS n FROM requests WHERE outcome = 'in_flight'`,
      [],
    );
    return Number(row?.n);
  }

  page(
    { name, order, columns, isKeyed }: TransferTable,
    after: readonly TransferValue[] | null,
    limit: number,
  ): Promise<readonly TransferRow[]> {
    const told = columns.map((column) => `t.${column}`).join(', ');
    // Looked up row by row, not joined: the rows come in the order of the table's own key, without a sort.
    const key = isKeyed === true ? ', (SELECT k.key FROM rollup_keys k WHERE k.id = t.key_id) AS key' : '';
    const select = `SELECT ${told}${key} FROM ${name} t`;
    if (order.length === 0) return this.#engine.rows(select, []);
    const names = order.map((column) => `t.${column}`).join(', ');
    const behind = after === null ? '' : `WHERE (${names}) > (${order.map(() => '?').join(', ')})`;
    return this.#engine.rows(`${select} ${behind} ORDER BY ${names} LIMIT ?`, [...(after ?? []), limit]);
  }

  async put(table: TransferTable, rows: readonly TransferRow[], note: string): Promise<void> {
    await this.#engine.prepare?.(table, rows);
    await this.#engine.transaction(async (sql) => {
      await this.#putRows(sql, table, rows);
      await putNote(sql, note);
    });
  }

  async note(): Promise<string | null> {
    const [row] = await this.#engine.rows('SELECT note FROM data_move', []);
    return row === undefined ? null : String(row.note);
  }

  begin(note: string, empties: boolean): Promise<void> {
    return this.#engine.transaction(async (sql) => {
      if (empties) {
        for (const { name, order } of TRANSFER_TABLES.toReversed())
          if (order.length > 0) await sql.run(`DELETE FROM ${name}`, []);
      }
      await putNote(sql, note);
    });
  }

  async finish(interruptedOwner: string | null, note: string): Promise<void> {
    if (interruptedOwner !== null) await this.#engine.interrupt(interruptedOwner);
    await this.#engine.transaction(async (sql) => {
      this.#engine.complete?.();
      for (const told of TOLD) await sql.run(told, []);
      await putNote(sql, note);
    });
  }

  async #putRows(sql: TransferSql, table: TransferTable, rows: readonly TransferRow[]): Promise<void> {
    const { name, order, columns } = table;
    const [first] = rows;
    if (first === undefined) return;
    if (order.length === 0) {
      const changes = columns.map((column) => `${column} = ?`).join(', ');
      await sql.run(
        `UPDATE ${name} SET ${changes}`,
        columns.map((column) => first[column] ?? null),
      );
      return;
    }
    if (name === 'prompt_items') await this.#engine.putItems(sql, table, rows);
    else await insertRows(sql, table, rows, this.#engine.valuesMax);
  }
}

/** As many rows a statement as it takes values for. */
export async function insertRows(
  sql: TransferSql,
  { name, columns, isKeyed }: TransferTable,
  rows: readonly TransferRow[],
  valuesMax: number,
  mark: (column: string) => string = () => '?',
): Promise<void> {
  const keyed = '(SELECT id FROM rollup_keys WHERE key = ?)';
  const marks = columns.map((column) => (isKeyed === true && column === 'key_id' ? keyed : mark(column)));
  const atOnce = Math.max(1, Math.floor(valuesMax / columns.length));
  for (let from = 0; from < rows.length; from += atOnce) {
    const some = rows.slice(from, from + atOnce);
    const values = some.map(() => `(${marks.join(', ')})`).join(', ');
    await sql.run(
      `INSERT INTO ${name} (${columns.join(', ')}) VALUES ${values}`,
      some.flatMap((row) =>
        columns.map((column) => row[isKeyed === true && column === 'key_id' ? 'key' : column] ?? null),
      ),
    );
  }
}

async function putNote(sql: TransferSql, note: string): Promise<void> {
  await sql.run('DELETE FROM data_move', []);
  await sql.run('INSERT INTO data_move (note) VALUES (?)', [note]);
}
