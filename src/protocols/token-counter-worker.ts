// Counts tokens in a worker thread: loading the vocabulary takes longer than a request may wait.

import { parentPort } from 'node:worker_threads';
import { countO200kTokens } from './token-counting.ts';

parentPort?.on('message', ({ id, text }: { id: number; text: string }) => {
  parentPort?.postMessage({ id, tokens: countO200kTokens(text) });
});
