// What every store must do for whoever moves its contents: give them all, and take them all, whenever it is
// interrupted.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NEW_STANDING } from '../../cache/semantic/trust.ts';
import { visitStore } from '../registry.ts';
import type { Visit } from '../store.ts';
import { type MoveOptions, type MoveReport, moveData } from '../transfer/mover.ts';
import type { TransferDesk } from '../transfer/ports.ts';
import { TRANSFER_TABLES, type TransferRow } from '../transfer/tables.ts';
import { answer } from './cache.ts';
import { type Check, endOf, idOf, type StoreUnderTest, startOf } from './model.ts';
import { itemOf } from './prompt-archive.ts';

export function testTransfer(check: Check): void {
  check('all that it holds goes into another store, and comes back the same', async (store) => {
    const [there, back] = [await emptyStore(), await emptyStore()];
    try {
      await fill(store);
      const report = await moved(store.transfer, there.transfer);
      assert.equal(report.interrupted, 1);
      for (const { table, rows } of report.tables) assert.ok(rows > 0, `nothing of ${table} was moved`);
      const before = await contents(there.transfer);
      await moved(there.transfer, store.transfer, { replaces: true });
      await moved(store.transfer, back.transfer);
      assert.deepEqual(await contents(back.transfer), before);
      const { analytics, budgets, cache, prompts, rules, semantic } = store;
      const all = { fromMs: 0, toMs: 2e12 };
      assert.deepEqual(
        [(await analytics.summary(all)).requests, (await analytics.summary(all)).costNanoUsd],
        [5, 377],
      );
      assert.equal((await budgets.budgetRules()).budgets.length, 1);
      assert.equal((await rules.rules()).entries.length, 2);
      assert.deepEqual((await semantic.questionOf('a'))?.vector, Float32Array.from([0.6, -0.8]));
      const found = await cache.findAnswer('a', 0);
      assert.ok(found !== null && found !== 'corrupt');
      const searched = await prompts.searchItems(['words'], 5);
      if (searched !== null)
        assert.deepEqual(
          searched.map(({ id }) => id),
          [itemOf(1).id],
        );
      // What is taken in behind the move has numbers behind it.
      await store.take([{ start: startOf(70), end: endOf() }]);
      const { records } = await analytics.changes(0, 100);
      assert.equal(records.at(-1)?.id, idOf(70));
    } finally {
      await there.close();
      await back.close();
    }
  });

  check('a move that is killed at any write goes on where it was', async (store) => {
    const other = await emptyStore();
    try {
      await fill(store);
      const source = other.transfer;
      await moved(store.transfer, source);
      const expected = await contents(source);
      // Each call dies after one write more: between any two of them one has died.
      const limit = { writes: 1 };
      const target = dyingDesk(store.transfer, limit);
      let calls = 1;
      for (let ended = await endedOf(moved(source, target, { replaces: true })); !ended; calls += 1) {
        assert.ok(calls < 200, 'the move does not come to its end');
        limit.writes = 1;
        ended = await endedOf(moved(source, target));
      }
      assert.ok(calls > TRANSFER_TABLES.length);
      assert.deepEqual(await contents(store.transfer), expected);
    } finally {
      await other.close();
    }
  });

  check('a move refuses what holds data, another source, and what runs', async (store) => {
    const other = await emptyStore();
    try {
      const source = other.transfer;
      await store.take([{ start: startOf(1), end: endOf() }, { start: startOf(2) }]);
      await assert.rejects(
        moved(source, store.transfer),
        /holds data already: 2 rows of requests.*--replace/,
      );
      await assert.rejects(
        moved(store.transfer, source, { interrupts: false }),
        /1 request is in flight in source.*--interrupt/,
      );
      const target = dyingDesk(source, { writes: 2 });
      await assert.rejects(moved(store.transfer, target), /killed/);
      await assert.rejects(
        moved(store.transfer, source, { fromName: 'other' }),
        /A move from source into target/,
      );
      await store.take([{ start: startOf(3), end: endOf() }]);
      await assert.rejects(moved(store.transfer, source), /source has changed since the move began/);
      const report = await moved(store.transfer, source, { replaces: true });
      assert.equal(report.tables.find(({ table }) => table === 'requests')?.rows, 3);
    } finally {
      await other.close();
    }
  });
}

/** One of the kind that needs no server, gone when it is closed. */
async function emptyStore(): Promise<Visit> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-transfer-'));
  const visit = await visitStore({ TOKENWATCH_DATA_DIR: folder }, 'create');
  return {
    ...visit,
    close: async () => {
      await visit.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function moved(from: TransferDesk, to: TransferDesk, more: Partial<MoveOptions> = {}): Promise<MoveReport> {
  return moveData({
    ...{ from, to, fromName: 'source', toName: 'target' },
    wordsOf: async (id) => `the words of ${id}`,
    ...{ replaces: false, interrupts: true, pageRows: 2 },
    ...more,
  });
}

/** Dies at the write behind the last one that is allowed. */
function dyingDesk(desk: TransferDesk, limit: { writes: number }): TransferDesk {
  const counted = async <T>(write: () => Promise<T>): Promise<T> => {
    limit.writes -= 1;
    if (limit.writes < 0) throw new Error('killed');
    return write();
  };
  return {
    figures: (table) => desk.figures(table),
    inFlight: () => desk.inFlight(),
    page: (table, after, rows) => desk.page(table, after, rows),
    note: () => desk.note(),
    put: (table, rows, note) => counted(() => desk.put(table, rows, note)),
    begin: (note, empties) => counted(() => desk.begin(note, empties)),
    finish: (owner, note) => counted(() => desk.finish(owner, note)),
  };
}

async function endedOf(move: Promise<unknown>): Promise<boolean> {
  try {
    await move;
    return true;
  } catch (error) {
    assert.match((error as Error).message, /killed/);
    return false;
  }
}

/** Every row of every table, but for the store's own numbers of keys. */
async function contents(desk: TransferDesk): Promise<Record<string, readonly unknown[]>> {
  const all: Record<string, readonly unknown[]> = {};
  for (const table of TRANSFER_TABLES) {
    const rows = await desk.page(table, null, 1000);
    all[table.name] = rows
      .map((row) => (table.isKeyed === true ? { ...row, key_id: null } : row))
      .map(readable)
      .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  }
  return all;
}

const JSON_COLUMNS: ReadonlySet<string> = new Set([
  'definition',
  'runs',
  'attempts',
  'latency',
  'first_byte',
]);

function readable(row: TransferRow): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]): [string, unknown] => {
      if (value instanceof Uint8Array) return [name, Buffer.from(value).toString('hex')];
      return JSON_COLUMNS.has(name) && typeof value === 'string' ? [name, JSON.parse(value)] : [name, value];
    }),
  );
}

/** A row at least in every table: one that is not filled is not shown to be moved. */
async function fill(store: StoreUnderTest): Promise<void> {
  const { budgets, rules, feedback, cache, semantic, prompts } = store;
  const runs = [
    { kind: 'message', model: 'a', usage: endOf().usage, serviceTier: null, speed: null, inferenceGeo: null },
  ];
  await store.take([
    { start: startOf(1), end: endOf({ responseId: 'r', runs }) },
    {
      start: startOf(2, { session: null, tag: null }),
      end: endOf({ costNanoUsd: null, timeToFirstByteMs: null }),
    },
    {
      start: startOf(3, { startedAtMs: 1_600_000_000_000 }),
      end: endOf({ billingKey: 'k', savedNanoUsd: 9 }),
    },
    { start: startOf(4), end: endOf({ billingKey: 'k', usage: { ...endOf().usage, inputTokens: 5 } }) },
  ]);
  await store.take([{ start: startOf(5, { reservedNanoUsd: 77, modelRequested: null }) }]);
  await store.retention.deleteOld({ beforeMs: 1_600_002_000_000, fromMs: 0, experiments: [], nowMs: 7 });
  const scope = { app: null, model: null, tag: null };
  const limit = {
    id: 'b',
    name: 'Team',
    scope,
    period: 'daily',
    timeZone: 'UTC',
    limitNanoUsd: 5,
    kind: 'hard',
  };
  await budgets.putBudget(limit as unknown as Parameters<typeof budgets.putBudget>[0]);
  const kill = { id: 'k', scope, reason: 'ü', atMs: 5 };
  await budgets.putKill(kill as unknown as Parameters<typeof budgets.putKill>[0]);
  await budgets.addNotice({
    ...{ id: 'n', budgetId: 'b', periodStartMs: 0, threshold: 80, url: 'http://127.0.0.1:9/' },
    ...{ secret: 's', body: '{}', createdAtMs: 7, attempts: 0 },
  });
  await rules.addRule({
    kind: 'tag',
    name: 'one',
    definition: { tag: 'x', nested: [1, null] },
    createdAtMs: 3,
  });
  // Its sums come with the first look at a record of it.
  await rules.addRule({
    kind: 'experiment',
    name: 'test',
    definition: { sticky: 'session' },
    createdAtMs: 1_600_000_000_000,
  });
  await feedback.rate(idOf(1), { rating: 4, atMs: 9 });
  await cache.putAnswer(answer('a'));
  await semantic.putQuestion({
    ...{ key: 'a', partition: 'p', bodyPartition: 'b', embedder: 'e', text: 'What is it?' },
    ...{ vector: Float32Array.from([0.6, -0.8]), expiresAtMs: 1000, standing: NEW_STANDING },
  });
  await semantic.putScopeTrust({
    ...{ scope: 's', level: 2, checks: 3, disagreed: 1, totalChecks: 30, totalDisagreed: 2 },
    ...{ undecided: 1, changedAtMs: 5 },
  });
  await semantic.addCounts([{ kind: 'lookup', name: 'too far', count: 3 }]);
  await prompts.putItem(itemOf(1), 'some words');
  await prompts.putItem(itemOf(2, { baseId: itemOf(1).id, chain: 1, keyId: 'key' }), null);
  await prompts.putCanary('key', Uint8Array.of(1, 2, 3));
  await prompts.addSkipped({ too_large: 2 });
  await prompts.putNumbering('app', 'session', '{"EMAIL":1}', 4);
}
