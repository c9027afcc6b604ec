// Anthropic's API: Messages, token counts, batches.

import { sessionIn, withoutSession } from '../../core/claude-code-user.ts';
import type { BodyMeter, Endpoint, Protocol, RequestFacts, ResponseHead } from '../../core/protocol.ts';
import { refined } from '../endpoints/refined-endpoint.ts';
import { errorBodyFor, errorEventFor } from '../error-forms.ts';
import { asObject, asText, parseJson } from '../json/json-value.ts';
import { messageMeterOf } from '../meters/message-meter-of.ts';
import { meterOf } from '../meters/meter-of.ts';
import { asksForStream } from '../requests/asked-stream.ts';
import { askedTier } from '../requests/asked-tier.ts';
import { outputLimit } from '../requests/output-limit.ts';
import { promptTextOf } from '../requests/prompt-text.ts';
import { ANTHROPIC_ENDPOINTS } from './endpoints.ts';
import { MessagesReader } from './messages-reader.ts';
import { replayMessage } from './replay.ts';

function readRequest(of: Endpoint, body: unknown): RequestFacts {
  const request = asObject(body);
  const userId = asText(asObject(request?.metadata)?.user_id);
  return {
    model: of.model ?? asText(request?.model),
    stream: asksForStream(of.name, request),
    maxOutputTokens: outputLimit(of.name, request),
    sessionId: sessionId(userId),
    userId: personIn(userId),
    serviceTier: askedTier(request),
    speed: asText(request?.speed),
    lacksStreamUsage: false,
    hasStreamOptions: false,
  };
}

/** Claude Code: `user_…_account_…_session_<uuid>`, in newer versions JSON with `session_id`. */
function sessionId(userId: string | null): string | null {
  if (userId === null) return null;
  if (userId.startsWith('{')) return asText(asObject(parseJson(userId))?.session_id);
  return sessionIn(userId);
}

/** Of the same forms who it is, without the session; any other text is a user's id by itself. */
function personIn(userId: string | null): string | null {
  if (userId === null) return null;
  if (userId.startsWith('{')) {
    const parts = asObject(parseJson(userId));
    return asText(parts?.account_uuid) || asText(parts?.device_id) || asText(parts?.user_id);
  }
  return withoutSession(userId) || null;
}

function meter(of: Endpoint, head: ResponseHead, path: string): BodyMeter | null {
  return meterOf(of, head, path, () => new MessagesReader());
}

export const anthropic: Protocol = {
  name: 'anthropic',
  streamUsage: null,
  endpoint: (method, path) => ANTHROPIC_ENDPOINTS.find(method, path),
  readRequest,
  refined,
  promptText: (_endpoint, body) => promptTextOf(body),
  meter,
  messageMeter: messageMeterOf,
  replay: (of, answer, form) => (of.name === 'messages' ? replayMessage(answer, form) : null),
  errorBody: (error, requestId, of) => errorBodyFor('anthropic', of, error, requestId),
  errorEvent: (error, requestId, of, framing = 'events') =>
    errorEventFor('anthropic', of, error, requestId, framing),
};
