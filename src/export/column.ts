// A column of an export: its name, its type, and what a record has there.

import type { RequestRecord } from '../core/record.ts';

/** Of the file formats: whole numbers beyond 2^53 do not occur in records. */
export type ColumnType = 'text' | 'integer' | 'decimal' | 'flag' | 'time';
/** A time is in epoch milliseconds; what is not known is null, never 0. */
export type Cell = string | number | boolean | null;

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly read: (record: RequestRecord) => Cell;
}

export const text = (name: string, read: (record: RequestRecord) => string | null): Column => ({
  name,
  type: 'text',
  read,
});
export const integer = (name: string, read: (record: RequestRecord) => number | null): Column => ({
  name,
  type: 'integer',
  read,
});
export const decimal = (name: string, read: (record: RequestRecord) => number | null): Column => ({
  name,
  type: 'decimal',
  read,
});
export const flag = (name: string, read: (record: RequestRecord) => boolean): Column => ({
  name,
  type: 'flag',
  read,
});
export const time = (name: string, read: (record: RequestRecord) => number): Column => ({
  name,
  type: 'time',
  read,
});
