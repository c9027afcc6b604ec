// Of which fields of a request nothing is left in its translation: told in a header, for whoever wonders why they had no
// effect. What is left out within messages and tools, docs/translation.md tells.

import { asObject, type JsonObject } from '../../protocols/json/json-value.ts';
import type { Fate } from './fates.ts';

/** Translated fields that a model may not take, and what shows in the other API's body that it took them. */
const TRACES: Readonly<Record<string, readonly string[]>> = {
  temperature: ['temperature'],
  top_p: ['top_p'],
  top_k: ['top_k'],
  thinking: ['thinking', 'reasoning_effort'],
  output_config: ['reasoning_effort', 'response_format'],
  reasoning_effort: ['thinking', 'output_config'],
  reasoning: ['thinking', 'output_config'],
  context_management: [],
};

export function leftOut(
  request: JsonObject,
  translated: JsonObject,
  fates: Readonly<Record<string, Fate>>,
): readonly string[] {
  return Object.keys(request).filter((name) => {
    if (saysNothing(name, request[name])) return false;
    const traces = Object.hasOwn(TRACES, name) ? TRACES[name] : undefined;
    // No effort at all is what stands there for a model that takes none beside tools.
    if (traces !== undefined)
      return traces.every((trace) => translated[trace] === undefined || translated[trace] === 'none');
    return fates[name]?.fate === 'left out';
  });
}

/** No more than its absence. */
function saysNothing(name: string, value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return true;
  if (name === 'temperature' || name === 'top_p') return value === 1;
  if (name === 'thinking') return asObject(value)?.type === 'adaptive';
  return typeof value === 'object' && Object.keys(value).length === 0;
}
