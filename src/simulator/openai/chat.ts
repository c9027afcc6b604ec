// OpenAI Chat Completions: one answer, told as JSON or as chunks; usage in a stream only when asked for.

import { type Answer, document, type ProviderRequest, type StreamChunk } from '../answer.ts';
import { contentText, isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from '../json-value.ts';
import { fragments, pieces, tokensOf, write } from '../prose.ts';
import { shortId } from '../random.ts';
import { asksForTool, valueFor } from '../schema-value.ts';
import { cachedTokens, openaiError } from './shapes.ts';

const TOKENS_PER_MESSAGE = 4;
const REASONING_STEP = 64;
const CHOICES_MAX = 8;

interface Choice {
  readonly content: string | null;
  readonly toolCall: { readonly id: string; readonly name: string; readonly arguments: string } | null;
  readonly finishReason: string;
}

interface Completion {
  readonly head: JsonObject;
  readonly choices: readonly Choice[];
  readonly usage: JsonObject;
  readonly completionTokens: number;
}

export function answerChat(request: ProviderRequest): Answer {
  const body = objectOf(request.json);
  if (textOf(body.model) === '') {
    return document(openaiError(400, 'you must provide a model parameter'), 0, 400);
  }
  if (listOf(body.messages).length === 0) {
    return document(openaiError(400, "Missing required parameter: 'messages'.", 'messages'), 0, 400);
  }
  const completion = compose(body, request);
  return body.stream === true
    ? { kind: 'stream', chunks: streamChunks(completion, body, request) }
    : document(chatDocument(completion, request), completion.completionTokens);
}

function compose(body: JsonObject, request: ProviderRequest): Completion {
  const { random, identity, profile, nowMs } = request;
  const messages = listOf(body.messages).map(objectOf);
  const count = Math.min(CHOICES_MAX, Math.max(1, numberOf(body.n) ?? 1));
  const choices = Array.from({ length: count }, () => choose(body, messages, request));
  const spokenTokens = choices.reduce((sum, choice) => sum + choiceTokens(choice), 0);
  // What it thinks counts among what it may say.
  const room = Math.max(0, count * limitOf(body) - spokenTokens);
  const reasoningTokens = profile.reasons ? Math.min(room, REASONING_STEP * random.between(1, 8)) : 0;
  const promptTokens =
    messages.reduce((sum, message) => sum + tokensOf(messageText(message)) + TOKENS_PER_MESSAGE, 3) +
    (body.tools === undefined ? 0 : tokensOf(JSON.stringify(body.tools)));
  const completionTokens = reasoningTokens + spokenTokens;
  const continues = messages.some((message) => message.role === 'assistant');
  return {
    head: {
      id: shortId('chatcmpl-', 29, identity),
      created: Math.floor(nowMs / 1000),
      model: profile.answersAs,
    },
    choices,
    completionTokens,
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
      prompt_tokens_details: { cached_tokens: cachedTokens(promptTokens, continues), audio_tokens: 0 },
      completion_tokens_details: {
        reasoning_tokens: reasoningTokens,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    },
  };
}

function choose(body: JsonObject, messages: readonly JsonObject[], request: ProviderRequest): Choice {
  const { random, identity } = request;
  const last = messages.at(-1) ?? {};
  const prompt = messageText(last);
  const tool = chosenTool(body, last, prompt);
  if (tool !== null) {
    const argumentsText = JSON.stringify(valueFor(tool.parameters, random));
    const call = { id: shortId('call_', 24, identity), name: textOf(tool.name), arguments: argumentsText };
    return { content: null, toolCall: call, finishReason: 'tool_calls' };
  }
  const format = objectOf(body.response_format);
  if (format.type === 'json_schema' || format.type === 'json_object') {
    const schema = objectOf(format.json_schema).schema ?? { type: 'object', properties: {} };
    return { content: JSON.stringify(valueFor(schema, random)), toolCall: null, finishReason: 'stop' };
  }
  const limit = limitOf(body);
  const wanted = random.between(20, 160);
  const content = write(Math.min(wanted, limit), prompt, random);
  return { content, toolCall: null, finishReason: wanted > limit ? 'length' : 'stop' };
}

function limitOf(body: JsonObject): number {
  return numberOf(body.max_completion_tokens) ?? numberOf(body.max_tokens) ?? Number.MAX_SAFE_INTEGER;
}

function chosenTool(body: JsonObject, last: JsonObject, prompt: string): JsonObject | null {
  const tools = listOf(body.tools).map((tool) => objectOf(objectOf(tool).function));
  const first = tools[0];
  if (first === undefined || body.tool_choice === 'none' || last.role === 'tool') return null;
  const demanded = objectOf(objectOf(body.tool_choice).function).name;
  if (demanded !== undefined) return tools.find((tool) => tool.name === demanded) ?? first;
  if (body.tool_choice === 'required') return first;
  const names = tools.map((tool) => textOf(tool.name));
  const named = tools.find((tool) => prompt.includes(textOf(tool.name)));
  return asksForTool(prompt, names) ? (named ?? first) : null;
}

function messageText(message: JsonObject): string {
  const calls = listOf(message.tool_calls).filter(isObject);
  return [contentText(message.content), ...calls.map((call) => JSON.stringify(call.function))]
    .join('\n')
    .trim();
}

function choiceTokens({ content, toolCall }: Choice): number {
  return tokensOf(content ?? '') + (toolCall === null ? 0 : tokensOf(toolCall.name + toolCall.arguments));
}

function chatDocument(completion: Completion, { simulation }: ProviderRequest): JsonObject {
  return {
    ...completion.head,
    object: 'chat.completion',
    choices: completion.choices.map((choice, index) => ({
      index,
      message: {
        role: 'assistant',
        content: choice.content,
        ...(choice.toolCall !== null && { tool_calls: [toolCallOf(choice.toolCall)] }),
        refusal: null,
        annotations: [],
      },
      logprobs: null,
      finish_reason: choice.finishReason,
    })),
    ...(!simulation.noUsage && { usage: completion.usage }),
    service_tier: 'default',
    system_fingerprint: 'fp_simulated',
  };
}

function toolCallOf(call: NonNullable<Choice['toolCall']>): JsonObject {
  return { id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } };
}

function streamChunks(
  completion: Completion,
  body: JsonObject,
  { random, simulation }: ProviderRequest,
): readonly StreamChunk[] {
  const withUsage = objectOf(body.stream_options).include_usage === true && !simulation.noUsage;
  const frame = (fields: JsonObject, tokens = 0): StreamChunk => {
    const data = {
      ...completion.head,
      object: 'chat.completion.chunk',
      service_tier: 'default',
      system_fingerprint: 'fp_simulated',
      ...(withUsage && { usage: null }),
      ...fields,
    };
    return { text: `data: ${JSON.stringify(data)}\n\n`, tokens };
  };
  const chunks: StreamChunk[] = [];
  completion.choices.forEach((choice, index) => {
    const say = (delta: JsonObject, finish_reason: string | null = null, tokens = 0) =>
      chunks.push(frame({ choices: [{ index, delta, logprobs: null, finish_reason }] }, tokens));
    const { toolCall } = choice;
    if (toolCall === null) {
      say({ role: 'assistant', content: '', refusal: null });
      for (const content of pieces(choice.content ?? '', random)) say({ content }, null, tokensOf(content));
    } else {
      const opening = { index: 0, ...toolCallOf({ ...toolCall, arguments: '' }) };
      say({ role: 'assistant', content: null, tool_calls: [opening], refusal: null });
      for (const part of fragments(toolCall.arguments, random)) {
        say({ tool_calls: [{ index: 0, function: { arguments: part } }] }, null, tokensOf(part));
      }
    }
    say({}, choice.finishReason);
  });
  if (withUsage) chunks.push(frame({ choices: [], usage: completion.usage }));
  chunks.push({ text: 'data: [DONE]\n\n', tokens: 0 });
  return chunks;
}
