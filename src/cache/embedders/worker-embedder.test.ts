import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkerEmbedder } from './worker-embedder.ts';

const script = new URL('./fixtures/crashing-worker', import.meta.url);
const open = (): Promise<WorkerEmbedder> => WorkerEmbedder.open({ kind: 'local' }, script);

test('a thread that dies rejects what waits, and the next text starts another', async () => {
  const embedder = await open();
  const waiting = [embedder.embed('wait'), embedder.embed('crash')];
  for (const end of await Promise.allSettled(waiting))
    assert.match(String(end.status === 'rejected' && end.reason), /crashed as asked/);
  assert.deepEqual(await embedder.embed('again'), new Float32Array([1, 0]));
  await embedder.close();
});

test('the queue is bounded', async () => {
  const embedder = await open();
  const waiting = Array.from({ length: 64 }, () => embedder.embed('wait'));
  const ends = Promise.allSettled(waiting);
  await assert.rejects(embedder.embed('one more'), { code: 'embedder_failed', message: /64 texts wait/ });
  await embedder.close();
  for (const end of await ends) assert.match(String(end.status === 'rejected' && end.reason), /was closed/);
});

test('a closed embedder refuses', async () => {
  const embedder = await open();
  await embedder.close();
  await assert.rejects(embedder.embed('text'), { code: 'embedder_failed' });
});
