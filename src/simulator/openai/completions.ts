// OpenAI's legacy completions: a prompt in, text out, as JSON or as chunks.

import { type Answer, document, type ProviderRequest, type StreamChunk } from '../answer.ts';
import { type JsonObject, listOf, numberOf, objectOf, textOf } from '../json-value.ts';
import { pieces, tokensOf, write } from '../prose.ts';
import { shortId } from '../random.ts';
import { openaiError } from './shapes.ts';

const TOKENS_BY_DEFAULT = 16;

export function answerCompletions(request: ProviderRequest): Answer {
  const { random, identity, profile, nowMs, simulation } = request;
  const body = objectOf(request.json);
  if (textOf(body.model) === '') {
    return document(openaiError(400, 'you must provide a model parameter'), 0, 400);
  }
  const prompts = typeof body.prompt === 'string' ? [body.prompt] : listOf(body.prompt).map(textOf);
  const limit = numberOf(body.max_tokens) ?? TOKENS_BY_DEFAULT;
  const texts = prompts.map((prompt) => write(Math.min(limit, random.between(20, 160)), prompt, random));
  const promptTokens = prompts.reduce((sum, prompt) => sum + tokensOf(prompt), 0);
  const completionTokens = texts.reduce((sum, text) => sum + tokensOf(text), 0);
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
  const head = {
    id: shortId('cmpl-', 29, identity),
    object: 'text_completion',
    created: Math.floor(nowMs / 1000),
    model: profile.answersAs,
  };
  const choice = (index: number, text: string, finish_reason: string | null) => ({
    text,
    index,
    logprobs: null,
    finish_reason,
  });
  if (body.stream !== true) {
    const choices = texts.map((text, index) => choice(index, text, 'length'));
    return document({ ...head, choices, ...(!simulation.noUsage && { usage }) }, completionTokens);
  }
  const withUsage = objectOf(body.stream_options).include_usage === true && !simulation.noUsage;
  const frame = (fields: JsonObject, tokens: number): StreamChunk => ({
    text: `data: ${JSON.stringify({ ...head, ...(withUsage && { usage: null }), ...fields })}\n\n`,
    tokens,
  });
  const chunks = texts.flatMap((text, index) => [
    ...pieces(text, random).map((piece) => frame({ choices: [choice(index, piece, null)] }, tokensOf(piece))),
    frame({ choices: [choice(index, '', 'length')] }, 0),
  ]);
  if (withUsage) chunks.push(frame({ choices: [], usage }, 0));
  return { kind: 'stream', chunks: [...chunks, { text: 'data: [DONE]\n\n', tokens: 0 }] };
}
