// Whether any upstream can answer a call, or only the one that knows what it speaks of.

import { refersToStored } from '../../protocols/requests/stored-references.ts';
import type { Call } from '../call.ts';

/** Fields that name what lies at the account: an earlier response, a conversation, a container, a stored prompt. */
const BOUND_FIELDS = ['previous_response_id', 'conversation', 'container', 'prompt', 'background'];

/** `document` is the parsed body. */
export function isPortable({ endpoint, body }: Call, document: unknown): boolean {
  if (endpoint.name === 'models') return true;
  if (!endpoint.hasModel) return false;
  if (body !== null && (body.digest?.refersToStored ?? refersToStored(body.text ?? body.bytes))) return false;
  const fields = document as Record<string, unknown> | null | undefined;
  // A completion's `prompt` is its text; only an object is a stored prompt.
  return !BOUND_FIELDS.some((field) => {
    const value = fields?.[field] ?? null;
    return field === 'prompt' ? typeof value === 'object' && value !== null && 'id' in value : Boolean(value);
  });
}
