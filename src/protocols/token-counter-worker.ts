// Counts tokens in a worker thread: loading the vocabulary takes longer than a request may wait.

import { parentPort } from 'node:worker_threads';
import type { Answered, Asked } from '../core/question-thread.ts';
import { countO200kTokens } from './token-counting.ts';

parentPort?.on('message', ({ id, part }: Asked<string>) => {
  parentPort?.postMessage({ id, answer: countO200kTokens(part) } satisfies Answered<number>);
});
