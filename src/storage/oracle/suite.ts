// The conformance suite against one Oracle Database, whoever starts it: the tests on a double, `oracle verify` on a
// user's own server. It empties TokenWatch's tables.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endLine, type SpoolLine, startLine, startText } from '../../record/spool-line.ts';
import type { StoreUnderTest } from '../conformance/model.ts';
import { testSpans } from '../conformance/spans.ts';
import { testStore } from '../conformance/suite.ts';
import { SqlReports } from '../sql/reports.ts';
import { schemaStatements } from './catalogue/catalogue.ts';
import { statement } from './catalogue/statement.ts';
import type { OracleDatabase } from './database.ts';
import { readerOf } from './reader.ts';
import { OracleRecordSink } from './record-sink.ts';
import { roomsOf } from './rooms.ts';
import { resetRecords } from './store-facts.ts';
import { transferDeskOf } from './transfer-desk.ts';
import type { Value } from './values.ts';

/** `database` has the tables already. */
export function testOracle(name: string, database: OracleDatabase): void {
  const open = (exactRowsMax?: number) => () => emptied(database, exactRowsMax);
  testStore(name, open());
  testSpans((title, body) => {
    test(`${name}, roll-ups: ${title}`, async () => body(await open(0)()));
  });
}

/** These tables have a row from the start. */
const KEPT = new Set([
  'budget_version',
  'rule_version',
  'cache_state',
  'prompt_state',
  'rollup_state',
  'retention_state',
  'change_counter',
  'lease_lock',
]);
const TABLES = schemaStatements()
  .flatMap(([, { sql }]) => /^CREATE TABLE IF NOT EXISTS (\w+)/.exec(sql)?.[1] ?? [])
  .filter((name, index, all) => !KEPT.has(name) && all.indexOf(name) === index);

const FULL_TABLES = statement(
  TABLES.map((name) => `SELECT '${name}' AS name FROM dual WHERE EXISTS (SELECT 1 FROM ${name})`).join(
    ' UNION ALL ',
  ),
);

function textOf(line: SpoolLine): string {
  const start = startText(line.start);
  return 'end' in line ? endLine(start, line.end) : startLine(start);
}

/** The same database each time, as it was when it was made. */
async function emptied(database: OracleDatabase, exactRowsMax?: number): Promise<StoreUnderTest> {
  await database.transaction(async (asked) => {
    // Most hold nothing: to delete that costs more than all that a test does. Those that refer to others come first.
    const full = new Set((await asked.rows(FULL_TABLES)).map(({ name }) => name));
    for (const table of TABLES.toReversed())
      if (full.has(table)) await asked.run(statement(`DELETE FROM ${table}`));
    await asked.run(statement('UPDATE budget_version SET resets = 0'));
    await asked.run(
      statement('UPDATE rollup_state SET keyed_minutes_from_ms = 0, keyed_six_hours_from_ms = 0'),
    );
    await asked.run(statement('UPDATE retention_state SET rows_from_ms = 0'));
    await asked.run(statement('UPDATE cache_state SET tier_status = NULL'));
  });
  const sink = new OracleRecordSink(database, 'here');
  const take = async (owner: string, lines: readonly SpoolLine[]): Promise<void> => {
    await sink.take({ owner, name: `${owner}.spool`, lines: lines.map(textOf), nextOffset: 0 });
  };
  return {
    comparesPrompts: true,
    ...roomsOf(database),
    transfer: transferDeskOf(database),
    analytics: new SqlReports(readerOf(database), exactRowsMax),
    take: (lines) => take('alive', lines),
    takeFromKilled: async (lines) => {
      await take('killed', lines);
      await sink.interrupt('killed');
    },
    reset: () => resetRecords(database),
    damage: (table, column, key, value) => damage(database, table, column, key, value),
    close: async () => {},
  };
}

/** What the columns are called and made of here. */
const COLUMNS: Readonly<Record<string, readonly [string, 'name' | 'long' | 'bytes' | 'vector']>> = {
  key: ['entry_key', 'name'],
  partition: ['partition_name', 'name'],
  text: ['question', 'long'],
  vector: ['embedding', 'vector'],
  facts: ['facts', 'long'],
  body: ['body', 'bytes'],
};

async function damage(
  database: OracleDatabase,
  table: string,
  column: string,
  key: string,
  value: string | Uint8Array,
): Promise<void> {
  const [name, type] = COLUMNS[column] ?? [column, 'name'];
  const given: Value = type === 'vector' ? vectorOf(value as Uint8Array) : value;
  const changed = await database.run(
    statement(`UPDATE ${table} SET ${name} = :given WHERE entry_key = :entry_key`, {
      given: type,
      entry_key: 'name',
    }),
    { given, entry_key: key },
  );
  assert.equal(changed, 1);
}

/** Bytes that are no vector are one of another length: Oracle keeps nothing else. */
function vectorOf(bytes: Uint8Array): Float32Array {
  if (bytes.byteLength % Float32Array.BYTES_PER_ELEMENT !== 0) return Float32Array.of(...bytes);
  return new Float32Array(bytes.slice().buffer);
}
