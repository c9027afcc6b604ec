// What a request asks for beside its prompt, by whichever names its API has for it. Read from the parsed document after
// the answer is out; what has another form than its convention wants is left out, and nothing here is longer than a bound.

import { asObject, type JsonObject } from '../../protocols/json/json-value.ts';
import type { AttributeValue } from './attributes.ts';

/** Names of members, with those of the objects that hold them before dots. The first that is given counts. */
const NUMBERS = {
  temperature: places('temperature', 'temperature'),
  topP: [...places('top_p', 'topP'), 'p'],
  topK: [...places('top_k', 'topK'), 'additionalModelRequestFields.top_k', 'k'],
  frequencyPenalty: places('frequency_penalty', 'frequencyPenalty'),
  presencePenalty: places('presence_penalty', 'presencePenalty'),
  seed: [...places('seed', 'seed'), 'random_seed'],
  choiceCount: [...places('n', 'candidateCount'), 'num_generations'],
  dimensions: ['dimensions', 'output_dimension', 'outputDimensionality', 'output_dimensionality'],
} as const;
const WHOLE: ReadonlySet<string> = new Set(['topK', 'seed', 'choiceCount', 'dimensions']);
const LISTS = {
  stopSequences: [...places('stop_sequences', 'stopSequences'), 'stop', 'options.stop'],
  encodingFormats: ['encoding_format', 'encoding_formats', 'embedding_types'],
} as const;
const TEXTS = {
  reasoningLevel: ['reasoning_effort', 'reasoning.effort', 'output_config.effort', 'effort'],
  previousResponse: ['previous_response_id'],
} as const;
/** The form of the answer that is asked for, by its API's words. */
const FORMATS = [
  'response_format.type',
  'text.format.type',
  'output_config.format.type',
  'output_format.type',
  'generationConfig.responseMimeType',
  'generation_config.response_mime_type',
  'format',
] as const;
const OUTPUT_TYPES: Readonly<Record<string, string>> = {
  text: 'text',
  'text/plain': 'text',
  json: 'json',
  json_object: 'json',
  json_schema: 'json',
  'application/json': 'json',
};
const TEXT_CHARACTERS_MAX = 200;
const LIST_MAX = 20;

export type ParameterName = keyof typeof NUMBERS | keyof typeof LISTS | keyof typeof TEXTS | 'outputType';
export type RequestParameters = { readonly [Name in ParameterName]?: AttributeValue };

/** `document`: the request's body; anything but an object asks for nothing. */
export function parametersOf(document: unknown): RequestParameters {
  const request = asObject(document);
  if (request === null) return {};
  const found: { [Name in ParameterName]?: AttributeValue } = {};
  for (const name of Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]) {
    const value = given(request, NUMBERS[name]);
    if (typeof value !== 'number' || !Number.isFinite(value)) continue;
    if (!WHOLE.has(name) || Number.isSafeInteger(value)) found[name] = value;
  }
  // One answer is what everybody gets.
  if (found.choiceCount === 1) delete found.choiceCount;
  for (const name of Object.keys(LISTS) as (keyof typeof LISTS)[]) {
    const list = textsOf(given(request, LISTS[name]));
    if (list.length > 0) found[name] = list;
  }
  for (const name of Object.keys(TEXTS) as (keyof typeof TEXTS)[]) {
    const [text] = textsOf(given(request, TEXTS[name]));
    if (text !== undefined) found[name] = text;
  }
  const outputType = outputTypeOf(request);
  if (outputType !== null) found.outputType = outputType;
  return found;
}

function outputTypeOf(request: JsonObject): string | null {
  const modalities = textsOf(request.modalities ?? given(request, ['generationConfig.responseModalities']));
  const words = new Set(modalities.map((word) => word.toLowerCase()));
  if (words.has('audio')) return 'speech';
  if (words.has('image')) return 'image';
  const format = given(request, FORMATS);
  // A schema in place of a word asks for what fits it.
  if (asObject(format) !== null) return 'json';
  return typeof format === 'string' && Object.hasOwn(OUTPUT_TYPES, format) ? OUTPUT_TYPES[format]! : null;
}

/** The same parameter in the servers' usual places: bare, Gemini's, Bedrock's and Ollama's. */
function places(snake: string, camel: string): readonly string[] {
  return [
    snake,
    `generationConfig.${camel}`,
    `generation_config.${snake}`,
    `inferenceConfig.${camel}`,
    `options.${snake}`,
  ];
}

/** Own members alone: a name such as `constructor` is in every object. */
function given(request: JsonObject, names: readonly string[]): unknown {
  for (const name of names) {
    let value: unknown = request;
    for (const part of name.split('.')) {
      const holder = asObject(value);
      value = holder !== null && Object.hasOwn(holder, part) ? holder[part] : undefined;
    }
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

/** A text or a list of texts, each cut to its bound. */
function textsOf(value: unknown): string[] {
  const list = Array.isArray(value) ? value.slice(0, LIST_MAX) : [value];
  return list
    .filter((text) => typeof text === 'string')
    .map((text) => text.slice(0, TEXT_CHARACTERS_MAX).toWellFormed());
}
