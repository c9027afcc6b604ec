// What the servers of single models want to find in a history, and refuse it without: things that they told themselves,
// and that no client of the other API keeps.

import { asArray, asObject, type JsonObject } from '../protocols/json-value.ts';

/** DeepSeek's and Moonshot's models that think: the thoughts before each answer. An empty text is one. */
const WANTS_THOUGHTS =
  /deepseek-(?:reasoner|v3-[2-9](?!\d)|v[4-9])|kimi-(?:k2-(?:thinking|[5-9](?!\d))|k[3-9]|thinking)/;
/** Gemini's: a signature of its own at the first call of each turn. */
const WANTS_SIGNATURES = /gemini-[3-9]/;
/** Google's word for calls that it did not sign. */
const UNSIGNED: JsonObject = { google: { thought_signature: 'skip_thought_signature_validator' } };

export function asDemanded(turns: readonly JsonObject[], model: string): readonly JsonObject[] {
  if (WANTS_THOUGHTS.test(model))
    return turns.map((turn) => (turn.role === 'assistant' ? { reasoning_content: '', ...turn } : turn));
  return WANTS_SIGNATURES.test(model) ? turns.map(signed) : turns;
}

function signed(turn: JsonObject): JsonObject {
  const [first, ...others] = asArray(turn.tool_calls);
  if (first === undefined) return turn;
  return { ...turn, tool_calls: [{ ...asObject(first), extra_content: UNSIGNED }, ...others] };
}
