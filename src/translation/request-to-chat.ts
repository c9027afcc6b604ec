// A Messages request (Anthropic) as a Chat Completions request (OpenAI).

import { hash } from 'node:crypto';
import { asObject, type JsonObject } from '../protocols/json/json-value.ts';
import { checkFates, MESSAGES_FATES } from './fields/fates.ts';
import { Fields } from './fields/fields.ts';
import { leftOut } from './fields/left-out.ts';
import { asDemanded } from './fields/model-demands.ts';
import { isOpenaiModel, withinOutputLimit } from './fields/output-limits.ts';
import { plainModel } from './fields/plain-model.ts';
import { effortBesideTools, thinkingWish } from './fields/reasoning.ts';
import { isReasoningModel, samplingToChat } from './fields/sampling.ts';
import { ToolNames } from './tools/tool-names.ts';
import { allowsStrict } from './tools/tool-schemas.ts';
import { given, toolChoiceToChat, toolsToChat } from './tools/tools.ts';
import type { TranslatedRequest } from './translator.ts';
import { calledIds } from './turns/call-id.ts';
import { systemToChat, turnsToChat } from './turns/turns-to-chat.ts';

const STOP_SEQUENCES_MAX = 4;
/** OpenAI's bound on the name of a user. */
const USER_CHARACTERS_MAX = 64;

export function messagesToChat(body: unknown): TranslatedRequest {
  const request = new Fields(body, '');
  checkFates(asObject(body) ?? {}, MESSAGES_FATES);
  const name = request.requiredText('model');
  const model = plainModel(name);
  const config = request.fields('output_config');
  const wish = thinkingWish(request.fields('thinking'), config, model);
  const format = config?.take('format') ?? request.take('output_format');
  config?.end();
  const stream = request.flag('stream');
  const toolNames = new ToolNames();
  const system = systemToChat(request.take('system'));
  const turns = request.list('messages') ?? request.refuse('messages', 'it is missing');
  const messages = asDemanded(turnsToChat(turns, toolNames), system, model);
  if (messages.length === 0)
    request.refuse('messages', 'nothing is said in them, which OpenAI’s API refuses');
  const tools = toolsToChat(request.list('tools') ?? [], 'tools', toolNames);
  onlyClears(request.fields('context_management'));
  const stop = stops(request, model);
  const translated = given({
    model: name,
    messages,
    [isOpenaiModel(model) ? 'max_completion_tokens' : 'max_tokens']: maxTokens(request, model),
    stop: stop.there,
    stream: stream ? true : undefined,
    stream_options: stream ? { include_usage: true } : undefined,
    ...samplingToChat(request, model),
    tools,
    ...toolChoiceToChat(request.fields('tool_choice'), tools !== undefined, toolNames, model),
    user: user(request.fields('metadata')),
    service_tier: serviceTier(request),
    reasoning_effort: tools === undefined ? wish.effort : effortBesideTools(wish.effort, model),
    response_format: format === undefined ? undefined : responseFormat(format),
  });
  endOf(request);
  return {
    body: translated,
    wish: {
      stream,
      streamUsage: true,
      thoughts: wish.shown,
      toolNames,
      stops: stop.here,
      callIds: calledIds(turns),
    },
    leftOut: leftOut(asObject(body) ?? {}, translated, MESSAGES_FATES),
  };
}

/** What the table does not say was translated was judged by the table. */
function endOf(request: Fields): void {
  const others = Object.entries(MESSAGES_FATES).filter(([, { fate }]) => fate !== 'translated');
  request.leaveOut(...others.map(([name]) => name));
  request.end();
}

function maxTokens(request: Fields, model: string): number {
  const tokens = request.take('max_tokens');
  if (typeof tokens !== 'number') request.refuse('max_tokens', 'it is missing or not a number');
  if (tokens === 0) request.refuse('max_tokens', '0 warms Anthropic’s prompt cache, and asks for no answer');
  return withinOutputLimit(tokens as number, model);
}

interface Stops {
  /** What the model is told; undefined for nothing. */
  readonly there: readonly unknown[] | undefined;
  /** Where its answer is ended on its way to the client: no more than four are told, and most models that reason take none. */
  readonly here: readonly string[];
}

function stops(request: Fields, model: string): Stops {
  // An empty text stops nothing, and OpenAI's API refuses it.
  const stop = [...new Set(request.list('stop_sequences'))].filter((text) => text !== '');
  if (stop.length === 0) return { there: undefined, here: [] };
  const texts = stop.filter((text) => typeof text === 'string');
  const isTaken = stop.length <= STOP_SEQUENCES_MAX && !isReasoningModel(model);
  return isTaken || texts.length < stop.length
    ? { there: stop, here: [] }
    : { there: undefined, here: texts };
}

function user(metadata: Fields | undefined): string | undefined {
  const id = metadata?.text('user_id') || undefined;
  metadata?.end();
  return id === undefined || id.length <= USER_CHARACTERS_MAX ? id : hash('sha256', id, 'hex');
}

function serviceTier(request: Fields): string | undefined {
  const tier = request.text('service_tier');
  if (tier === undefined || tier === 'auto') return tier;
  return tier === 'standard_only' ? 'default' : request.refuse('service_tier', `"${tier}" has no equal`);
}

function responseFormat(value: unknown): JsonObject {
  const format = new Fields(value, 'output_config.format');
  format.refuseUnless('type', 'only json_schema can be translated', 'json_schema');
  const schema = format.take('schema') ?? format.refuse('schema', 'it is missing');
  format.end();
  const strict = allowsStrict(schema);
  return { type: 'json_schema', json_schema: { name: 'answer', schema, strict } };
}

/** Old thoughts are left out anyway; old results of tools, which may stay, save their tokens. */
function onlyClears(management: Fields | undefined): void {
  for (const [index, edit] of (management?.list('edits') ?? []).entries()) {
    const type = asObject(edit)?.type;
    if (typeof type !== 'string' || !type.startsWith('clear_'))
      management?.refuse(`edits[${index}]`, 'the context is edited at Anthropic');
  }
  management?.end();
}
