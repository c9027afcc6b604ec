// A Chat Completions request (OpenAI) as a Messages request (Anthropic).

import { hash } from 'node:crypto';
import { asObject, type JsonObject } from '../protocols/json/json-value.ts';
import { CHAT_FATES, checkFates } from './fields/fates.ts';
import { Fields } from './fields/fields.ts';
import { leftOut } from './fields/left-out.ts';
import { outputLimit, STANDARD_OUTPUT_TOKENS, withinOutputLimit } from './fields/output-limits.ts';
import { plainModel } from './fields/plain-model.ts';
import { besideCalls, thinkingOf, withinBound } from './fields/reasoning.ts';
import { samplingToMessages } from './fields/sampling.ts';
import { ToolNames } from './tools/tool-names.ts';
import { closedSchema } from './tools/tool-schemas.ts';
import { given, toolChoiceToMessages, toolsToMessages } from './tools/tools.ts';
import type { TranslatedRequest } from './translator.ts';
import { calledIds } from './turns/call-id.ts';
import { endedByUser } from './turns/instructions.ts';
import { turnsToMessages } from './turns/turns-to-messages.ts';

export function chatToMessages(body: unknown): TranslatedRequest {
  const request = new Fields(body, '');
  checkFates(asObject(body) ?? {}, CHAT_FATES);
  const name = request.requiredText('model');
  const model = plainModel(name);
  const toolNames = new ToolNames();
  const messages = request.list('messages') ?? request.refuse('messages', 'it is missing');
  const turns = turnsToMessages(messages, toolNames, model);
  const stream = request.flag('stream');
  const tools = toolsToMessages(request.list('tools') ?? [], 'tools', toolNames, model);
  const isParallel = request.take('parallel_tool_calls');
  const choice = toolChoiceToMessages(request.take('tool_choice'), isParallel, toolNames);
  const mustCall = tools !== undefined && (choice?.type === 'any' || choice?.type === 'tool');
  const bound = maxTokens(request, model);
  const { thinking: asked, effort } = thinkingOf(request, model, mustCall);
  const thinking = besideCalls(withinBound(asked, bound), turns.messages);
  const thinks = thinking !== undefined && thinking.type !== 'disabled';
  const format = outputFormat(request.fields('response_format'));
  const stop = stops(request.take('stop'));
  const translated = given({
    model: name,
    max_tokens: bound,
    system: turns.system,
    messages: endedByUser(turns.messages, model, thinks),
    stop_sequences: stop.there,
    stream: stream ? true : undefined,
    ...samplingToMessages(request, model, thinks),
    ...(tools === undefined ? bygoneTools(turns.called) : { tools, tool_choice: choice }),
    cache_control: request.take('cache_control'),
    metadata: metadata(request),
    service_tier: serviceTier(request),
    thinking,
    output_config: effort === undefined && format === undefined ? undefined : given({ effort, format }),
  });
  const streamUsage = includesUsage(request.fields('stream_options'));
  endOf(request);
  return {
    body: translated,
    wish: { stream, streamUsage, thoughts: true, toolNames, stops: stop.here, callIds: calledIds(messages) },
    leftOut: leftOut(asObject(body) ?? {}, translated, CHAT_FATES),
  };
}

/** What the table does not say was translated was judged by the table. */
function endOf(request: Fields): void {
  const others = Object.entries(CHAT_FATES).filter(([, { fate }]) => fate !== 'translated');
  request.leaveOut(...others.map(([name]) => name));
  request.end();
}

function maxTokens(request: Fields, model: string): number {
  const newer = request.take('max_completion_tokens');
  const older = request.take('max_tokens');
  const tokens = newer ?? older;
  // Clients of llama.cpp and LM Studio write −1 for as much as the model likes.
  if (tokens === undefined || tokens === -1) return outputLimit(model) ?? STANDARD_OUTPUT_TOKENS;
  if (typeof tokens !== 'number')
    request.refuse(newer === undefined ? 'max_tokens' : 'max_completion_tokens', 'it is not a number');
  return withinOutputLimit(tokens as number, model);
}

/** Anthropic's API refuses what is blank: there the answer is ended on its way to the client. */
function stops(stop: unknown): { readonly there: unknown; readonly here: readonly string[] } {
  if (stop !== undefined && typeof stop !== 'string' && !Array.isArray(stop))
    return { there: stop, here: [] };
  const isBlank = (text: unknown): text is string => typeof text === 'string' && text.trim() === '';
  const told: unknown[] = [stop ?? []].flat();
  const there = told.filter((text) => !isBlank(text));
  return {
    there: there.length === 0 ? undefined : there,
    here: told.filter(isBlank).filter((text) => text !== ''),
  };
}

/** Anthropic's API wants the tools that a conversation has called, also where none may be called any more. */
function bygoneTools(called: ReadonlySet<string>): JsonObject {
  if (called.size === 0) return {};
  const tools = [...called].map((name) => ({ name, input_schema: { type: 'object', properties: {} } }));
  return { tools, tool_choice: { type: 'none' } };
}

function metadata(request: Fields): JsonObject | undefined {
  const user = request.text('user');
  // Some clients send an empty one.
  const user_id = request.text('safety_identifier') || user || undefined;
  if (user_id === undefined) return undefined;
  return { user_id: isPersonal(user_id) ? hash('sha256', user_id, 'hex') : user_id };
}

/** Anthropic's API refuses addresses and numbers of people, and what is longer than 256 characters. */
function isPersonal(id: string): boolean {
  const isNumber = /^\+?[\d\s().-]{7,}$/.test(id) && !UUID_OF_DIGITS.test(id);
  return id.length > 256 || id.includes('@') || isNumber;
}

const UUID_OF_DIGITS = /^\d{8}-\d{4}-\d{4}-\d{4}-\d{12}$/;

function serviceTier(request: Fields): string | undefined {
  const tier = request.text('service_tier');
  if (tier === undefined || tier === 'auto') return tier;
  return tier === 'default'
    ? 'standard_only'
    : request.refuse('service_tier', `Anthropic’s API cannot be asked for "${tier}"`);
}

function outputFormat(format: Fields | undefined): JsonObject | undefined {
  if (format === undefined) return undefined;
  const type = format.requiredText('type');
  if (type !== 'text' && type !== 'json_schema')
    format.refuse('type', `"${type}" has no equal; json_schema can be translated`);
  const described = type === 'text' ? undefined : format.fields('json_schema');
  format.end();
  if (type === 'text') return undefined;
  const schema = described?.take('schema') ?? format.refuse('json_schema', 'the schema is missing');
  // Anthropic's API always keeps to the schema; its name is a label.
  described?.leaveOut('name', 'strict');
  const description = described?.text('description');
  described?.end();
  const closed = closedSchema(schema) as JsonObject;
  const isDescribed = description === undefined || closed.description !== undefined;
  return { type: 'json_schema', schema: isDescribed ? closed : { ...closed, description } };
}

function includesUsage(options: Fields | undefined): boolean {
  const wanted = options?.flag('include_usage') ?? false;
  // Padding against listeners, and figures in every chunk, change no answer.
  options?.leaveOut('include_obfuscation', 'continuous_usage_stats');
  options?.end();
  return wanted;
}
