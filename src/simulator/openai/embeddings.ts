// OpenAI embeddings: unit vectors that depend on each input alone, as numbers or as base64.

import { type Answer, document, type ProviderRequest } from '../answer.ts';
import { listOf, numberOf, objectOf, textOf } from '../json-value.ts';
import { tokensOf } from '../prose.ts';
import { randomFrom, seedOf } from '../random.ts';
import { openaiError } from './shapes.ts';

const DIMENSIONS: Readonly<Record<string, number>> = {
  'text-embedding-3-large': 3072,
  'text-embedding-3-small': 1536,
};
const DIMENSIONS_BY_DEFAULT = 1536;
const DIMENSIONS_MAX = 4096;

export function answerEmbeddings(request: ProviderRequest): Answer {
  const body = objectOf(request.json);
  const { model } = request;
  if (model === '') return document(openaiError(400, 'you must provide a model parameter'), 0, 400);
  const inputs = inputList(body.input);
  if (inputs.length === 0) {
    return document(openaiError(400, "Missing required parameter: 'input'.", 'input'), 0, 400);
  }
  const asked = numberOf(body.dimensions) ?? DIMENSIONS[model] ?? DIMENSIONS_BY_DEFAULT;
  const dimensions = Math.min(DIMENSIONS_MAX, Math.max(1, Math.floor(asked)));
  const data = inputs.map((input, index) => {
    const vector = unitVector(JSON.stringify(input), dimensions);
    const embedding =
      body.encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector];
    return { object: 'embedding', index, embedding };
  });
  const tokens = inputs.reduce<number>((sum, input) => sum + inputTokens(input), 0);
  return document({
    object: 'list',
    data,
    model: request.profile.answersAs,
    ...(!request.simulation.noUsage && { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
  });
}

/** One text, several texts, one list of token ids, or several. */
function inputList(input: unknown): readonly unknown[] {
  if (typeof input === 'string') return input === '' ? [] : [input];
  const list = listOf(input);
  return typeof list[0] === 'number' ? [list] : list;
}

function inputTokens(input: unknown): number {
  return Array.isArray(input) ? input.length : tokensOf(textOf(input));
}

function unitVector(text: string, dimensions: number): Float32Array {
  const random = randomFrom(seedOf(text, dimensions));
  const vector = Float32Array.from({ length: dimensions }, () => random.next() - 0.5);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
