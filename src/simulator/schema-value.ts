// A value that fits a JSON Schema: arguments for tool calls, and answers in a demanded format.

import { listOf, objectOf, textOf } from './json-value.ts';
import type { Random } from './random.ts';

const WORDS = ['Paris', 'Berlin', 'status', 'report', 'main', 'summary', 'Lisbon', 'README.md'];
const DEPTH_MAX = 8;

/** All required properties are there; optional ones too, so that a stream has something to stream. */
export function valueFor(schema: unknown, random: Random, depth = 0): unknown {
  const { type, enum: choices, const: fixed, properties, items, anyOf } = objectOf(schema);
  if (fixed !== undefined) return fixed;
  if (Array.isArray(choices) && choices.length > 0) return random.pick(choices);
  if (listOf(anyOf).length > 0) return valueFor(listOf(anyOf)[0], random, depth + 1);
  if (depth > DEPTH_MAX) return null;
  switch (Array.isArray(type) ? type[0] : textOf(type)) {
    case 'object':
    case '':
      return Object.fromEntries(
        Object.entries(objectOf(properties)).map(([name, inner]) => [
          name,
          valueFor(inner, random, depth + 1),
        ]),
      );
    case 'array':
      return [valueFor(items, random, depth + 1), valueFor(items, random, depth + 1)];
    case 'number':
      return random.between(1, 400) / 4;
    case 'integer':
      return random.between(1, 100);
    case 'boolean':
      return random.next() < 0.5;
    case 'null':
      return null;
    default:
      return random.pick(WORDS);
  }
}

/** True when a prompt asks for a tool: it names one, or speaks of tools. */
export function asksForTool(prompt: string, toolNames: readonly string[]): boolean {
  const text = prompt.toLowerCase();
  return /\btools?\b/.test(text) || toolNames.some((name) => text.includes(name.toLowerCase()));
}
