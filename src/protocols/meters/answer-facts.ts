// What an event of a running stream says of the answer beside its text: who gives it, and how much was read for it.

import { asObject, asText, type JsonObject } from '../json/json-value.ts';

export interface AnswerFacts {
  readonly model: string | null;
  /** Cached or not; null where it does not say. */
  readonly inputTokens: number | null;
}

const ANTHROPIC_INPUT = ['input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'];
const GEMINI_INPUT = ['promptTokenCount', 'toolUsePromptTokenCount'];

/** Of any maker's event. */
export function answerFacts(event: JsonObject): AnswerFacts {
  // A message that begins, a response that is on its way, and what Google wraps for its agents.
  const inner = asObject(event.message) ?? asObject(event.response) ?? asObject(event.interaction);
  const gemini = asObject(event.usageMetadata) ?? asObject(inner?.usageMetadata);
  const begun = event.type === 'message_start' ? asObject(inner?.usage) : null;
  return {
    model: modelOf(event) ?? (inner === null ? null : modelOf(inner)),
    inputTokens:
      (begun === null ? null : sumOf(begun, ANTHROPIC_INPUT)) ??
      (gemini === null ? null : sumOf(gemini, GEMINI_INPUT)),
  };
}

const modelOf = (object: JsonObject): string | null => asText(object.model) ?? asText(object.modelVersion);

/** Null for nothing: some servers say zero here and tell the truth at the end. */
function sumOf(usage: JsonObject, names: readonly string[]): number | null {
  const figures = names.map((name) => usage[name] ?? 0);
  if (!figures.every((figure) => typeof figure === 'number' && figure >= 0)) return null;
  const tokens = Math.ceil((figures as number[]).reduce((sum, figure) => sum + figure, 0));
  return tokens > 0 && Number.isSafeInteger(tokens) ? tokens : null;
}
