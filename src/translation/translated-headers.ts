// Headers of a translated request and of its answer: what belongs to one API does not reach the other.

import { headerPairs } from '../core/flat-headers.ts';
import type { ProtocolName } from '../core/protocol.ts';

const ANTHROPIC_VERSION = '2023-06-01';
/** Of the API that the client speaks, of its SDK, and of the body in its own form. */
const FOREIGN = /^(?:anthropic-|openai-|x-stainless-|x-goog-|content-|accept|x-api-key$|authorization$)/;

/** `headers` is a flat name, value list, without what hops and without the proxy's own. */
export function translatedRequestHeaders(headers: readonly string[], target: ProtocolName): string[] {
  const kept: string[] = [];
  let apiKey: string | null = null;
  let authorization: string | null = null;
  for (const [name, value] of headerPairs(headers)) {
    const lower = name.toLowerCase();
    if (lower === 'x-api-key') apiKey = value;
    else if (lower === 'authorization') authorization = value;
    else if (!FOREIGN.test(lower)) kept.push(name, value);
  }
  kept.push('content-type', 'application/json', 'accept', '*/*', 'accept-encoding', 'identity');
  if (target === 'anthropic') kept.push('anthropic-version', ANTHROPIC_VERSION);
  // The same key by the name that the other API has for it. Where it must not go, it is taken out again.
  const bearer = /^bearer\s+(.+)$/i.exec(authorization ?? '')?.[1];
  if (target === 'anthropic') {
    const key = apiKey ?? bearer;
    if (key !== undefined) kept.push('x-api-key', key);
  } else if (apiKey !== null) kept.push('authorization', `Bearer ${apiKey}`);
  else if (authorization !== null) kept.push('authorization', authorization);
  return kept;
}

/** What clients act upon, whatever API answered. */
const FOR_CLIENT = new Set(['date', 'retry-after', 'retry-after-ms', 'x-should-retry']);
/** Each API's name for the id of a request, which its SDK shows. */
const REQUEST_ID = { anthropic: 'request-id', openai: 'x-request-id' };

/** The upstream's raw headers that go on to the client, and its request id by the client's name for it. */
export function translatedAnswerHeaders(
  headers: readonly string[],
  client: ProtocolName,
  requestId: string | null,
): string[] {
  const kept = headerPairs(headers)
    .filter(([name]) => FOR_CLIENT.has(name.toLowerCase()))
    .flat();
  if (requestId !== null) kept.push(REQUEST_ID[client], requestId);
  return kept;
}
