// What an operation is charged for, where its path alone does not tell: by what its body says.

import type { Endpoint, RequestFacts } from '../../core/protocol.ts';
import { asObject, type JsonObject } from '../json/json-value.ts';
import { NEW_CONVERSATION } from '../openai/endpoints.ts';

/** OpenAI moderates for nothing; others take money for it, under the same name. */
const FREE_MODERATION = /^(?:omni|text)-moderation\b/;

export function refined(endpoint: Endpoint, { model }: RequestFacts, body: unknown): Endpoint {
  if (endpoint.name === 'moderations' && model !== null && !FREE_MODERATION.test(model))
    return { ...endpoint, charge: 'unknown' };
  // An agent runs whichever models it likes.
  if (endpoint.name === 'gemini/interactions' && endpoint.charge === 'text' && model === null)
    return { ...endpoint, charge: 'unknown' };
  if (endpoint === NEW_CONVERSATION && onlyKeeps(asObject(body))) return { ...endpoint, charge: 'nothing' };
  return endpoint;
}

/** OpenAI keeps turns under this path; Mistral answers there, whom nothing else than its inputs tells apart. */
function onlyKeeps(body: JsonObject | null): boolean {
  return body !== null && Object.keys(body).every((name) => name === 'items' || name === 'metadata');
}
