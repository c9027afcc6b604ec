import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants, getPriority } from 'node:os';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

test('a thread that gives way goes behind its process, and alone', {
  skip: process.platform !== 'linux' && 'only Linux knows priorities of threads',
}, async () => {
  const before = getPriority();
  const worker = new Worker(
    `import(${JSON.stringify(new URL('./give-way.ts', import.meta.url).href)}).then(({ giveWay }) => {
      giveWay();
      const thread = Number(require('node:fs').readlinkSync('/proc/thread-self').split('/').at(-1));
      require('node:worker_threads').parentPort.postMessage(require('node:os').getPriority(thread));
    })`,
    { eval: true },
  );
  const [priority] = await once(worker, 'message');
  assert.deepEqual([priority, getPriority()], [constants.priority.PRIORITY_BELOW_NORMAL, before]);
});
