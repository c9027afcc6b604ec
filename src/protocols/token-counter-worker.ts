// Counts tokens in a worker thread: loading the vocabulary takes longer than a request may wait.

import { parentPort } from 'node:worker_threads';
import { countTokens } from 'gpt-tokenizer';

parentPort?.on('message', ({ id, text }: { id: number; text: string }) => {
  parentPort?.postMessage({ id, tokens: countTokens(text, { disallowedSpecial: new Set() }) });
});
