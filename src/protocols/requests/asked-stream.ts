// Whether an answer comes as it is made: by a member of the body, by the operation itself, or unless it is not wanted so.

import type { JsonObject } from '../json/json-value.ts';

const STREAMS = new Set([
  'bedrock/converse-stream',
  'bedrock/invoke-stream',
  'gemini/streamGenerateContent',
  'vertex/streamRawPredict',
]);
const STREAMS_UNLESS_TOLD = new Set(['ollama/chat', 'ollama/generate']);

export function asksForStream(endpoint: string, request: JsonObject | null): boolean {
  if (STREAMS.has(endpoint)) return true;
  return STREAMS_UNLESS_TOLD.has(endpoint) ? request?.stream !== false : request?.stream === true;
}
