import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OldRows } from '../core/retention.ts';
import type { RuleEntry } from '../core/rule-book.ts';
import { RowRetention } from './row-retention.ts';

const DAY_MS = 24 * 3_600_000;
const NOW_MS = 20_000 * DAY_MS + 1_234_567;

function retentionOf(entries: readonly RuleEntry[] = []) {
  const time = { now: NOW_MS, monotonic: 500 };
  const asked: OldRows[] = [];
  const warnings: string[] = [];
  const answers: { deleted: number; nextFromMs: number | null }[] = [];
  const retention = new RowRetention({
    retention: {
      deleteOld: async (rows) => {
        asked.push(rows);
        return answers.shift() ?? { deleted: 0, nextFromMs: null };
      },
    },
    rules: { rules: async () => ({ version: 1, entries }) },
    clock: { now: () => time.now, monotonicMs: () => time.monotonic },
    days: 10,
    warn: (message) => warnings.push(message),
  });
  return { retention, time, asked, answers };
}

const experiment = (name: string, state: string): RuleEntry => ({
  ...{ kind: 'experiment', name, createdAtMs: 0 },
  definition: { state },
});

test('what began so many days ago goes, a few at a time, down to a whole hour', async () => {
  const { retention, asked, answers } = retentionOf();
  answers.push({ deleted: 3, nextFromMs: 77 }, { deleted: 2, nextFromMs: null });
  assert.equal(await retention.sweep(), 5);
  const beforeMs = 19_990 * DAY_MS;
  assert.deepEqual(
    asked.map((rows) => [rows.beforeMs, rows.fromMs, rows.nowMs]),
    [
      [beforeMs, 0, NOW_MS],
      [beforeMs, 77, NOW_MS],
    ],
  );
});

test('the requests of tests stay until those are completed', async () => {
  const { retention, asked } = retentionOf([
    experiment('runs', 'active'),
    experiment('rests', 'paused'),
    experiment('ended', 'completed'),
    { kind: 'route', name: 'route', definition: {}, createdAtMs: 0 },
  ]);
  await retention.sweep();
  assert.deepEqual(asked[0]?.experiments, ['runs', 'rests']);
});

test('a clock that is put forward makes nothing old, and one that is put back deletes less', async () => {
  const { retention, asked, time } = retentionOf();
  time.now += 1000 * DAY_MS;
  time.monotonic += 2 * DAY_MS;
  await retention.sweep();
  time.now = NOW_MS - 5 * DAY_MS;
  await retention.sweep();
  assert.deepEqual(
    asked.map(({ beforeMs }) => beforeMs / DAY_MS),
    [19_992, 19_985],
  );
});

test('a sweep that is closed meanwhile stops behind what is under way', async () => {
  const { retention, asked, answers } = retentionOf();
  answers.push({ deleted: 1, nextFromMs: 1 }, { deleted: 1, nextFromMs: 2 });
  const sweep = retention.sweep();
  await retention.close();
  await sweep;
  assert.ok(asked.length <= 1);
});
