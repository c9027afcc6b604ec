// What the servers of single models want to find in a conversation, or refuse to find there. Each table is a demand of
// its own.

import { asArray, asObject, type JsonObject } from '../../protocols/json/json-value.ts';
import { isOpenaiModel } from './output-limits.ts';

/** DeepSeek's and Moonshot's models that think: the thoughts before each answer. An empty text is one. */
const WANTS_THOUGHTS =
  /deepseek-(?:reasoner|flash|v3-[2-9](?!\d)|v[4-9])|kimi-(?:k2-(?:thinking|[5-9](?!\d))|k[3-9]|thinking)/;
/** Models that take them; strict servers (Mistral, Groq, Gemini) refuse the field, and others drop it. */
const TAKES_THOUGHTS = /glm-|minimax|mimo/;
/** Gemini's: a signature of its own at the first call of each turn. */
const WANTS_SIGNATURES = /gemini-[3-9]/;
/** Google's word for calls that it did not sign. */
const UNSIGNED: JsonObject = { google: { thought_signature: 'skip_thought_signature_validator' } };
/** Models that take instructions within a conversation, besides OpenAI's own. Templates of others refuse or lose them. */
const TAKES_SYSTEM_WITHIN = /claude|deepseek|gemini|glm-|grok|kimi/;

/** `system` is the text before the conversation; undefined where there is none. */
export function asDemanded(
  turns: readonly JsonObject[],
  system: unknown,
  model: string,
): readonly JsonObject[] {
  const placed = isOpenaiModel(model) || TAKES_SYSTEM_WITHIN.test(model);
  const within = placed ? [] : turns.filter(({ role }) => role === 'system');
  const before = [system, ...within.map(({ content }) => content)].filter((text) => text !== undefined);
  const told = turns.filter((turn) => !within.includes(turn)).flatMap((turn) => demandedTurn(turn, model));
  return before.length === 0 ? told : [{ role: 'system', content: before.join('\n\n') }, ...told];
}

function demandedTurn(turn: JsonObject, model: string): readonly JsonObject[] {
  if (turn.role !== 'assistant') return [turn];
  if (WANTS_THOUGHTS.test(model)) return [{ reasoning_content: '', ...turn }];
  if (WANTS_SIGNATURES.test(model)) return withoutThoughts(signed(turn));
  return TAKES_THOUGHTS.test(model) ? [turn] : withoutThoughts(turn);
}

/** Nothing may be left. */
function withoutThoughts(turn: JsonObject): readonly JsonObject[] {
  if (turn.reasoning_content === undefined) return [turn];
  const { reasoning_content: _thoughts, ...rest } = turn;
  return rest.tool_calls === undefined && rest.content === '' ? [] : [rest];
}

function signed(turn: JsonObject): JsonObject {
  const [first, ...others] = asArray(turn.tool_calls);
  if (first === undefined) return turn;
  return { ...turn, tool_calls: [{ ...asObject(first), extra_content: UNSIGNED }, ...others] };
}
