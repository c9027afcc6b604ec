// Which meter counts an answer: by the operation, wherever it was reached, and by the form of its body.

import type { BodyMeter, Endpoint, ResponseHead } from '../../core/protocol.ts';
import { BatchResultsReader } from '../anthropic/batch-results-reader.ts';
import { BATCH_RESULTS_PATH } from '../anthropic/endpoints.ts';
import { MessagesReader } from '../anthropic/messages-reader.ts';
import { normalPath } from '../endpoints/normal-path.ts';
import { BatchOutputReader } from '../openai/batch-output-reader.ts';
import { CompletionsReader } from '../openai/completions-reader.ts';
import { FILE_CONTENT_PATH } from '../openai/endpoints.ts';
import { MediaReader } from '../openai/media-reader.ts';
import { ResponsesReader } from '../openai/responses-reader.ts';
import { AwsEventMeter } from '../others/aws-event-meter.ts';
import { CONVERSE, COUNTS } from '../others/bedrock-formats.ts';
import { DASHSCOPE } from '../others/dashscope-format.ts';
import { BATCH_PATH, FILE_DOWNLOAD_PATH } from '../others/endpoints.ts';
import { GeminiReader } from '../others/gemini-reader.ts';
import { InteractionsReader } from '../others/interactions-reader.ts';
import { COHERE, GEMINI_VECTORS, OLLAMA } from '../others/plain-formats.ts';
import { PlainReader } from '../others/plain-reader.ts';
import { framingOf } from '../streams/framing.ts';
import { BatchDocumentReader } from './batch-document-reader.ts';
import { DocumentMeter } from './document-meter.ts';
import { EventStreamMeter } from './event-stream-meter.ts';
import { HeaderReader, toldInHeaders } from './header-reader.ts';
import { LinesMeter } from './lines-meter.ts';
import { ListMeter } from './list-meter.ts';
import type { DocumentReader } from './metering.ts';
import { type Shape, ShapedReader } from './shaped-reader.ts';
import { SniffingMeter } from './sniffing-meter.ts';

type Open = () => DocumentReader;

const messages: Open = () => new MessagesReader();
const completions: Open = () => new CompletionsReader();
const reads: Open = () => new CompletionsReader({ generates: false });
const deferred: Open = () => new CompletionsReader({ generates: true, isFetched: true });
const responses: Open = () => new ResponsesReader();
const media: Open = () => new MediaReader();
const gemini: Open = () => new GeminiReader();
const geminiVectors: Open = () => new PlainReader(GEMINI_VECTORS);
const interactions: Open = () => new InteractionsReader();
const converse: Open = () => new PlainReader(CONVERSE);
const counts: Open = () => new PlainReader(COUNTS);
const cohere: Open = () => new PlainReader(COHERE);
const ollama: Open = () => new PlainReader(OLLAMA);
const dashscope: Open = () => new PlainReader(DASHSCOPE);

const BY_SHAPE: Readonly<Record<Shape, Open>> = {
  messages,
  chat: completions,
  responses,
  gemini,
  converse,
  counts,
};

/** An operation's own reader, and that of each other form in which its answer may come. */
function shaped(own: Open): Open {
  const others = Object.entries(BY_SHAPE).map(([shape, open]) => [shape, open === own ? null : open]);
  const byShape = Object.fromEntries(others) as Record<Shape, Open | null>;
  return () => new ShapedReader(own(), byShape);
}

const anyMessages = shaped(messages);
const anyChat = shaped(completions);
const anyResponses = shaped(responses);
const anyGemini = shaped(gemini);
const anyConverse = shaped(converse);
const anyOllama = shaped(ollama);

/** By the endpoint's name. */
const READERS: ReadonlyMap<string, Open> = new Map([
  ['messages', anyMessages],
  ['complete', anyMessages],
  ['bedrock/invoke', anyMessages],
  ['bedrock/invoke-stream', anyMessages],
  ['vertex/rawPredict', anyMessages],
  ['vertex/streamRawPredict', anyMessages],
  ['chat/completions', anyChat],
  ['completions', anyChat],
  ['fim/completions', anyChat],
  ['agents/completions', anyChat],
  ['chat/deferred', deferred],
  ['embeddings', reads],
  ['rerank', reads],
  ['moderations', reads],
  ['images', media],
  ['audio', media],
  ['responses', anyResponses],
  ['responses/compact', anyResponses],
  ['gemini/generateContent', anyGemini],
  ['gemini/streamGenerateContent', anyGemini],
  ['gemini/interactions', interactions],
  ['gemini/embed', geminiVectors],
  ['bedrock/converse', anyConverse],
  ['bedrock/converse-stream', anyConverse],
  ['cohere/chat', shaped(cohere)],
  ['cohere/embed', cohere],
  ['ollama/chat', anyOllama],
  ['ollama/generate', anyOllama],
  ['ollama/embed', ollama],
  ['dashscope/generation', dashscope],
]);

/** Null where nothing is to be counted. `standard` reads what has no reader of its own, and errors. */
export function meterOf(of: Endpoint, head: ResponseHead, path: string, standard: Open): BodyMeter | null {
  const isError = head.status >= 400;
  if (!isError && !of.metered) return null;
  const lines = isError ? null : linesOf(of, path);
  if (lines !== null) return new LinesMeter(lines);
  if (of.name === 'batches/results' && !isError) return new DocumentMeter(batchReader(BATCH_PATH, path));
  const open = withHeaders(head, READERS.get(of.name) ?? standard);
  const { contentType } = head;
  const framing = framingOf(of, contentType);
  const messages = (): BodyMeter => new AwsEventMeter(open());
  const stream = (): BodyMeter => new EventStreamMeter(open());
  const whole = (reader: DocumentReader): BodyMeter => new DocumentMeter(reader);
  const line = (): BodyMeter => new LinesMeter(open());
  if (framing === 'lines') return new SniffingMeter({ stream, document: line, messages, declared: line });
  const document = (): BodyMeter => (framing === 'list' ? new ListMeter(open(), whole) : whole(open()));
  const declared = framing === 'events' ? stream : framing === 'messages' ? messages : document;
  return new SniffingMeter({ stream, document, messages, declared });
}

function withHeaders({ headers }: ResponseHead, open: Open): Open {
  const told = headers === undefined ? null : toldInHeaders(headers);
  return told === null ? open : () => new HeaderReader(open(), told);
}

/** Of results whose name stands in the path. */
const batchReader = (pattern: RegExp, path: string): DocumentReader =>
  new BatchDocumentReader(nameIn(path, pattern), anyChat);

const nameIn = (path: string, pattern: RegExp): string => pattern.exec(normalPath(path))?.[1] ?? '';

/** The reader of an answer with a document a line. */
function linesOf({ name }: Endpoint, path: string): DocumentReader | null {
  if (name === 'messages/batches/results') return new BatchResultsReader(nameIn(path, BATCH_RESULTS_PATH));
  if (name === 'files/download') return batchReader(FILE_DOWNLOAD_PATH, path);
  if (name === 'files/content') return new BatchOutputReader(nameIn(path, FILE_CONTENT_PATH));
  return null;
}
