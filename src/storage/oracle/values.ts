// Values on their way to and from the driver, by the types that statements declare: nothing is guessed from a first
// row.

import oracledb from 'oracledb';
import type { BindType, BindTypes, Statement } from './catalogue/statement.ts';
import { NAME_CHARACTERS, storedText, TEXT_CHARACTERS, textOfStored } from './texts.ts';

export type Value = string | number | null | Uint8Array | Float32Array;
export type OracleRow = Record<string, Value>;
/** A value for each bind. */
export type ValuesOf<Binds extends BindTypes> = { readonly [Name in keyof Binds]: Value };

/** Of these widths in bytes at the most, whatever the characters. */
const SIZES: Partial<Record<BindType, number>> = { name: 4 * NAME_CHARACTERS, text: 4000, list: 4000 };
const CHARACTERS: Partial<Record<BindType, number>> = { name: NAME_CHARACTERS, text: TEXT_CHARACTERS };

const DRIVER_TYPES: Readonly<Record<BindType, oracledb.DbType>> = {
  name: oracledb.DB_TYPE_VARCHAR,
  text: oracledb.DB_TYPE_VARCHAR,
  list: oracledb.DB_TYPE_VARCHAR,
  // Beyond 32,767 bytes the driver sends it as LONG, which VALUES and SET take for a CLOB or BLOB.
  long: oracledb.DB_TYPE_VARCHAR,
  bytes: oracledb.DB_TYPE_RAW,
  number: oracledb.DB_TYPE_NUMBER,
  float: oracledb.DB_TYPE_BINARY_DOUBLE,
  boolean: oracledb.DB_TYPE_BOOLEAN,
  json: oracledb.DB_TYPE_JSON,
  vector: oracledb.DB_TYPE_VECTOR,
};

/** What one execution is given. */
export function bindsOf(
  { binds, sql }: Statement,
  values: Readonly<Record<string, Value>>,
): oracledb.BindParameters {
  return Object.fromEntries(
    Object.entries(binds).map(([name, type]) => [
      name,
      { dir: oracledb.BIND_IN, type: DRIVER_TYPES[type], val: given(sql, name, type, values[name]) },
    ]),
  );
}

/** What several executions of one statement are given, and how wide their binds are. */
export function batchOf(
  { binds, sql }: Statement,
  rows: readonly Readonly<Record<string, Value>>[],
): { readonly rows: oracledb.BindParameters[]; readonly options: oracledb.ExecuteManyOptions } {
  const all = rows.map((row) =>
    Object.fromEntries(
      Object.entries(binds).map(([name, type]) => [name, given(sql, name, type, row[name])]),
    ),
  ) as Record<string, never>[];
  const bindDefs = Object.entries(binds).map(([name, type]) => {
    const definition = { dir: oracledb.BIND_IN, type: DRIVER_TYPES[type] };
    const size = SIZES[type] ?? (type === 'long' || type === 'bytes' ? widest(all, name) : undefined);
    return [name, size === undefined ? definition : { ...definition, maxSize: size }];
  });
  return { rows: all, options: { bindDefs: Object.fromEntries(bindDefs), autoCommit: false } };
}

/** A value as the driver takes it. */
function given(sql: string, name: string, type: BindType, value: Value | undefined): unknown {
  if (value === undefined) throw new Error(`the bind ${name} of ${sql.slice(0, 60)} has no value`);
  if (value === null) return null;
  if (type === 'number' || type === 'float') {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw new RangeError(`${name} ${String(value)} is no number`);
  }
  if (type === 'boolean') return value === 1;
  if (type === 'json') return JSON.parse(String(value)) as unknown;
  if (type === 'vector') return value;
  if (type === 'bytes') return bufferOf(value as Uint8Array);
  return type === 'list' ? value : storedText(String(value), CHARACTERS[type]);
}

/** The driver takes bytes as a Buffer, and none of them as null. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer | null {
  return byteLength === 0 ? null : Buffer.from(buffer, byteOffset, byteLength);
}

function widest(rows: readonly Record<string, unknown>[], name: string): number {
  const size = (value: unknown): number =>
    typeof value === 'string' ? Buffer.byteLength(value) : Buffer.isBuffer(value) ? value.length : 1;
  return rows.reduce((most, row) => Math.max(most, size(row[name])), 1);
}

/** Numbers come as text: JavaScript's lose the digits of a NUMBER(19). */
export function fetchTypeOf({ dbType }: oracledb.Metadata<unknown>): oracledb.FetchTypeResponse | undefined {
  if (dbType === oracledb.DB_TYPE_NUMBER || dbType === oracledb.DB_TYPE_CLOB)
    return { type: oracledb.STRING };
  return dbType === oracledb.DB_TYPE_BLOB ? { type: oracledb.BUFFER } : undefined;
}

/** A row by its columns' names, in small letters. */
export function rowOf(columns: readonly oracledb.Metadata<unknown>[], values: readonly unknown[]): OracleRow {
  return Object.fromEntries(
    columns.map((column, index) => [column.name.toLowerCase(), taken(column, values[index])]),
  );
}

function taken(column: oracledb.Metadata<unknown>, value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (column.dbType === oracledb.DB_TYPE_NUMBER) return numberOf(column, String(value));
  if (column.dbType === oracledb.DB_TYPE_JSON) return JSON.stringify(value);
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string') return textOfStored(value);
  if (Buffer.isBuffer(value)) return Uint8Array.from(value);
  if (value instanceof Float64Array) return Float32Array.from(value);
  if (value instanceof Float32Array || typeof value === 'number') return value;
  throw new TypeError(
    `the column ${column.name} holds a ${column.dbTypeName ?? 'value'} that is not known here`,
  );
}

/** A column's whole number is told exactly or not at all; a sum may be beyond that, and is near. */
function numberOf({ precision, scale }: oracledb.Metadata<unknown>, text: string): number {
  const number = Number(text);
  const isColumn = scale === 0 && precision !== undefined && precision > 0;
  if (!isColumn || Number.isSafeInteger(number)) return number;
  throw new RangeError(`the database holds ${text}, which is too large to be told exactly`);
}
