// Rows as a Parquet file, a group of rows at a time. The library is loaded only here.

import type { ColumnSource } from 'hyparquet-writer';
import type { RequestRecord } from '../core/record.ts';
import type { Cell, Column, ColumnType } from './column.ts';

const GROUP_ROWS = 50_000;

const TYPES = {
  text: 'STRING',
  integer: 'INT64',
  decimal: 'DOUBLE',
  flag: 'BOOLEAN',
  time: 'TIMESTAMP',
} as const satisfies Record<ColumnType, ColumnSource['type']>;

export async function writeParquet(
  path: string,
  columns: readonly Column[],
  records: AsyncIterable<RequestRecord>,
): Promise<void> {
  const { fileWriter, parquetWriteRows } = await import('hyparquet-writer');
  await parquetWriteRows({
    writer: fileWriter(path),
    columns: columns.map(({ name, type }) => ({ name, type: TYPES[type], nullable: true })),
    rows: rowsOf(columns, records),
    rowGroupSize: GROUP_ROWS,
    createdBy: 'TokenWatch',
  });
}

async function* rowsOf(
  columns: readonly Column[],
  records: AsyncIterable<RequestRecord>,
): AsyncGenerator<Record<string, unknown>> {
  for await (const record of records)
    yield Object.fromEntries(columns.map((column) => [column.name, cellOf(column, column.read(record))]));
}

function cellOf({ type }: Column, cell: Cell): unknown {
  if (typeof cell !== 'number') return cell;
  if (type === 'integer') return BigInt(cell);
  return type === 'time' ? new Date(cell) : cell;
}
