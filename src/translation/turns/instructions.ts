// Where instructions stand in a Messages request: before the conversation as `system`, or within it, as far as the model
// takes them there.

import { asArray, asObject, type JsonObject } from '../../protocols/json/json-value.ts';
import { blocksOf } from './blocks.ts';

/** Claude models that take messages of role `system` among the others. */
const TAKES_THEM_WITHIN = /claude-(?:opus-4-[89]|(?:opus|sonnet|haiku)-[5-9])(?!\d)/;

/**
 * The turns with each instruction in its place, where the API takes it there: behind a user's turn, one alone, with
 * nothing or an answer behind it. Others join those before the conversation.
 */
export function placeInstructions(
  first: readonly unknown[],
  turns: readonly JsonObject[],
  model: string,
): { readonly system: unknown; readonly messages: JsonObject[] } {
  const before = [...first];
  const messages: JsonObject[] = [];
  for (const [index, turn] of turns.entries()) {
    const next = turns[index + 1]?.role ?? 'assistant';
    const fits = messages.at(-1)?.role === 'user' && next === 'assistant';
    if (turn.role !== 'system' || (fits && TAKES_THEM_WITHIN.test(model))) messages.push(turn);
    else before.push(turn.content);
  }
  // Anthropic's API wants somebody to ask: where nobody does, the instructions are the question.
  if (messages.length === 0 && before.length > 0)
    return { system: undefined, messages: [{ role: 'user', content: joined(before) }] };
  if (messages[0]?.role === 'assistant') messages.unshift(OPENING);
  return { system: joined(before), messages };
}

/** Claude models that take no beginning of an answer from the client, and refuse a conversation that ends with one. */
const WANTS_THE_USER_LAST = /claude-(?:(?:opus|sonnet|haiku)-4-[6-9]|[a-z]+-[5-9])(?!\d)/;

/** The turns as a model takes them that way, or any model while it thinks. */
export function endedByUser(
  messages: readonly JsonObject[],
  model: string,
  thinks: boolean,
): readonly JsonObject[] {
  const last = messages.at(-1);
  const hasCalled = asArray(last?.content).some((block) => asObject(block)?.type === 'tool_use');
  const isOpen = last?.role === 'assistant' && !hasCalled;
  return isOpen && (thinks || WANTS_THE_USER_LAST.test(model)) ? [...messages, GO_ON] : messages;
}

const GO_ON: JsonObject = { role: 'user', content: '(Go on.)' };

/** Anthropic's API wants the user to begin. */
const OPENING: JsonObject = { role: 'user', content: '(The conversation begins.)' };

function joined(instructions: readonly unknown[]): unknown {
  if (instructions.length <= 1) return instructions[0];
  return instructions.flatMap(blocksOf);
}
