// Tells a ticket from an answer: what was taken on, and is answered by another request.

import { asText, type JsonObject } from '../json/json-value.ts';

const PENDING =
  /^(?:accepted|created|in_progress|in_queue|not_started|pending|processing|queued|running|starting|submitted|waiting)$/i;

/** A ticket in place of an answer: xAI's deferred completions, Zhipu's and Perplexity's asynchronous ones, and others. */
export function isPending(document: JsonObject): boolean {
  if (Array.isArray(document.choices) || Array.isArray(document.data)) return false;
  const { status, task_status, state, request_id, requestId, task_id } = document;
  if ([status, task_status, state].some((word) => PENDING.test(asText(word) ?? ''))) return true;
  return (
    [request_id, requestId, task_id].some((id) => asText(id) !== null) && Object.keys(document).length === 1
  );
}
