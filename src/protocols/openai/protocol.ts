// OpenAI's API, and everything compatible with it.

import type { ErrorCode, TokenWatchError } from '../../core/errors.ts';
import type {
  Endpoint,
  Meter,
  Protocol,
  ReplayForm,
  RequestFacts,
  ResponseHead,
  StoredAnswer,
} from '../../core/protocol.ts';
import { asCount, asObject, asText } from '../json-value.ts';
import { DocumentMeter, type DocumentReader, EventStreamMeter, LinesMeter } from '../metering.ts';
import { collectText } from '../prompt-text.ts';
import { BatchOutputReader } from './batch-output-reader.ts';
import { CompletionsReader } from './completions-reader.ts';
import { RealtimeMeter } from './realtime-meter.ts';
import { replayChat } from './replay-chat.ts';
import { replayResponse } from './replay-responses.ts';
import { ResponsesReader } from './responses-reader.ts';
import { streamUsage } from './stream-usage.ts';

const endpoint = (name: string, flags: Partial<Endpoint> = {}): Endpoint => ({
  name,
  hasModel: false,
  metered: false,
  asksForStreamUsage: false,
  ...flags,
});

const GENERATES = { hasModel: true, metered: true };
const OTHER = endpoint('other');
const FILE_CONTENT = endpoint('files/content', { metered: true });
const FILE_CONTENT_PATH = /(?:^|\/)files\/([^/]+)\/content\/?$/;

/** The first pattern that fits decides. A version or another prefix may stand before each. */
const ENDPOINTS: readonly (readonly [method: string, path: RegExp, endpoint: Endpoint])[] = [
  [
    'POST',
    /(?:^|\/)chat\/completions\/?$/,
    endpoint('chat/completions', { ...GENERATES, asksForStreamUsage: true }),
  ],
  ['POST', /(?:^|\/)responses\/?$/, endpoint('responses', GENERATES)],
  ['POST', /(?:^|\/)responses\/compact\/?$/, endpoint('responses/compact', GENERATES)],
  ['GET', /(?:^|\/)responses\/[^/]+\/?$/, endpoint('responses', { metered: true })],
  ['POST', /(?:^|\/)completions\/?$/, endpoint('completions', { ...GENERATES, asksForStreamUsage: true })],
  ['POST', /(?:^|\/)embeddings\/?$/, endpoint('embeddings', GENERATES)],
  ['POST', /(?:^|\/)moderations\/?$/, endpoint('moderations', { hasModel: true })],
  ['POST', /(?:^|\/)images\/\w+\/?$/, endpoint('images', GENERATES)],
  ['POST', /(?:^|\/)audio\/\w+\/?$/, endpoint('audio', GENERATES)],
  ['GET', /(?:^|\/)realtime\/?$/, endpoint('realtime', GENERATES)],
  ['GET', FILE_CONTENT_PATH, FILE_CONTENT],
  ['', /(?:^|\/)files(?:\/|$)/, endpoint('files')],
  ['', /(?:^|\/)batches(?:\/|$)/, endpoint('batches')],
  ['', /(?:^|\/)models(?:\/|$)/, endpoint('models')],
];

function isResponses(of: Endpoint): boolean {
  return of.name.startsWith('responses');
}

function readRequest(of: Endpoint, body: unknown): RequestFacts {
  const request = asObject(body);
  const stream = request?.stream === true;
  const metadata = asObject(request?.metadata);
  return {
    model: asText(request?.model),
    stream,
    maxOutputTokens:
      asCount(request?.max_completion_tokens) ??
      asCount(request?.max_output_tokens) ??
      asCount(request?.max_tokens),
    sessionId:
      asText(metadata?.session_id) ??
      asText(request?.conversation) ??
      asText(asObject(request?.conversation)?.id) ??
      asText(request?.prompt_cache_key),
    serviceTier: asText(request?.service_tier),
    speed: null,
    lacksStreamUsage:
      of.asksForStreamUsage && stream && asObject(request?.stream_options)?.include_usage !== true,
    hasStreamOptions: request?.stream_options !== undefined,
  };
}

function meter(of: Endpoint, head: ResponseHead, path: string): Meter | null {
  if (!of.metered && head.status < 400) return null;
  if (of === FILE_CONTENT && head.status < 400) {
    return new LinesMeter(new BatchOutputReader(FILE_CONTENT_PATH.exec(path)?.[1] ?? ''));
  }
  const reader: DocumentReader = isResponses(of) ? new ResponsesReader() : new CompletionsReader();
  return head.contentType === 'text/event-stream' ? new EventStreamMeter(reader) : new DocumentMeter(reader);
}

function replay(of: Endpoint, answer: StoredAnswer, form: ReplayForm): Uint8Array | null {
  if (of.name === 'chat/completions') return replayChat(answer, form);
  if (of.name === 'responses') return replayResponse(answer, form);
  return answer.form === 'document' && !form.stream ? answer.body : null;
}

const ERROR_TYPES: Partial<Record<ErrorCode, string>> = {
  unknown_route: 'invalid_request_error',
  body_too_large: 'invalid_request_error',
  bad_request: 'invalid_request_error',
  not_translatable: 'invalid_request_error',
};

function errorBody(error: TokenWatchError): unknown {
  const type = ERROR_TYPES[error.code] ?? (error.status === 429 ? 'rate_limit_error' : 'server_error');
  return { error: { message: error.message, type, param: null, code: error.code } };
}

export const openai: Protocol = {
  name: 'openai',
  streamUsage,
  endpoint(method, path) {
    return (
      ENDPOINTS.find(([verb, pattern]) => (verb === '' || verb === method) && pattern.test(path))?.[2] ??
      OTHER
    );
  },
  readRequest,
  promptText(_endpoint, body) {
    const request = asObject(body);
    return collectText([
      request?.instructions,
      request?.messages,
      request?.input,
      request?.prompt,
      request?.tools,
    ]);
  },
  meter,
  messageMeter: (of) => (of.name === 'realtime' ? new RealtimeMeter() : null),
  replay,
  errorBody,
  errorEvent(error) {
    return `data: ${JSON.stringify(errorBody(error))}\n\n`;
  },
};
