// A thread that answers what it is asked, and dies over the question "die".

import { parentPort } from 'node:worker_threads';
import type { Answered, Asked } from '../src/runtime/question-thread.ts';

parentPort?.on('message', ({ id, part }: Asked<string>) => {
  if (part === 'die') throw new Error('it was asked to');
  if (part === 'leave') process.exit();
  if (part !== 'silence') parentPort?.postMessage({ id, answer: part } satisfies Answered<string>);
});
