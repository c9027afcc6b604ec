// Counts tokens in a worker thread: loading the vocabulary takes longer than a request may wait.

import { parentPort } from 'node:worker_threads';
import type { Answered, Asked } from '../../runtime/question-thread.ts';
import { readJsonText } from '../json/lenient-json.ts';
import { promptTextOf, promptTokenIds } from '../requests/prompt-text.ts';
import { TEXT_CHARACTERS_MAX } from './token-counter.ts';
import { countO200kTokens } from './token-counting.ts';

parentPort?.on('message', ({ id, part }: Asked<string | Uint8Array>) => {
  const answer = part instanceof Uint8Array ? promptTokens(part) : countO200kTokens(part);
  parentPort?.postMessage({ id, answer } satisfies Answered<number>);
});

/** Of a long prompt, its beginning is counted, and the rest in proportion. */
function promptTokens(body: Uint8Array): number {
  const document = readJsonText(Buffer.from(body.buffer))?.document;
  const text = promptTextOf(document);
  const part = text.slice(0, TEXT_CHARACTERS_MAX);
  const counted = text === '' ? 0 : Math.ceil((countO200kTokens(part) * text.length) / part.length);
  return counted + promptTokenIds(document);
}
