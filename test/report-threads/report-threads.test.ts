import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkerClient } from '../../src/storage/workers/client.ts';
import { ReportThreads } from '../../src/storage/workers/report-threads.ts';

async function opened(openFails = false) {
  // First: whether held reports may end; second: how many are held.
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const place = { source: new URL('./slow-reports-worker', import.meta.url), workerData: { gate } };
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const open = (): Promise<WorkerClient> => WorkerClient.open(place, warn);
  let seconds = 0;
  const openNext = async (): Promise<WorkerClient> => {
    seconds += 1;
    if (openFails) throw new Error('no more threads');
    return open();
  };
  const threads = new ReportThreads({ first: await open(), open: openNext, atOnce: 1, warn });
  const letGo = (): void => {
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
  };
  /** Once so many hold their threads. */
  const held = async (count: number): Promise<void> => {
    for (let now = Atomics.load(gate, 1); now < count; now = Atomics.load(gate, 1))
      await Atomics.waitAsync(gate, 1, now).value;
  };
  return { threads, warnings, letGo, held, seconds: () => seconds };
}

test('reports that wait behind a long one are answered by another thread', async () => {
  const { threads, letGo, held, seconds } = await opened();
  assert.equal(await threads.ask('analytics', 'lastChange'), 7);
  assert.equal(seconds(), 0, 'made only when it is needed');
  const long = threads.ask('analytics', 'sessions');
  await held(1);
  const quick = [1, 2, 3].map(() => threads.ask('analytics', 'lastChange'));
  assert.deepEqual(await Promise.all(quick), [7, 7, 7]);
  assert.equal(seconds(), 1);
  letGo();
  assert.deepEqual(await long, []);
  await threads.close();
});

test('a report of an A/B test holds up no other, and the next one waits its turn', async () => {
  const { threads, letGo, held, seconds } = await opened();
  const long = [1, 2].map(() => threads.ask('analytics', 'variantFigures'));
  await held(1);
  assert.equal(await threads.ask('analytics', 'lastChange'), 7);
  letGo();
  assert.deepEqual(await Promise.all(long), [[], []]);
  assert.equal(seconds(), 1);
  await threads.close();
});

test('where no second thread can be had the first answers all, and says so', async () => {
  const { threads, letGo, warnings } = await opened(true);
  letGo();
  assert.deepEqual(await threads.ask('analytics', 'variantFigures'), []);
  assert.match(warnings[0] ?? '', /second thread for reports cannot be had \(no more threads\)/);
  await assert.rejects(threads.ask('store', 'facts'), /not asked/);
  await threads.close();
});

test('a thread that was lost costs what it worked on, and another takes its place', async () => {
  const { threads, letGo, warnings, seconds } = await opened();
  letGo();
  await assert.rejects(threads.ask('analytics', 'latenciesUpTo'), /no more memory/);
  assert.deepEqual(await threads.ask('analytics', 'variantFigures'), [], 'in another second one');
  assert.equal(seconds(), 2);
  await assert.rejects(threads.ask('analytics', 'summary'), /its thread ended/);
  assert.equal(await threads.ask('analytics', 'lastChange'), 7, 'in another first one');
  assert.equal(seconds(), 3);
  assert.equal(warnings.length, 2);
  await threads.close();
});
