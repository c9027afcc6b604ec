// The worker thread that answers reports, on a connection that only reads: what takes long there keeps nobody waiting.

import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { Rooms } from '../store.ts';
import { hostReports } from '../workers/host.ts';
import { unrepaired } from './damage.ts';
import { databasePath, storageFailed } from './database.ts';
import { roomsOf } from './rooms.ts';
import { storeFacts } from './store-facts.ts';

const { dataDir } = workerData as { dataDir: string };
if (parentPort === null) throw new Error('the reports worker must run as a worker thread');

const BUSY_TIMEOUT_MS = 1000;
const path = databasePath(dataDir);
let open: { readonly connection: DatabaseSync; readonly rooms: Rooms; readonly file: string } | null = null;
hostReports(parentPort, {
  get rooms() {
    return current().rooms;
  },
  facts: async () => storeFacts(current().connection),
  close: async () => open?.connection.close(),
  inWords: (error) => storageFailed(dataDir, error),
});

/** The database that has the name now: a damaged one is set aside, and another one put back. */
function current(): NonNullable<typeof open> {
  const stats = statSync(path, { throwIfNoEntry: false });
  const file = `${stats?.dev} ${stats?.ino}`;
  if (open?.file === file) return open;
  open?.connection.close();
  open = null;
  const waits = unrepaired(dataDir);
  if (waits !== null) throw waits;
  const connection = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  open = { connection, rooms: roomsOf(connection), file };
  return open;
}
