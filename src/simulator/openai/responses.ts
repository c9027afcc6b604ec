// OpenAI Responses: one answer, told as JSON or as numbered events; kept, so that it can be fetched again.

import { type Answer, document, type ProviderRequest, type StreamChunk } from '../answer.ts';
import { contentText, type JsonObject, listOf, numberOf, objectOf, textOf } from '../json-value.ts';
import { fragments, pieces, tokensOf, write } from '../prose.ts';
import { hexId, shortId } from '../random.ts';
import { asksForTool, valueFor } from '../schema-value.ts';
import type { Shelf } from '../shelf.ts';
import { cachedTokens, openaiError } from './shapes.ts';

const REASONING_STEP = 64;

export function answerResponses(request: ProviderRequest, shelf: Shelf): Answer {
  const body = objectOf(request.json);
  if (textOf(body.model) === '') {
    return document(openaiError(400, "Missing required parameter: 'model'.", 'model'), 0, 400);
  }
  const response = compose(body, request);
  if (body.store !== false) shelf.put(textOf(response.id), response);
  return body.stream === true
    ? { kind: 'stream', chunks: streamChunks(response, request) }
    : document(response, numberOf(objectOf(response.usage).output_tokens) ?? 0);
}

export function fetchResponse(request: ProviderRequest, shelf: Shelf): Answer {
  const id = request.path.slice('/responses/'.length);
  const response = shelf.get(id);
  return response === undefined
    ? document(openaiError(404, `Response with id '${id}' not found.`), 0, 404)
    : document(response);
}

function compose(body: JsonObject, request: ProviderRequest): JsonObject {
  const { random, identity, profile, nowMs, simulation } = request;
  const inputs =
    typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : listOf(body.input);
  const last = objectOf(inputs.at(-1));
  const prompt = contentText(last);
  const limit = numberOf(body.max_output_tokens) ?? Number.MAX_SAFE_INTEGER;
  const wanted = random.between(20, 160);
  const output: JsonObject[] = [];
  if (profile.reasons) output.push({ id: hexId('rs_', 48, identity), type: 'reasoning', summary: [] });
  const tool = chosenTool(body, last, prompt);
  let spoken: string;
  if (tool === null) {
    const format = objectOf(objectOf(body.text).format);
    spoken =
      format.type === 'json_schema'
        ? JSON.stringify(valueFor(format.schema, random))
        : write(Math.min(wanted, limit), prompt, random);
    output.push(messageItem(hexId('msg_', 48, identity), spoken));
  } else {
    spoken = JSON.stringify(valueFor(tool.parameters, random));
    output.push(
      callItem(hexId('fc_', 48, identity), shortId('call_', 24, identity), textOf(tool.name), spoken),
    );
  }
  const isCut = tool === null && wanted > limit;
  // What it thinks counts among what it may say.
  const room = Math.max(0, limit - tokensOf(spoken));
  const reasoningTokens = profile.reasons ? Math.min(room, REASONING_STEP * random.between(1, 8)) : 0;
  const seen = [textOf(body.instructions), ...inputs.map(contentText), JSON.stringify(body.tools ?? '')];
  const inputTokens = seen.reduce((sum, text) => sum + tokensOf(text), 3 * inputs.length);
  const continues = typeof body.previous_response_id === 'string' || inputs.length > 2;
  return {
    id: hexId('resp_', 48, identity),
    object: 'response',
    created_at: Math.floor(nowMs / 1000),
    status: isCut ? 'incomplete' : 'completed',
    error: null,
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    model: profile.answersAs,
    output,
    parallel_tool_calls: true,
    previous_response_id: body.previous_response_id ?? null,
    reasoning: { effort: profile.reasons ? 'medium' : null, summary: null },
    service_tier: 'default',
    store: body.store !== false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: body.tool_choice ?? 'auto',
    tools: listOf(body.tools),
    top_p: 1,
    truncation: 'disabled',
    ...(!simulation.noUsage && {
      usage: {
        input_tokens: inputTokens,
        input_tokens_details: { cached_tokens: cachedTokens(inputTokens, continues) },
        output_tokens: tokensOf(spoken) + reasoningTokens,
        output_tokens_details: { reasoning_tokens: reasoningTokens },
        total_tokens: inputTokens + tokensOf(spoken) + reasoningTokens,
      },
    }),
    metadata: {},
  };
}

function chosenTool(body: JsonObject, last: JsonObject, prompt: string): JsonObject | null {
  const tools = listOf(body.tools)
    .map(objectOf)
    .filter((tool) => tool.type === 'function');
  const first = tools[0];
  if (first === undefined || body.tool_choice === 'none' || last.type === 'function_call_output') return null;
  if (body.tool_choice === 'required') return first;
  const demanded = objectOf(body.tool_choice).name;
  if (demanded !== undefined) return tools.find((tool) => tool.name === demanded) ?? first;
  const names = tools.map((tool) => textOf(tool.name));
  const named = tools.find((tool) => prompt.includes(textOf(tool.name)));
  return asksForTool(prompt, names) ? (named ?? first) : null;
}

function messageItem(id: string, text: string): JsonObject {
  const content = [{ type: 'output_text', annotations: [], logprobs: [], text }];
  return { id, type: 'message', status: 'completed', role: 'assistant', content };
}

function callItem(id: string, call_id: string, name: string, argumentsText: string): JsonObject {
  return { id, type: 'function_call', status: 'completed', arguments: argumentsText, call_id, name };
}

function streamChunks(response: JsonObject, request: ProviderRequest): readonly StreamChunk[] {
  const chunks: StreamChunk[] = [];
  const say = (type: string, data: JsonObject, tokens = 0) => {
    const json = JSON.stringify({ type, sequence_number: chunks.length, ...data });
    chunks.push({ text: `event: ${type}\ndata: ${json}\n\n`, tokens });
  };
  const { usage: _usage, ...bare } = response;
  const begun = { ...bare, status: 'in_progress', incomplete_details: null, output: [], usage: null };
  say('response.created', { response: begun });
  say('response.in_progress', { response: begun });
  listOf(response.output).forEach((value, output_index) => {
    const item = objectOf(value);
    if (item.type === 'reasoning') {
      say('response.output_item.added', { output_index, item });
      say('response.output_item.done', { output_index, item });
    } else if (item.type === 'message') {
      sayMessage(say, item, output_index, request);
    } else {
      sayCall(say, item, output_index, request);
    }
  });
  say(response.status === 'incomplete' ? 'response.incomplete' : 'response.completed', { response });
  return chunks;
}

type Say = (type: string, data: JsonObject, tokens?: number) => void;

function sayMessage(say: Say, item: JsonObject, output_index: number, { random }: ProviderRequest): void {
  const part = objectOf(listOf(item.content)[0]);
  const place = { item_id: item.id, output_index, content_index: 0 };
  say('response.output_item.added', { output_index, item: { ...item, status: 'in_progress', content: [] } });
  say('response.content_part.added', { ...place, part: { ...part, text: '' } });
  for (const delta of pieces(textOf(part.text), random)) {
    say('response.output_text.delta', { ...place, delta, logprobs: [] }, tokensOf(delta));
  }
  say('response.output_text.done', { ...place, text: part.text, logprobs: [] });
  say('response.content_part.done', { ...place, part });
  say('response.output_item.done', { output_index, item });
}

function sayCall(say: Say, item: JsonObject, output_index: number, { random }: ProviderRequest): void {
  const place = { item_id: item.id, output_index };
  say('response.output_item.added', {
    output_index,
    item: { ...item, status: 'in_progress', arguments: '' },
  });
  for (const delta of fragments(textOf(item.arguments), random)) {
    say('response.function_call_arguments.delta', { ...place, delta }, tokensOf(delta));
  }
  say('response.function_call_arguments.done', { ...place, name: item.name, arguments: item.arguments });
  say('response.output_item.done', { output_index, item });
}
