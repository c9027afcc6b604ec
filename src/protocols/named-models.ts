// The models that a request names beside the one that it is for: whoever answers may take them instead, or as well.

import { asArray, asObject, asText, type JsonObject, parseJson } from './json-value.ts';
import { topLevelMembers } from './top-level-json.ts';

/** More than any request names; whichever stand behind them are dear or forbidden by another budget. */
const MODELS_MAX = 10;
const NONE: readonly string[] = Object.freeze([]);

/**
 * Other values of `model` than the one that JSON.parse takes: which of them counts is the server's to choose, and some
 * take a member of another case for it.
 */
function modelsBeside(
  model: string | null,
  body: unknown,
  repeated: readonly unknown[] | null,
): readonly string[] {
  const request = asObject(body);
  if (request === null || repeated === null || model === null) return NONE;
  const named = Object.keys(request).filter((name) => name !== 'model' && name.toLowerCase() === 'model');
  const values = [...named.map((name) => request[name]), ...repeated];
  return values.map(asText).filter((name) => name !== null && name !== model) as string[];
}

const NAME = '"model"';
/** What escapes of its letters begin with. */
const ESCAPED = '\\u006';

const mayRepeat = (text: Buffer): boolean =>
  text.indexOf(NAME, text.indexOf(NAME) + 1) !== text.indexOf(NAME) || text.includes(ESCAPED);

/** Values of `model` in a body in UTF-8 that JSON.parse passes over. */
export function repeatedModels(text: Buffer): readonly unknown[] {
  if (!mayRepeat(text)) return NONE;
  const members = topLevelMembers(text)?.members.filter(({ name }) => name === 'model') ?? [];
  // The last is the one that JSON.parse takes, and that a rule replaces.
  return members
    .slice(0, -1)
    .map(({ valueStart, valueEnd }) => parseJson(text.toString('utf8', valueStart, valueEnd)));
}

/**
 * OpenRouter's `models`, LiteLLM's and Anthropic's `fallbacks`, Vercel's `providerOptions.gateway.models`, and the model
 * of a tool that is one (Anthropic's advisor). `model` is what the request is for, `repeated` what `repeatedModels` found.
 */
export function otherModels(
  body: unknown,
  model: string | null,
  repeated: readonly unknown[] | null = null,
): readonly string[] {
  const beside = modelsBeside(model, body, repeated);
  const listed = listedModels(body, model);
  return beside.length === 0 ? listed : [...new Set([...beside, ...listed])].slice(0, MODELS_MAX);
}

function listedModels(body: unknown, model: string | null): readonly string[] {
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
