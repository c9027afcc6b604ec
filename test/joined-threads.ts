// The app's threads start from its joined modules, as they do in the package: half of what the start of an app costs is
// the loading of its threads' modules. `test/run.ts` has seen that dist/ is of today's source.

import { existsSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import threads, { type WorkerOptions } from 'node:worker_threads';

const SOURCE = new URL('../src/', import.meta.url).href;
const JOINED = new URL('../dist/', import.meta.url);

threads.Worker = class Worker extends threads.Worker {
  constructor(file: string | URL, options: WorkerOptions = {}) {
    const joined = joinedOf(String(file));
    // What the test's own process loads first is of no use there.
    super(joined ?? file, joined === null ? options : { execArgv: [], ...options });
  }
};
syncBuiltinESMExports();

/** Null for a thread of a test's own. */
function joinedOf(file: string): URL | null {
  if (!file.startsWith(SOURCE) || !file.endsWith('.ts')) return null;
  const joined = new URL(`${file.slice(SOURCE.length, -'.ts'.length)}.js`, JOINED);
  return existsSync(joined) ? joined : null;
}
