// Which form an error takes: that of the operation, wherever it was reached, since its client reads no other; of the mount
// where the operation is nobody's own.

import type { TokenWatchError } from '../core/errors.ts';
import type { Endpoint, Framing, ProtocolName } from '../core/protocol.ts';
import { messagesErrorBody, messagesErrorEvent } from './anthropic/error-body.ts';
import { chatErrorBody, failedResponse } from './openai/error-body.ts';
import { amazonErrorMessage, cohereEnd, otherErrorBody, otherErrorEvent } from './others/error-body.ts';

const MESSAGES = /^(?:messages|complete)(?:\/|$)/;
const CHAT = /^(?:chat\/completions|completions|responses|embeddings)(?:\/|$)/;

function formOf(mount: ProtocolName, { name, model }: Endpoint): ProtocolName {
  // Claude, as Google serves it.
  if (MESSAGES.test(name) || (name.startsWith('vertex/') && /claude/i.test(model ?? ''))) return 'anthropic';
  return CHAT.test(name) ? 'openai' : mount;
}

export function errorBodyFor(
  mount: ProtocolName,
  endpoint: Endpoint,
  error: TokenWatchError,
  requestId: string,
): unknown {
  const others = otherErrorBody(endpoint, error);
  if (others !== null) return others;
  return formOf(mount, endpoint) === 'anthropic' ? messagesErrorBody(error, requestId) : chatErrorBody(error);
}

/** The last event of a stream that has begun. */
export function errorEventFor(
  mount: ProtocolName,
  endpoint: Endpoint,
  error: TokenWatchError,
  requestId: string,
  framing: Framing,
): string | Uint8Array {
  if (framing === 'messages') return amazonErrorMessage(error);
  const body = (): unknown => errorBodyFor(mount, endpoint, error, requestId);
  if (framing === 'list') return JSON.stringify(body());
  if (framing === 'lines')
    return `${JSON.stringify(endpoint.name === 'cohere/chat' ? cohereEnd(error) : body())}\n`;
  const others = otherErrorEvent(endpoint, error);
  if (others !== null) return others;
  if (formOf(mount, endpoint) === 'anthropic') return messagesErrorEvent(error, requestId);
  if (endpoint.name.startsWith('responses')) return failedResponse(error, requestId);
  return `data: ${JSON.stringify(chatErrorBody(error))}\n\n`;
}
