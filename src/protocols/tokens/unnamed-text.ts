// What a model may have written under a name that nobody here knows: every text that is not known to be something else.

import type { JsonObject } from '../json/json-value.ts';

/** Fields that say what a thing is, not what was generated. */
export const NOT_GENERATED: ReadonlySet<string> = new Set([
  'call_id',
  'created',
  'createTime',
  'created_at',
  'event_id',
  'event_type',
  'finishReason',
  'finish_reason',
  'generation_id',
  'id',
  'interaction_id',
  'item_id',
  'logprobs',
  'messageStart',
  'messageStop',
  'metadata',
  'model',
  'modelVersion',
  'native_finish_reason',
  'obfuscation',
  'object',
  // What Bedrock fills its events up with.
  'p',
  'promptFeedback',
  'provider',
  'providerMetadata',
  'provider_metadata',
  'responseId',
  'response_id',
  'role',
  'safetyRatings',
  'service_tier',
  'signature',
  'stop_reason',
  'system_fingerprint',
  'thoughtSignature',
  'timings',
  'traceId',
  'type',
  'usage',
  'usageMetadata',
  'x_groq',
]);

/** In an answer, beside that: what was found or looked up, what is told elsewhere, and what nobody can read. */
const NOT_WRITTEN: ReadonlySet<string> = new Set([
  ...NOT_GENERATED,
  'annotations',
  'audio',
  'citations',
  'content_filter_results',
  'context',
  'data',
  'documents',
  'encrypted_content',
  'error',
  'executed_tools',
  'images',
  'name',
  'provider_specific_fields',
  'reasoning_opaque',
  'search_results',
  'tool_call_id',
]);
const DEPTH_MAX = 8;

/** The longest text in an object's members that `read` does not name: several of them mostly tell the same. */
export function unnamedText(object: JsonObject, read: ReadonlySet<string>): string {
  let longest = '';
  for (const name of Object.keys(object)) {
    const value = object[name];
    if (value === null || typeof value === 'number' || read.has(name) || NOT_WRITTEN.has(name)) continue;
    const text = textIn(value, 0);
    if (text.length > longest.length) longest = text;
  }
  return longest;
}

function textIn(value: unknown, depth: number): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return '';
  if (Array.isArray(value)) return value.map((item) => textIn(item, depth + 1)).join('');
  return Object.entries(value)
    .map(([name, item]) => (NOT_WRITTEN.has(name) ? '' : textIn(item, depth + 1)))
    .join('');
}
