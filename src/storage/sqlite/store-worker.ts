// The worker thread that writes the server's database, and answers what decisions ask.

import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerReply } from '../workers/client.ts';
import { hostStore } from '../workers/host.ts';
import { StandingDatabase } from './standing-database.ts';

const { dataDir, owner } = workerData as { dataDir: string; owner: string };
if (parentPort === null) throw new Error('the store worker must run as a worker thread');
const port = parentPort;
const warn = (message: string): void => port.postMessage({ type: 'warning', message } satisfies WorkerReply);
await hostStore(port, owner, new StandingDatabase(dataDir, owner, warn));
