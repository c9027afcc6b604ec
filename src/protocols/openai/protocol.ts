// OpenAI's API, and everything compatible with it.

import { type ErrorCode, FINAL_REFUSALS, type TokenWatchError } from '../../core/errors.ts';
import type {
  Endpoint,
  MessageMeter,
  Meter,
  Protocol,
  ReplayForm,
  RequestFacts,
  ResponseHead,
  StoredAnswer,
} from '../../core/protocol.ts';
import { askedTier } from '../asked-tier.ts';
import { asObject, asText } from '../json-value.ts';
import { meterOf } from '../meter-of.ts';
import { otherErrorBody, otherErrorEvent } from '../other-errors.ts';
import { outputLimit } from '../output-limit.ts';
import { promptTextOf } from '../prompt-text.ts';
import { refined } from '../refined-endpoint.ts';
import { CompletionsReader } from './completions-reader.ts';
import { OPENAI_ENDPOINTS } from './endpoints.ts';
import { RealtimeMeter } from './realtime-meter.ts';
import { replayChat } from './replay-chat.ts';
import { replayResponse } from './replay-responses.ts';
import { ResponsesSocketMeter } from './responses-socket-meter.ts';
import { streamUsage } from './stream-usage.ts';

function readRequest(of: Endpoint, body: unknown): RequestFacts {
  const request = asObject(body);
  const stream = request?.stream === true;
  const metadata = asObject(request?.metadata);
  return {
    model: of.model ?? asText(request?.model),
    stream,
    maxOutputTokens: outputLimit(of.name, request),
    sessionId:
      asText(metadata?.session_id) ??
      asText(request?.conversation) ??
      asText(asObject(request?.conversation)?.id) ??
      asText(request?.prompt_cache_key),
    userId: asText(request?.safety_identifier) ?? asText(request?.user),
    serviceTier: askedTier(request),
    speed: null,
    lacksStreamUsage:
      of.asksForStreamUsage &&
      stream &&
      asObject(request?.stream_options)?.include_usage !== true &&
      // OpenRouter's own way to ask.
      asObject(request?.usage)?.include !== true,
    hasStreamOptions: request?.stream_options !== undefined,
  };
}

function meter(of: Endpoint, head: ResponseHead, path: string): Meter | null {
  return meterOf(of, head, path, () => new CompletionsReader());
}

function messageMeter(of: Endpoint): MessageMeter | null {
  if (of.name === 'realtime') return new RealtimeMeter();
  return of.name === 'responses' ? new ResponsesSocketMeter() : null;
}

function replay(of: Endpoint, answer: StoredAnswer, form: ReplayForm): Uint8Array | null {
  if (of.name === 'chat/completions') return replayChat(answer, form);
  if (of.name === 'responses') return replayResponse(answer, form);
  return answer.form === 'document' && !form.stream ? answer.body : null;
}

const ERROR_TYPES: Partial<Record<ErrorCode, string>> = {
  foreign_key: 'invalid_request_error',
  key_required: 'invalid_request_error',
  key_invalid: 'invalid_request_error',
  key_model_refused: 'invalid_request_error',
  key_without_upstream: 'invalid_request_error',
  forbidden: 'invalid_request_error',
  unknown_route: 'invalid_request_error',
  body_too_large: 'invalid_request_error',
  bad_request: 'invalid_request_error',
  not_translatable: 'invalid_request_error',
};

function errorBody(error: TokenWatchError): {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: null;
    readonly code: string;
  };
} {
  const { code, message } = error;
  // The one code that clients take as final: others of a 429 they try again, some without an end.
  if (FINAL_REFUSALS.has(code))
    return { error: { message, type: 'insufficient_quota', param: null, code: 'insufficient_quota' } };
  const type = ERROR_TYPES[code] ?? (error.status === 429 ? 'rate_limit_error' : 'server_error');
  return { error: { message, type, param: null, code } };
}

/** A Responses stream ends with the response that failed: its clients look at nothing else. */
function failedResponse(error: TokenWatchError, requestId: string): string {
  const { code, message } = errorBody(error).error;
  const response = {
    id: `resp_${requestId}`,
    object: 'response',
    status: 'failed',
    error: { code, message },
  };
  return `event: response.failed\ndata: ${JSON.stringify({ type: 'response.failed', response })}\n\n`;
}

export const openai: Protocol = {
  name: 'openai',
  streamUsage,
  endpoint: (method, path) => OPENAI_ENDPOINTS.find(method, path),
  readRequest,
  refined,
  promptText: (_endpoint, body) => promptTextOf(body),
  meter,
  messageMeter,
  replay,
  errorBody: (error, _requestId, of) => otherErrorBody(of, error) ?? errorBody(error),
  errorEvent(error, requestId, of) {
    const others = otherErrorEvent(of, error);
    if (others !== null) return others;
    if (of.name.startsWith('responses')) return failedResponse(error, requestId);
    return `data: ${JSON.stringify(errorBody(error))}\n\n`;
  },
};
