import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endLine, startLine, startText } from '../../record/spool-line.ts';
import { endOf, startOf } from '../conformance/model.ts';
import { DearSessions } from '../sql/dear-sessions.ts';
import { SqlReports } from '../sql/reports.ts';
import { SqliteDatabase } from './database.ts';
import { readerOf } from './reader.ts';
import { SqliteRecordSink } from './record-sink.ts';

const DAY_MS = 86_400_000;
const BASE_MS = 20_000 * DAY_MS;
const SESSIONS = 40;
const LIMITS = { beforeSumming: 10, instead: 10, together: 4 };
const MANY = { requests: 1_000_000, matching: 500_000 };

/** What the model m has of session n, which cost n in all. */
const costOf = (index: number): number => Math.min(Math.floor(((index * 7) % SESSIONS) / 4), index);

/** Each begins on one of three days, and goes on on the next. */
async function filled(database: SqliteDatabase): Promise<void> {
  const lines = Array.from({ length: SESSIONS }, (_, index) => {
    const session = `s${String(index).padStart(2, '0')}`;
    const own = costOf(index);
    const costs = [['m', own] as const, ['other', index - own] as const];
    return costs.map(([model, costNanoUsd], turn) => {
      const startedAtMs = BASE_MS + (index % 3) * DAY_MS + turn * DAY_MS;
      const start = startOf(2 * index + turn, {
        session,
        startedAtMs,
        modelRequested: model,
        modelSent: null,
      });
      return endLine(startText(start), endOf({ modelUsed: model, costNanoUsd }));
    });
  });
  const sink = new SqliteRecordSink(database.connection);
  await sink.take({ owner: 'a', name: 'a', lines: lines.flat(), nextOffset: 0 });
}

test('the dearest sessions by a filter are found, or it is said among how many they were looked for', async () => {
  const database = new SqliteDatabase('', ':memory:');
  await filled(database);
  const question = {
    range: { fromMs: BASE_MS, toMs: BASE_MS + 9 * DAY_MS },
    filter: { model: 'm' },
    running: { model: 'm' },
    limit: 3,
    rowsFromMs: 0,
  };
  const ask = (counts: { requests: number; matching: number }, limits = LIMITS) =>
    new DearSessions(readerOf(database.connection), { ...question, ...counts }, limits).dearest();
  const dearest = (indexes: readonly number[]) =>
    indexes
      .toSorted((one, other) => costOf(other) - costOf(one))
      .slice(0, question.limit)
      .map((index) => [`s${String(index).padStart(2, '0')}`, costOf(index)]);
  const all = Array.from({ length: SESSIONS }, (_, index) => index);
  const told = (answer: Awaited<ReturnType<typeof ask>>) =>
    answer?.rows.map(({ key, costNanoUsd }) => [key, costNanoUsd]);
  // Few requests are all summed up, and so is what matches rarely.
  assert.equal(await ask({ requests: 1000, matching: 500 }), null);
  assert.equal(await ask({ requests: 1_000_000, matching: 500 }), null);
  // Twice seven are looked up.
  const bounded = await ask(MANY);
  assert.equal(bounded?.ofDearest, 14);
  assert.deepEqual(told(bounded), dearest(all.slice(-14)));
  const whole = await ask(MANY, { ...LIMITS, instead: 1000 });
  assert.equal(whole?.ofDearest, null);
  assert.deepEqual(told(whole), dearest(all));
  database.close();
});

test('a filter that all match which has ended narrows what runs', async () => {
  const database = new SqliteDatabase('', ':memory:');
  await filled(database);
  const runs = [['here', 'app'] as const, ['there', 'other'] as const].map(([session, app], index) =>
    startLine(startText(startOf(2 * SESSIONS + index, { session, app, startedAtMs: BASE_MS + DAY_MS }))),
  );
  const sink = new SqliteRecordSink(database.connection);
  await sink.take({ owner: 'a', name: 'b', lines: runs, nextOffset: 0 });
  const reports = new SqlReports(readerOf(database.connection), 0);
  const range = { fromMs: BASE_MS, toMs: BASE_MS + 9 * DAY_MS };
  // So many are walked to, or more than any walk finds: then all are summed up.
  for (const limit of [100, 10_000_000]) {
    const { rows } = await reports.dearestSessions(range, limit, { app: 'app' });
    assert.equal(rows.length, SESSIONS + 1);
    assert.deepEqual(
      rows.filter(({ requests }) => requests !== 2).map(({ key, requests }) => [key, requests]),
      [['here', 1]],
    );
    assert.equal((await reports.dearestSessions(range, limit, {})).rows.length, SESSIONS + 2);
  }
  database.close();
});
