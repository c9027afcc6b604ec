// A thread of ours, from a module that lies beside its caller's: TypeScript in a clone, JavaScript in the package.

import { stat } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';

let hasPool = false;
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** `source` is the module's address without its extension. */
export function startThread(source: URL, options: Pick<WorkerOptions, 'workerData'> = {}): Worker {
  makePool();
  return new Worker(new URL(`${source.href}.${EXTENSION}`), { ...options, env: environment() });
}

/**
 * Node's own threads for files, names and hashes are made by whoever wants them first, and take over its priority: that
 * must not be a thread that gives way (`giveWay`).
 */
function makePool(): void {
  if (!hasPool) stat('.', () => {});
  hasPool = true;
}

/** Compiled code is kept for the next start; a thread learns where from its environment alone. */
function environment(): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir();
  return folder === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(folder) };
}
