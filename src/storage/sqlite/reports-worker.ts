// The worker thread that answers reports, on a connection that only reads: what takes long there keeps nobody waiting.

import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { hostReports } from '../worker-host.ts';
import { databasePath } from './database.ts';
import { roomsOf } from './rooms.ts';
import { storeFacts } from './store-facts.ts';

const { dataDir } = workerData as { dataDir: string };
if (parentPort === null) throw new Error('the reports worker must run as a worker thread');

yieldToOthers();
const connection = new DatabaseSync(databasePath(dataDir), { readOnly: true });
hostReports(parentPort, {
  rooms: roomsOf(connection),
  facts: async () => storeFacts(connection),
  close: async () => connection.close(),
});

/** Where a processor is scarce, traffic and look-ups go first. Linux alone lets a thread say so. */
function yieldToOthers(): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Another system, or a container that forbids it: reports are as important as all else.
  }
}
