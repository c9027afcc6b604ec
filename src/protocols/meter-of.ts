// Which meter counts an answer: by the operation, wherever it was reached, and by the form of its body.

import type { Endpoint, Meter, ResponseHead } from '../core/protocol.ts';
import { BatchResultsReader } from './anthropic/batch-results-reader.ts';
import { BATCH_RESULTS_PATH } from './anthropic/endpoints.ts';
import { MessagesReader } from './anthropic/messages-reader.ts';
import { DocumentMeter, type DocumentReader, EventStreamMeter, LinesMeter } from './metering.ts';
import { normalPath } from './normal-path.ts';
import { BatchOutputReader } from './openai/batch-output-reader.ts';
import { CompletionsReader } from './openai/completions-reader.ts';
import { FILE_CONTENT_PATH } from './openai/endpoints.ts';
import { ResponsesReader } from './openai/responses-reader.ts';

type Open = () => DocumentReader;

const messages: Open = () => new MessagesReader();
const completions: Open = () => new CompletionsReader();
const responses: Open = () => new ResponsesReader();

/** By the endpoint's name. */
const READERS: ReadonlyMap<string, Open> = new Map([
  ['messages', messages],
  ['complete', messages],
  ['bedrock/invoke', messages],
  ['vertex/rawPredict', messages],
  ['vertex/streamRawPredict', messages],
  ['chat/completions', completions],
  ['completions', completions],
  ['embeddings', completions],
  ['responses', responses],
  ['responses/compact', responses],
]);

/** Null where nothing is to be counted. `standard` reads what has no reader of its own, and errors. */
export function meterOf(of: Endpoint, head: ResponseHead, path: string, standard: Open): Meter | null {
  const isError = head.status >= 400;
  if (!isError && !of.metered) return null;
  const lines = isError ? null : linesOf(of, normalPath(path));
  if (lines !== null) return new LinesMeter(lines);
  const reader = (READERS.get(of.name) ?? standard)();
  return head.contentType === 'text/event-stream' ? new EventStreamMeter(reader) : new DocumentMeter(reader);
}

/** The reader of an answer with a document a line. */
function linesOf({ name }: Endpoint, path: string): DocumentReader | null {
  if (name === 'messages/batches/results')
    return new BatchResultsReader(BATCH_RESULTS_PATH.exec(path)?.[1] ?? '');
  if (name === 'files/content') return new BatchOutputReader(FILE_CONTENT_PATH.exec(path)?.[1] ?? '');
  return null;
}
