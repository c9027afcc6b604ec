// Which API a model speaks, by its name, and whether requests of the other API can be translated for it.

import type { ProtocolName } from '../core/protocol.ts';

/** Null where both APIs may serve it. */
export function familyOf(model: string): ProtocolName | null {
  if (/^claude/i.test(model)) return 'anthropic';
  return /^(?:gpt|chatgpt|o\d|text-embedding|codex|omni-moderation)/i.test(model) ? 'openai' : null;
}

/** Translation is for conversations; these models hold none. */
export function holdsConversations(model: string): boolean {
  return !/^(?:text-embedding|omni-moderation|gpt-image|gpt-realtime)|-(?:transcribe|tts)\b/i.test(model);
}
