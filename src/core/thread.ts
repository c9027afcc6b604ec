// A thread of ours, from a module that lies beside its caller's: TypeScript in a clone, JavaScript in the package.

import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';

const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** `source` is the module's address without its extension. */
export function startThread(source: URL, options: Pick<WorkerOptions, 'workerData'> = {}): Worker {
  return new Worker(new URL(`${source.href}.${EXTENSION}`), { ...options, env: environment() });
}

/** Compiled code is kept for the next start; a thread learns where from its environment alone. */
function environment(): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir();
  return folder === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(folder) };
}
