// Reads what can be read of a damaged database, table by table: around a page that cannot be read lie others that can.

import { closeSync, copyFileSync, existsSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { MIGRATIONS } from './schema.ts';

export interface SalvagedTable {
  readonly table: string;
  readonly rows: number;
  /** Some of it could not be read, or would not be kept. */
  readonly isDamaged: boolean;
}

type Row = Record<string, SQLInputValue>;

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  /** Of its key, in order; empty for a table by row numbers. */
  readonly key: readonly string[];
  /** Of one row, which is there from the start. */
  readonly isSingle: boolean;
}

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\u0000';
const PAGE_BYTES = 4096;
/** Where a header has the number of pages. */
const PAGES_AT = 28;
const WRITES_AT_ONCE = 2000;
/** A table with more damaged places than that is given up. */
const FAULTS_MAX = 10_000;
const ROW_NUMBER_MAX = 2 ** 53;

/** Opens what was set aside; null where not even its tables are told. `scratch`: where a mended copy may lie. */
export function openDamaged(path: string, scratch: string): DatabaseSync | null {
  const opened = tried(path);
  if (opened !== null) return opened;
  copyFileSync(path, scratch);
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${scratch}-wal`);
  mendHeader(scratch);
  return tried(scratch);
}

function tried(path: string): DatabaseSync | null {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path);
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return database;
  } catch {
    // Damaged where everything begins.
    database?.close();
    return null;
  }
}

/**
 * The first hundred bytes are the same for every database of ours, but for its size and its version. Where they are
 * there, the size may be more than is left of the file, which SQLite then opens not at all.
 */
function mendHeader(path: string): void {
  const header = Buffer.alloc(HEADER_BYTES);
  const pages = Math.floor(statSync(path).size / PAGE_BYTES);
  const file = openSync(path, 'r+');
  try {
    readSync(file, header, 0, HEADER_BYTES, 0);
    if (header.toString('latin1', 0, MAGIC.length) === MAGIC) {
      if (header.readUInt32BE(PAGES_AT) <= pages) return;
      header.writeUInt32BE(pages, PAGES_AT);
      writeSync(file, header, 0, HEADER_BYTES, 0);
      return;
    }
    header.fill(0);
    header.write(MAGIC, 'latin1');
    header.writeUInt16BE(PAGE_BYTES, 16);
    // Write-ahead log, payload fractions, size in pages, schema format, UTF-8.
    header.set([2, 2, 0, 64, 32, 32], 18);
    header.writeUInt32BE(1, 24);
    header.writeUInt32BE(pages, PAGES_AT);
    header.writeUInt32BE(1, 40);
    header.writeUInt32BE(4, 44);
    header.writeUInt32BE(1, 56);
    header.writeUInt32BE(1, 92);
    writeSync(file, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(file);
  }
}

/** Puts all that can be read into `fresh`, whose tables are made. */
export function salvage(damaged: DatabaseSync, fresh: DatabaseSync): readonly SalvagedTable[] {
  const version = Number(damaged.prepare('PRAGMA user_version').get()?.user_version);
  if (version > MIGRATIONS.length)
    throw new RangeError(
      `it is of version ${version}, newer than this TokenWatch knows, ${MIGRATIONS.length}`,
    );
  return tablesOf(fresh).map((table) => copy(table, damaged, fresh));
}

/** Words of stored prompts are no table that can be read; the order of requests is made anew. */
function tablesOf(fresh: DatabaseSync): readonly Table[] {
  const sql = `SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
    AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'request_order%' ORDER BY name`;
  return fresh
    .prepare(sql)
    .all()
    .map(({ name, wr }) => {
      const columns = fresh
        .prepare('SELECT name, pk FROM pragma_table_info(?) ORDER BY cid')
        .all(String(name));
      const keyed = columns.filter(({ pk }) => Number(pk) > 0).sort((a, b) => Number(a.pk) - Number(b.pk));
      const isSingle =
        keyed.length === 0 && Number(fresh.prepare(`SELECT count(*) AS n FROM ${name}`).get()?.n) === 1;
      return {
        name: String(name),
        columns: columns.map((column) => String(column.name)),
        key: Number(wr) === 1 ? keyed.map((column) => String(column.name)) : [],
        isSingle,
      };
    });
}

function copy(table: Table, damaged: DatabaseSync, fresh: DatabaseSync): SalvagedTable {
  const found = { rows: 0, isDamaged: false };
  const there = columnsThere(damaged, table);
  if (there.length === 0) return { table: table.name, ...found, isDamaged: true };
  const put = fresh.prepare(
    `INSERT OR IGNORE INTO ${table.name} (${there.join(', ')}) VALUES (${there.map(() => '?').join(', ')})`,
  );
  fresh.exec('BEGIN');
  if (table.isSingle) fresh.exec(`DELETE FROM ${table.name}`);
  const seen = (row: Row): void => {
    try {
      found.rows += Number(put.run(...there.map((column) => row[column] ?? null)).changes);
    } catch {
      // Half a row, or a value that is none of its column's.
      found.isDamaged = true;
    }
    if (found.rows > 0 && found.rows % WRITES_AT_ONCE === 0) fresh.exec('COMMIT; BEGIN');
  };
  const isWhole =
    table.key.length === 0
      ? readByNumber(damaged, table, there, seen)
      : readByKey(damaged, table, there, seen);
  if (table.isSingle && found.rows === 0) {
    // As it is in a new database.
    fresh.exec('ROLLBACK');
    return { table: table.name, rows: 0, isDamaged: true };
  }
  fresh.exec('COMMIT');
  return { table: table.name, rows: found.rows, isDamaged: found.isDamaged || !isWhole };
}

function columnsThere(damaged: DatabaseSync, { name, columns }: Table): readonly string[] {
  try {
    const there = new Set(
      damaged
        .prepare('SELECT name FROM pragma_table_info(?)')
        .all(name)
        .map((row) => row.name),
    );
    return columns.filter((column) => there.has(column));
  } catch {
    return [];
  }
}

/** Forwards, and behind each damaged place on from the next row that can be found. False where one was met. */
function readByNumber(
  damaged: DatabaseSync,
  { name }: Table,
  columns: readonly string[],
  seen: (row: Row) => void,
): boolean {
  let from = 0;
  let faults = 0;
  for (;;) {
    try {
      const sql = `SELECT rowid AS salvaged_at, ${columns.join(', ')} FROM ${name} NOT INDEXED WHERE rowid >= ? ORDER BY rowid`;
      for (const row of damaged.prepare(sql).iterate(from)) {
        from = Number(row.salvaged_at) + 1;
        seen(row as Row);
      }
      return faults === 0;
    } catch {
      faults += 1;
      const next = faults > FAULTS_MAX ? null : nextReadable(damaged, name, columns, from);
      if (next === null) return false;
      from = next;
    }
  }
}

/** The least row number from `from` on behind which a row can be read; null where none is found. */
function nextReadable(
  damaged: DatabaseSync,
  name: string,
  columns: readonly string[],
  from: number,
): number | null {
  const probe = damaged.prepare(
    `SELECT rowid AS salvaged_at, ${columns.join(', ')} FROM ${name} NOT INDEXED WHERE rowid >= ? ORDER BY rowid LIMIT 1`,
  );
  const isReadable = (at: number): boolean => {
    try {
      return probe.get(at) !== undefined;
    } catch {
      return false;
    }
  };
  let [low, step] = [from, 1];
  while (!isReadable(from + step)) {
    low = from + step;
    step *= 2;
    if (step > ROW_NUMBER_MAX) return null;
  }
  let high = from + step;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isReadable(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** From both ends: what lies between two damaged places is lost. */
function readByKey(
  damaged: DatabaseSync,
  { name, key }: Table,
  columns: readonly string[],
  seen: (row: Row) => void,
): boolean {
  for (const order of ['ASC', 'DESC']) {
    try {
      const sorted = key.map((column) => `${column} ${order}`).join(', ');
      const sql = `SELECT ${columns.join(', ')} FROM ${name} ORDER BY ${sorted}`;
      for (const row of damaged.prepare(sql).iterate()) seen(row as Row);
      return order === 'ASC';
    } catch {
      // Damaged between here and the other end.
    }
  }
  return false;
}
