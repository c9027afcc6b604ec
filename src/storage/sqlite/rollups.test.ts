import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { endLine, type SpoolLine, startLine, startText } from '../../record/spool-line.ts';
import { endOf, type StoreUnderTest, startOf } from '../conformance/model.ts';
import { testSpans } from '../conformance/spans.ts';
import { SqlReports } from '../sql/reports.ts';
import { SqliteDatabase } from './database.ts';
import { readerOf } from './reader.ts';
import { SqliteRecordSink } from './record-sink.ts';
import { migrateSixHours, rebuildRollups } from './rollup-schema.ts';
import { SqliteRollupWriter } from './rollup-writer.ts';
import { roomsOf } from './rooms.ts';
import { transferDeskOf } from './transfer-desk.ts';

const KINDS = ['total', 'dimension', 'keyed', 'session', 'session_keyed', 'lives'];
const HISTOGRAM = /^(?:latency|first_byte)$/;
const PEAK = /^peak_/;

function textOf(line: SpoolLine): string {
  const start = startText(line.start);
  return 'end' in line ? endLine(start, line.end) : startLine(start);
}

function take(sink: SqliteRecordSink, owner: string, lines: readonly SpoolLine[]): Promise<number> {
  return sink.take({ owner, name: `${owner}.spool`, lines: lines.map(textOf), nextOffset: 0 });
}

function openDatabase(): { database: SqliteDatabase; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-rollups-'));
  const database = new SqliteDatabase(folder);
  return {
    database,
    close: () => {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Every roll-up that has a request left, by the names of its key, with its peaks. */
function rollupsIn(database: SqliteDatabase): ReadonlyMap<string, readonly number[]> {
  const found = KINDS.flatMap((kind) => {
    const join = kind.endsWith('keyed') ? 'JOIN rollup_keys ON rollup_keys.id = key_id' : '';
    const rows = database.connection
      .prepare(`SELECT * FROM rollup_${kind} ${join} WHERE requests <> 0`)
      .all();
    return rows.map(({ id: _, key_id: __, ...row }) => {
      const isPeak = ([name]: readonly [string, unknown]): boolean => PEAK.test(name);
      // Histograms as objects: their slots may stand in any order.
      const sums = Object.entries(row)
        .filter((entry) => !isPeak(entry))
        .map(([name, value]) => [name, HISTOGRAM.test(name) ? JSON.parse(String(value)) : value]);
      const peaks = Object.entries(row).filter(isPeak);
      return [
        JSON.stringify({ kind, ...Object.fromEntries(sums) }),
        peaks.map(([, peak]) => Number(peak)),
      ] as const;
    });
  });
  return new Map(found.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** Asks roll-ups however few the records are. */
async function openOnRollups(): Promise<StoreUnderTest> {
  const { database, close } = openDatabase();
  const sink = new SqliteRecordSink(database.connection);
  return {
    comparesPrompts: false,
    ...roomsOf(database.connection),
    transfer: transferDeskOf(database.connection),
    analytics: new SqlReports(readerOf(database.connection), 0),
    take: async (lines) => void (await take(sink, 'alive', lines)),
    takeFromKilled: async (lines) => {
      await take(sink, 'killed', lines);
      await sink.interrupt('killed');
    },
    reset: async () => database.reset(),
    damage: () => Promise.reject(new Error('nothing is damaged here')),
    close: async () => {
      // Whatever was done, the sums are those of the rows.
      const kept = rollupsIn(database);
      new SqliteRollupWriter(database.connection).clear();
      rebuildRollups(database.connection);
      const keptFrom = database.connection
        .prepare('SELECT keyed_minutes_from_ms AS ms FROM rollup_state')
        .get()?.ms;
      const isOld = (text: unknown): boolean => {
        const { kind, grain_ms, bucket_ms } = JSON.parse(String(text));
        return kind === 'keyed' && grain_ms === 60_000 && bucket_ms < Number(keptFrom);
      };
      const anew = rollupsIn(database);
      assert.deepEqual(
        [...kept.keys()].filter((text) => !isOld(text)),
        [...anew.keys()].filter((text) => !isOld(text)),
      );
      // What was taken back may have been the most.
      for (const [text, peaks] of anew)
        for (const [index, peak] of peaks.entries())
          assert.ok(isOld(text) || (kept.get(text)?.[index] ?? 0) >= peak, text);
      close();
    },
  };
}

testSpans((title, body) => {
  test(`SQLite's roll-ups: ${title}`, async () => {
    const store = await openOnRollups();
    await body(store);
    await store.close();
  });
});

test('a transaction that fails leaves neither rows nor sums, and the next one finds its keys', async (context) => {
  const { database, close } = openDatabase();
  context.after(close);
  const sink = new SqliteRecordSink(database.connection);
  database.connection.exec(`CREATE TRIGGER full BEFORE INSERT ON spool_progress
    BEGIN SELECT raise(ABORT, 'the disk is full'); END`);
  const line = { start: startOf(1), end: endOf() };
  await assert.rejects(take(sink, 'a', [line]), /disk is full/);
  assert.equal(rollupsIn(database).size, 0);
  database.connection.exec('DROP TRIGGER full');
  await take(sink, 'a', [line]);
  const { requests } = await new SqlReports(readerOf(database.connection), 0).summary({
    fromMs: 0,
    toMs: 2e12,
  });
  assert.equal(requests, 1);
});

test('minutes by key are dropped after two days, and reports stay the same', async (context) => {
  const { database, close } = openDatabase();
  context.after(close);
  const sink = new SqliteRecordSink(database.connection);
  const dayMs = 86_400_000;
  const at = (day: number) => startOf(day, { startedAtMs: 20_000 * dayMs + day * dayMs + 61_000 });
  for (let day = 0; day < 6; day += 1) await take(sink, 'a', [{ start: at(day), end: endOf() }]);
  const sql = 'SELECT count(*) AS n FROM rollup_keyed WHERE grain_ms = 60000';
  assert.equal(database.connection.prepare(sql).get()?.n, 3);
  const range = { fromMs: at(1).startedAtMs - 1000, toMs: at(4).startedAtMs + 1 };
  const { requests } = await new SqlReports(readerOf(database.connection), 0).summary(range, { app: 'app' });
  assert.equal(requests, 4);
});

test('of a text among many, figures are of the newest, and a list goes on', async (context) => {
  const { database, close } = openDatabase();
  context.after(close);
  const hourMs = 3_600_000;
  const baseMs = 480_000 * hourMs;
  const at = (number: number) => startOf(number, { startedAtMs: baseMs + number * hourMs, app: 'tool' });
  const lines = Array.from({ length: 20 }, (_, index) => ({ start: at(index + 1), end: endOf() }));
  await take(new SqliteRecordSink(database.connection), 'a', lines);
  const reports = new SqlReports(readerOf(database.connection), 0);
  const range = { fromMs: baseMs, toMs: baseMs + 23 * hourMs };
  assert.equal(await reports.searchedFromMs(range, {}), 0);
  assert.equal(await reports.searchedFromMs(range, { text: 'TOOL' }), at(20).startedAtMs);
  assert.equal((await reports.summary(range, { text: 'TOOL' })).requests, 1);
  assert.equal((await reports.summary(range, { app: 'tool' })).requests, 20);
  // Eight hours at a time.
  const asked = { range, filter: { text: 'nobody' }, sort: 'cost', limit: 5 } as const;
  const first = await reports.requests({ ...asked, cursor: null });
  assert.deepEqual([first.records, first.searchedBackToMs], [[], at(13).startedAtMs]);
  const second = await reports.requests({ ...asked, cursor: first.nextCursor });
  assert.equal(second.searchedBackToMs, at(5).startedAtMs);
  const last = await reports.requests({ ...asked, cursor: second.nextCursor });
  assert.deepEqual([last.searchedBackToMs, last.nextCursor], [null, null]);
});

test('six hours are told by their hours where they were not summed up yet, and can be made of them', async (context) => {
  const { database, close } = openDatabase();
  context.after(close);
  const sink = new SqliteRecordSink(database.connection);
  const hourMs = 3_600_000;
  const baseMs = 480_000 * hourMs;
  const lines = Array.from({ length: 30 }, (_, hour) => ({
    start: startOf(hour, {
      startedAtMs: baseMs + hour * hourMs + 60_000,
      tag: hour % 2 === 0 ? 'even' : 'odd',
    }),
    end: endOf({ latencyMs: 1 + hour }),
  }));
  await take(sink, 'a', lines);
  const sixHours = (): unknown =>
    database.connection.prepare('SELECT * FROM rollup_keyed WHERE grain_ms = ?').all(6 * hourMs);
  const whole = sixHours();
  migrateSixHours(database.connection);
  assert.deepEqual(sixHours(), whole);
  const reports = new SqlReports(readerOf(database.connection), 0);
  const told = async (): Promise<unknown> => {
    const range = { fromMs: baseMs, toMs: baseMs + 48 * hourMs };
    const filter = { tag: 'even' };
    return [await reports.summary(range, filter), await reports.series(range, 6 * hourMs, filter)];
  };
  const before = await told();
  database.connection.exec(`DELETE FROM rollup_keyed WHERE grain_ms = ${6 * hourMs} AND bucket_ms < ${baseMs + 12 * hourMs};
    UPDATE rollup_state SET keyed_six_hours_from_ms = ${baseMs + 12 * hourMs}`);
  assert.deepEqual(await told(), before);
  // One that comes late makes no part of six hours.
  const late = startOf(90, { startedAtMs: baseMs + hourMs, tag: 'odd' });
  await take(sink, 'a', [{ start: late, end: endOf() }]);
  assert.deepEqual(await told(), before);
});
