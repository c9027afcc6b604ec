import assert from 'node:assert/strict';
import { once } from 'node:events';
import { enableCompileCache, getCompileCacheDir } from 'node:module';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/at-end.ts';
import { startThread } from './thread.ts';

test('a thread keeps its compiled code where the thread that began it does', async (context) => {
  const folder = temporaryFolder(context, 'thread');
  // Whoever runs this may have set it: a thread would know of it without us.
  delete process.env.NODE_COMPILE_CACHE;
  enableCompileCache(folder);
  const kept = getCompileCacheDir();
  assert.ok(kept);
  const worker = startThread(new URL('../../test/telling-worker', import.meta.url), { workerData: 'given' });
  assert.deepEqual(await once(worker, 'message'), [{ kept, workerData: 'given' }]);
  await worker.terminate();
});
