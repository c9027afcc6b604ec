// A thread of reports that holds its thread, as a database within it does, until it is let go.

import { parentPort, workerData } from 'node:worker_threads';
import { TokenWatchError } from '../../src/core/errors.ts';
import type { Rooms } from '../../src/storage/store.ts';
import { hostReports } from '../../src/storage/workers/host.ts';

const { gate } = workerData as { readonly gate: Int32Array };
if (parentPort === null) throw new Error('it must run as a worker thread');

const held = async (): Promise<readonly never[]> => {
  Atomics.add(gate, 1, 1);
  Atomics.notify(gate, 1);
  Atomics.wait(gate, 0, 0);
  return [];
};
/** As one that runs out of memory. */
const die = (): Promise<never> => {
  setImmediate(() => {
    throw new Error('no more memory');
  });
  return new Promise(() => {});
};
const leave = (): never => process.exit();
const analytics = {
  latenciesUpTo: die,
  summary: leave,
  sessions: held,
  variantFigures: held,
  lastChange: async () => 7,
};
hostReports(parentPort, {
  // The rooms that this test asks.
  rooms: { analytics } as unknown as Rooms,
  facts: () => Promise.reject(new Error('not asked')),
  close: async () => {},
  inWords: (error) => new TokenWatchError('storage_failed', String(error)),
});
