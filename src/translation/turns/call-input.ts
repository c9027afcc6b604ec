// The arguments of a call as the object that Anthropic's API wants. Models write odd ones, and they stay in the history:
// refusing them would end the conversation, so what cannot be read is passed on under a name of its own.

import { asObject, type JsonObject, parseJson } from '../../protocols/json/json-value.ts';
import { ObjectScanner } from '../answers/object-scanner.ts';

const UNREAD_ARGUMENTS = 'unread_arguments';

export function callInput(text: string): JsonObject {
  const bare = text.trim();
  if (bare === '' || bare === 'null') return {};
  const value = parseJson(bare) ?? parseJson(inStream(bare));
  // Some servers encode them twice.
  const inner = typeof value === 'string' ? parseJson(value) : value;
  return asObject(inner) ?? { [UNREAD_ARGUMENTS]: text };
}

/** What a stream of it would tell: without what follows the object, or an empty one before it. */
function inStream(text: string): string {
  const scanner = new ObjectScanner();
  return scanner.take(text) + scanner.held;
}

/** False for the beginning of arguments that were cut off. */
export function isWholeInput(text: string): boolean {
  return text.trim() === '' || text.trim() === 'null' || parseJson(inStream(text)) !== null;
}
