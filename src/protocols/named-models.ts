// The models that a request names beside the one that it is for: whoever answers may take them instead, or as well.

import { asArray, asObject, asText, type JsonObject } from './json-value.ts';

/** More than any request names; whichever stand behind them are dear or forbidden by another budget. */
const MODELS_MAX = 10;
const NONE: readonly string[] = Object.freeze([]);

/**
 * OpenRouter's `models`, LiteLLM's and Anthropic's `fallbacks`, Vercel's `providerOptions.gateway.models`, and the model
 * of a tool that is one (Anthropic's advisor). `model` is what the request is for.
 */
export function otherModels(body: unknown, model: string | null): readonly string[] {
  const request = asObject(body);
  if (request === null || model === null) return NONE;
  const { models, fallbacks, tools, providerOptions } = request;
  if (models === undefined && fallbacks === undefined && tools === undefined && providerOptions === undefined)
    return NONE;
  const gateway = asObject(asObject(providerOptions)?.gateway);
  const lists = [models, fallbacks, gateway?.models].flatMap((list) => asArray(list).flatMap(namesIn));
  const ofTools = asArray(tools).map((tool) => asText(asObject(tool)?.model));
  const named = new Set([...lists, ...ofTools].filter((name) => name !== null && name !== model));
  return named.size === 0 ? NONE : ([...named].slice(0, MODELS_MAX) as string[]);
}

/** A name, an object with one, or LiteLLM's object of a list for each model. */
function namesIn(item: unknown): readonly (string | null)[] {
  const object: JsonObject | null = asObject(item);
  if (object === null) return [asText(item)];
  if (object.model !== undefined) return [asText(object.model)];
  return Object.values(object).flatMap((list) => asArray(list).map(asText));
}
