// Loaded before each test file: property tests draw the same at every run, so that a change fails them and chance does
// not. TOKENWATCH_TEST_SEED=random draws anew, and a number draws what a failure has told.

import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  if (process.env.TOKENWATCH_TEST_THREADS === 'joined') await import('./joined-threads.ts');
  const { default: fc } = await import('fast-check');
  const { TOKENWATCH_TEST_SEED: seed = '1' } = process.env;
  if (seed !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });

  // `bin/tokenwatch.js` sets flags of V8, which refuses what was compiled under others: in one folder, each program that a
  // test starts and each test file that comes behind it would compile the whole app again, and write it over the other's.
  const { NODE_COMPILE_CACHE: compiled } = process.env;
  if (compiled !== undefined) process.env.NODE_COMPILE_CACHE = join(compiled, 'programs');
}
