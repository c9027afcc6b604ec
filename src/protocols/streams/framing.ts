// In which framing the events of a stream come, by what it is called.

import type { Endpoint, Framing } from '../../core/protocol.ts';

const LINES_TYPES = new Set(['application/x-ndjson', 'application/stream+json', 'application/jsonl']);

/** Null for what is no stream. `contentType` is in lower case, and has no parameters. */
export function framingOf({ name }: Pick<Endpoint, 'name'>, contentType: string | null): Framing | null {
  if (contentType === null) return null;
  if (contentType === 'text/event-stream') return 'events';
  if (contentType === 'application/vnd.amazon.eventstream') return 'messages';
  if (LINES_TYPES.has(contentType)) return 'lines';
  return name === 'gemini/streamGenerateContent' && contentType === 'application/json' ? 'list' : null;
}
