// The move's view of Oracle Database.

import { KEY_COLUMNS } from '../rollup/rollup-batch.ts';
import type { TableFigures, TransferDesk } from '../transfer/ports.ts';
import {
  TRANSFER_TABLES,
  type TransferRow,
  type TransferTable,
  type TransferValue,
} from '../transfer/tables.ts';
import { BUDGET_BANK } from './catalogue/budget-bank.ts';
import { RULE_BOOK } from './catalogue/rule-book.ts';
import { afterBind, putBind, type TableStatements, TRANSFER, TRANSFERS } from './catalogue/transfer.ts';
import type { Asked, OracleDatabase } from './database.ts';
import { OracleRecordSink } from './record-sink.ts';
import { idOf } from './rollup-writer.ts';
import type { OracleRow, Value } from './values.ts';

export function transferDeskOf(database: OracleDatabase): TransferDesk {
  return new OracleTransferDesk(database);
}

class OracleTransferDesk implements TransferDesk {
  readonly #database: OracleDatabase;

  constructor(database: OracleDatabase) {
    this.#database = database;
  }

  async figures({ name, sums }: TransferTable): Promise<TableFigures> {
    const [row] = await this.#database.rows(statementsOf(name).figures);
    return {
      rows: Number(row?.n),
      sums: Object.fromEntries(sums.map((sum) => [sum, String(row?.[`sum_${sum}`])])),
    };
  }

  async inFlight(): Promise<number> {
    return Number((await this.#database.rows(TRANSFER.inFlight))[0]?.n);
  }

  async page(
    table: TransferTable,
    after: readonly TransferValue[] | null,
    limit: number,
  ): Promise<readonly TransferRow[]> {
    const { first, next, columns } = statementsOf(table.name);
    const how_many = limit;
    const values: Record<string, Value> = table.order.length === 0 ? {} : { how_many };
    if (after !== null)
      for (const [index, column] of table.order.entries()) values[afterBind(column)] = after[index] ?? null;
    // Keys come in the order of their ids.
    if (after !== null && table.name === 'rollup_keys') values[afterBind('key')] = idOf(String(after[0]));
    const rows = await this.#database.rows(after === null || next === null ? first : next, values);
    return rows.map((row) => toldRow(table, columns, row));
  }

  put(table: TransferTable, rows: readonly TransferRow[], note: string): Promise<void> {
    const { put } = statementsOf(table.name);
    const wanted = Object.keys(put.binds);
    return this.#database.transaction(async (asked) => {
      const given = rows.map((row) => givenRow(table, row));
      await asked.runMany(
        put,
        given.map((row) => Object.fromEntries(wanted.map((bind) => [bind, row[bind] ?? null]))),
      );
      await putNote(asked, note);
    });
  }

  async note(): Promise<string | null> {
    const [row] = await this.#database.rows(TRANSFER.note);
    return row === undefined ? null : String(row.note);
  }

  begin(note: string, empties: boolean): Promise<void> {
    return this.#database.transaction(async (asked) => {
      if (empties) {
        for (const { name, order } of TRANSFER_TABLES.toReversed())
          if (order.length > 0) await asked.run(statementsOf(name).clear);
      }
      await putNote(asked, note);
    });
  }

  async finish(interruptedOwner: string | null, note: string): Promise<void> {
    if (interruptedOwner !== null) {
      const [instance = '', ...name] = interruptedOwner.split('/');
      await new OracleRecordSink(this.#database, instance).interrupt(name.join('/'));
    }
    await this.#database.transaction(async (asked) => {
      await asked.run(BUDGET_BANK.raiseVersion);
      await asked.run(RULE_BOOK.raiseVersion);
      await putNote(asked, note);
    });
  }
}

function statementsOf(name: string): TableStatements {
  const statements = TRANSFERS.get(name);
  if (statements === undefined) throw new Error(`Oracle has no statements for the table ${name}`);
  return statements;
}

async function putNote(asked: Asked, note: string): Promise<void> {
  await asked.run(TRANSFER.forgetNote);
  await asked.run(TRANSFER.putNote, { note });
}

/** A row as other stores have it. */
function toldRow(
  { name, isKeyed }: TransferTable,
  columns: ReadonlyMap<string, string>,
  row: OracleRow,
): TransferRow {
  const told: Record<string, TransferValue> = {};
  for (const [column, here] of columns) told[column] = toldValue(row[here]);
  if (name === 'rollup_keys') told.key = keyOf((column) => row[column]);
  if (isKeyed === true) told.key = keyOf((column) => row[`key_${column}`]);
  // No bytes are null there.
  if (name === 'cache_answers') told.body ??= new Uint8Array();
  if (name === 'prompt_items') told.content ??= new Uint8Array();
  return told;
}

const keyOf = (value: (column: string) => Value | undefined): string =>
  JSON.stringify(KEY_COLUMNS.map((column) => value(column) ?? null));

function toldValue(value: Value | undefined): TransferValue {
  if (!(value instanceof Float32Array)) return value ?? null;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
}

/** A row as Oracle has it, by its binds. */
function givenRow({ name, isKeyed }: TransferTable, row: TransferRow): Record<string, Value> {
  const given: Record<string, Value> = Object.fromEntries(
    Object.entries(row).map(([column, value]) => [putBind(column), value]),
  );
  if (name === 'rollup_keys') given[putBind('key')] = idOf(String(row.key));
  if (isKeyed === true) given[putBind('key_id')] = idOf(String(row.key));
  if (name === 'cache_questions' && row.vector instanceof Uint8Array)
    given[putBind('vector')] = new Float32Array(row.vector.slice().buffer);
  if (name === 'cache_answers')
    given[putBind('answer_bytes')] = lengthOf(row.body) + String(row.facts).length;
  if (name === 'prompt_items') given[putBind('content_bytes')] = lengthOf(row.content);
  return given;
}

const lengthOf = (value: TransferValue | undefined): number =>
  value instanceof Uint8Array ? value.byteLength : 0;
