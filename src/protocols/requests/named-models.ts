// The models that a request names beside the one that it is for: whoever answers may take them instead, or as well.

import { asArray, asObject, asText, type JsonObject } from '../json/json-value.ts';

/** More than any request names; whichever stand behind them are dear or forbidden by another budget. */
const MODELS_MAX = 10;
const NONE: readonly string[] = Object.freeze([]);

/** Where lists of them stand: OpenRouter's, those of LiteLLM and Anthropic. */
const LISTS = ['models', 'fallbacks', 'context_window_fallbacks', 'content_policy_fallbacks'] as const;
const OTHERS = [...LISTS, 'tools', 'plugins', 'providerOptions'] as const;

/**
 * Those in its lists, Vercel's `providerOptions.gateway.models`, and the models of tools and plugins that ask one
 * (Anthropic's advisor; OpenRouter's, and its panels). `model` is what the request is for.
 */
export function otherModels(body: unknown, model: string | null): readonly string[] {
  const request = asObject(body);
  if (request === null || model === null) return NONE;
  if (OTHERS.every((name) => request[name] === undefined)) return NONE;
  const gateway = asObject(asObject(request.providerOptions)?.gateway);
  const lists = [...LISTS.map((name) => request[name]), gateway?.models];
  const named = new Set(lists.flatMap((list) => asArray(list).flatMap(namesIn)));
  for (const helper of [...asArray(request.tools), ...asArray(request.plugins)]) {
    const told = asObject(helper);
    for (const name of [...modelsAsked(told), ...modelsAsked(asObject(told?.parameters))]) named.add(name);
  }
  named.delete(null);
  named.delete(model);
  return named.size === 0 ? NONE : ([...named].slice(0, MODELS_MAX) as string[]);
}

/** By a tool or a plugin, or by what it is set to. */
const modelsAsked = (helper: JsonObject | null): readonly (string | null)[] => [
  asText(helper?.model),
  ...asArray(helper?.analysis_models).map(asText),
];

/** A name, an object with one, or LiteLLM's object of a list for each model. */
function namesIn(item: unknown): readonly (string | null)[] {
  const object: JsonObject | null = asObject(item);
  if (object === null) return [asText(item)];
  if (object.model !== undefined) return [asText(object.model)];
  return Object.values(object).flatMap((list) => asArray(list).map(asText));
}
