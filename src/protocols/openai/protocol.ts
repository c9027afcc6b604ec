// OpenAI's API, and everything compatible with it.

import type {
  BodyMeter,
  Endpoint,
  Protocol,
  ReplayForm,
  RequestFacts,
  ResponseHead,
  StoredAnswer,
} from '../../core/protocol.ts';
import { refined } from '../endpoints/refined-endpoint.ts';
import { errorBodyFor, errorEventFor } from '../error-forms.ts';
import { asObject, asText } from '../json/json-value.ts';
import { messageMeterOf } from '../meters/message-meter-of.ts';
import { meterOf } from '../meters/meter-of.ts';
import { asksForStream } from '../requests/asked-stream.ts';
import { askedTier } from '../requests/asked-tier.ts';
import { outputLimit } from '../requests/output-limit.ts';
import { promptTextOf } from '../requests/prompt-text.ts';
import { CompletionsReader } from './completions-reader.ts';
import { OPENAI_ENDPOINTS } from './endpoints.ts';
import { replayChat } from './replay-chat.ts';
import { replayResponse } from './replay-responses.ts';
import { streamUsage } from './stream-usage.ts';

function readRequest(of: Endpoint, body: unknown): RequestFacts {
  const request = asObject(body);
  const stream = asksForStream(of.name, request);
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

function meter(of: Endpoint, head: ResponseHead, path: string): BodyMeter | null {
  return meterOf(of, head, path, () => new CompletionsReader());
}

function replay(of: Endpoint, answer: StoredAnswer, form: ReplayForm): Uint8Array | null {
  if (of.name === 'chat/completions') return replayChat(answer, form);
  if (of.name === 'responses') return replayResponse(answer, form);
  return answer.form === 'document' && !form.stream ? answer.body : null;
}

export const openai: Protocol = {
  name: 'openai',
  streamUsage,
  endpoint: (method, path) => OPENAI_ENDPOINTS.find(method, path),
  readRequest,
  refined,
  promptText: (_endpoint, body) => promptTextOf(body),
  meter,
  messageMeter: messageMeterOf,
  replay,
  errorBody: (error, requestId, of) => errorBodyFor('openai', of, error, requestId),
  errorEvent: (error, requestId, of, framing = 'events') =>
    errorEventFor('openai', of, error, requestId, framing),
};
