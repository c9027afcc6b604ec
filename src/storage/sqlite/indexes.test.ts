// What is asked of millions of rows is answered by an index that holds it: the plans that SQLite makes of the questions.

import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { RequestFilter } from '../../core/analytics.ts';
import { writeCursor } from '../../core/request-cursor.ts';
import { endLine, startText } from '../../record/spool-line.ts';
import { endOf, startOf } from '../conformance/model.ts';
import { SqlReports } from '../sql/reports.ts';
import type { SqlReader } from '../sql/sql-reader.ts';
import { SqliteDatabase } from './database.ts';
import { SqlitePromptArchive } from './prompt-archive.ts';
import { readerOf } from './reader.ts';
import { SqliteRecordSink } from './record-sink.ts';

/** The steps of all that `ask` asks in words that hold `part`. */
async function plansOf(
  connection: DatabaseSync,
  part: string,
  ask: (watched: DatabaseSync) => Promise<unknown>,
): Promise<readonly string[]> {
  const asked: string[] = [];
  const watched = new Proxy(connection, {
    get: (target, name) => {
      if (name !== 'prepare') return Reflect.get(target, name, target);
      return (sql: string) => {
        asked.push(sql);
        return target.prepare(sql);
      };
    },
  });
  await ask(watched);
  const wanted = asked.filter((sql) => sql.includes(part));
  assert.ok(wanted.length > 0);
  const steps = wanted.flatMap((sql) => connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all());
  return steps.map(({ detail }) => String(detail)).filter((detail) => /^(?:SCAN|SEARCH)/.test(detail));
}

test('a sorted page finds its rows by an index, and what prompts weigh is read from one', async () => {
  const { connection } = new SqliteDatabase('', ':memory:');
  const line = endLine(startText(startOf(1, { startedAtMs: 1_800_000_000_000 })), endOf());
  await new SqliteRecordSink(connection).take({ owner: 'a', name: 'a', lines: [line], nextOffset: 0 });
  const range = { fromMs: 0, toMs: 2_000_000_000_000 };
  const found: readonly [RequestFilter, RegExp][] = [
    [{}, /^SEARCH requests .*INDEX requests_started \(started_at_ms>\?/],
    [
      { app: 'app', outcome: 'completed' },
      /^SEARCH requests .*INDEX requests_keyed \(key_id=\? AND started_at_ms>\?/,
    ],
  ];
  const sorts = ['cost', 'latency', 'tokens'] as const;
  for (const [filter, sort, index] of found.flatMap(([filter, index]) =>
    sorts.map((sort) => [filter, sort, index] as const),
  )) {
    const query = { range, filter, limit: 5 };
    const plans = await plansOf(connection, 'AS sort_value FROM requests', async (watched) => {
      const page = await new SqlReports(readerOf(watched), 0).requests({ ...query, sort, cursor: null });
      assert.equal(page.records.length, 1);
    });
    // What runs is read whole.
    const ended = plans.filter((detail) => !detail.includes('INDEX requests_in_flight'));
    assert.ok(
      ended.some((detail) => index.test(detail)),
      ended.join('\n'),
    );
    // There are few keys.
    assert.deepEqual(
      ended.filter((detail) => detail.startsWith('SCAN') && !detail.startsWith('SCAN rollup_keys')),
      [],
    );
  }
  // A list by time is walked over from where its page begins, not from the end of its span: there may be millions between.
  const cursor = writeCursor({ value: 0, startedAtMs: 1_900_000_000_000, id: 'a' }, 'time');
  const spans: unknown[] = [];
  const byTime = await plansOf(connection, 'AS sort_value FROM requests', async (watched) => {
    const reader = readerOf(watched);
    const rows: SqlReader['rows'] = (sql, values) => {
      if (sql.includes('AS sort_value FROM requests')) spans.push(values.slice(0, 2));
      return reader.rows(sql, values);
    };
    const query = { range, filter: {}, sort: 'time', limit: 5, cursor } as const;
    await new SqlReports({ ...reader, rows }, 0).requests(query);
  });
  assert.deepEqual(byTime, [
    'SEARCH requests USING INDEX requests_started (started_at_ms>? AND started_at_ms<?)',
  ]);
  assert.deepEqual(spans, [[0, 1_900_000_000_001]]);
  const [weight, ...more] = await plansOf(connection, 'sum(length(content))', (watched) =>
    new SqlitePromptArchive(watched).archiveState(),
  );
  assert.match(String(weight), /COVERING INDEX prompt_items_weight/);
  assert.deepEqual(more, []);
});
