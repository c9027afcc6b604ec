// Anthropic Messages: one answer, told as JSON or as the event sequence of the real stream.

import { type Answer, document, type ProviderRequest, type StreamChunk } from '../answer.ts';
import { contentText, isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from '../json-value.ts';
import { fragments, pieces, tokensOf, write } from '../prose.ts';
import { anthropicId } from '../random.ts';
import { asksForTool, valueFor } from '../schema-value.ts';
import { type CacheFigures, cacheFigures } from './cache.ts';
import { anthropicError } from './shapes.ts';

const THINKING_TOKENS = 60;

interface Message {
  readonly id: string;
  readonly model: string;
  readonly blocks: readonly JsonObject[];
  readonly stopReason: string;
  readonly outputTokens: number;
  readonly thinkingTokens: number;
  readonly cache: CacheFigures;
}

export function answerMessages(request: ProviderRequest): Answer {
  const body = objectOf(request.json);
  const fault = messagesFault(body);
  if (fault !== null) return document(anthropicError(400, fault, request), 0, 400);
  const message = compose(body, request);
  return body.stream === true
    ? { kind: 'stream', chunks: streamChunks(message, request) }
    : document(messageDocument(message, request.simulation.noUsage), message.outputTokens);
}

/** The finished message for a batch's result line. */
export function messageFor(params: unknown, request: ProviderRequest): JsonObject {
  const message = compose(objectOf(params), request);
  const whole = messageDocument(message, false);
  return { ...whole, usage: { ...objectOf(whole.usage), service_tier: 'batch' } };
}

export function countTokens(request: ProviderRequest): Answer {
  const { inputTokens, writes5m, writes1h, reads } = cacheFigures(objectOf(request.json));
  return document({ input_tokens: inputTokens + writes5m + writes1h + reads });
}

function messagesFault(body: JsonObject): string | null {
  if (textOf(body.model) === '') return 'model: Field required';
  if (numberOf(body.max_tokens) === null) return 'max_tokens: Field required';
  if (listOf(body.messages).length === 0) return 'messages: at least one message is required';
  return null;
}

function compose(body: JsonObject, request: ProviderRequest): Message {
  const { random, identity, profile } = request;
  const last = objectOf(listOf(body.messages).at(-1));
  const prompt = contentText(last.content);
  const limit = Math.max(1, numberOf(body.max_tokens) ?? 1);
  const blocks: JsonObject[] = [];
  let spent = 0;
  let thinkingTokens = 0;
  if (objectOf(body.thinking).type === 'enabled' || objectOf(body.thinking).type === 'adaptive') {
    const thinking = write(Math.min(THINKING_TOKENS, limit), prompt, random);
    thinkingTokens = tokensOf(thinking);
    spent += thinkingTokens;
    blocks.push({ type: 'thinking', thinking, signature: anthropicId('sig', identity) });
  }
  const tool = chosenTool(body, last, prompt);
  const wanted = tool === null ? random.between(20, 160) : random.between(8, 16);
  const room = Math.max(0, limit - spent);
  const text = write(Math.min(wanted, room), prompt, random);
  if (text !== '') blocks.push({ type: 'text', text });
  spent += tokensOf(text);
  if (tool !== null) {
    const input = valueFor(tool.input_schema, random);
    blocks.push({ type: 'tool_use', id: anthropicId('toolu', identity), name: tool.name, input });
    spent += tokensOf(JSON.stringify(input)) + tokensOf(textOf(tool.name));
  }
  const stopReason = tool !== null ? 'tool_use' : wanted > room ? 'max_tokens' : 'end_turn';
  return {
    id: anthropicId('msg', identity),
    model: profile.answersAs,
    blocks,
    stopReason,
    outputTokens: Math.max(1, spent),
    thinkingTokens,
    cache: cacheFigures(body),
  };
}

function chosenTool(body: JsonObject, last: JsonObject, prompt: string): JsonObject | null {
  const tools = listOf(body.tools).filter(isObject);
  const choice = objectOf(body.tool_choice);
  const first = tools[0];
  if (first === undefined || choice.type === 'none') return null;
  if (listOf(last.content).some((block) => objectOf(block).type === 'tool_result')) return null;
  if (choice.type === 'tool') return tools.find((tool) => tool.name === choice.name) ?? first;
  if (choice.type === 'any') return first;
  const names = tools.map((tool) => textOf(tool.name));
  const named = tools.find((tool) => prompt.includes(textOf(tool.name)));
  return asksForTool(prompt, names) ? (named ?? first) : null;
}

function usageOf(message: Message, outputTokens: number): JsonObject {
  const { inputTokens, writes5m, writes1h, reads } = message.cache;
  return {
    input_tokens: inputTokens,
    cache_creation_input_tokens: writes5m + writes1h,
    cache_read_input_tokens: reads,
    cache_creation: { ephemeral_5m_input_tokens: writes5m, ephemeral_1h_input_tokens: writes1h },
    output_tokens: outputTokens,
    service_tier: 'standard',
  };
}

function messageDocument(message: Message, noUsage: boolean): JsonObject {
  const usage = {
    ...usageOf(message, message.outputTokens),
    ...(message.thinkingTokens > 0 && { output_tokens_details: { thinking_tokens: message.thinkingTokens } }),
  };
  return {
    id: message.id,
    type: 'message',
    role: 'assistant',
    model: message.model,
    content: message.blocks,
    stop_reason: message.stopReason,
    stop_sequence: null,
    ...(!noUsage && { usage }),
  };
}

function streamChunks(message: Message, request: ProviderRequest): readonly StreamChunk[] {
  const { noUsage } = request.simulation;
  const start = {
    ...messageDocument(message, true),
    content: [],
    stop_reason: null,
    ...(!noUsage && { usage: usageOf(message, 1) }),
  };
  const chunks = [event('message_start', { message: start })];
  message.blocks.forEach((block, index) => {
    chunks.push(event('content_block_start', { index, content_block: emptyBlock(block) }));
    if (index === 0) chunks.push(event('ping', {}));
    for (const delta of deltas(block, request)) {
      chunks.push(event('content_block_delta', { index, delta: delta.delta }, delta.tokens));
    }
    chunks.push(event('content_block_stop', { index }));
  });
  const { cache_creation: _parts, service_tier: _tier, ...usage } = usageOf(message, message.outputTokens);
  const details = { output_tokens_details: { thinking_tokens: message.thinkingTokens } };
  chunks.push(
    event('message_delta', {
      delta: { stop_reason: message.stopReason, stop_sequence: null },
      ...(!noUsage && { usage: { ...usage, ...(message.thinkingTokens > 0 && details) } }),
    }),
    event('message_stop', {}),
  );
  return chunks;
}

function emptyBlock(block: JsonObject): JsonObject {
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  if (block.type === 'text') return { type: 'text', text: '' };
  return { ...block, input: {} };
}

interface Delta {
  readonly delta: JsonObject;
  readonly tokens: number;
}

function deltas(block: JsonObject, { random }: ProviderRequest): readonly Delta[] {
  if (block.type === 'text') {
    return pieces(textOf(block.text), random).map((text) => ({
      delta: { type: 'text_delta', text },
      tokens: tokensOf(text),
    }));
  }
  if (block.type === 'thinking') {
    const thoughts = pieces(textOf(block.thinking), random).map((thinking) => ({
      delta: { type: 'thinking_delta', thinking },
      tokens: tokensOf(thinking),
    }));
    return [...thoughts, { delta: { type: 'signature_delta', signature: block.signature }, tokens: 0 }];
  }
  const json = ['', ...fragments(JSON.stringify(block.input), random)];
  return json.map((partial_json) => ({
    delta: { type: 'input_json_delta', partial_json },
    tokens: tokensOf(partial_json),
  }));
}

function event(type: string, data: JsonObject, tokens = 0): StreamChunk {
  return { text: `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`, tokens };
}
