import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

test('whoever ends in the middle of a text ends as he means to', async () => {
  const stopped = new URL('./fixtures/stopped-embedder.ts', import.meta.url).pathname;
  for (const [way, code] of [
    ['close', 0],
    ['exit', 3],
  ] as const) {
    const child = spawn(process.execPath, [stopped, way], { stdio: ['ignore', 'ignore', 'pipe'] });
    const words: Buffer[] = [];
    child.stderr.on('data', (bytes: Buffer) => words.push(bytes));
    const [status, signal] = await once(child, 'close');
    assert.deepEqual([status, signal], [code, null], `${way}: ${Buffer.concat(words)}`);
  }
});
