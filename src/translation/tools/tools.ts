// Tool definitions and the choice among them, in both directions.

import { asObject, type JsonObject } from '../../protocols/json/json-value.ts';
import { Fields, notTranslatable } from '../fields/fields.ts';
import type { ToolNames } from './tool-names.ts';
import { allowsStrict, keepsNoBounds, portableParameters } from './tool-schemas.ts';

/** Undefined without tools: OpenAI's API refuses an empty list. */
export function toolsToChat(
  tools: readonly unknown[],
  path: string,
  names: ToolNames,
): JsonObject[] | undefined {
  if (tools.length === 0) return undefined;
  return eachOnce(tools, (value, index) => {
    const tool = new Fields(value, `${path}[${index}]`);
    tool.refuseUnless('type', 'it is a tool of Anthropic’s own', 'custom');
    const name = names.portable(tool.requiredText('name'));
    const description = tool.text('description');
    const parameters = schemaOf(tool, 'input_schema');
    const strict = strictOf(tool, parameters);
    // How its input arrives, and where the prompt is cached, changes no answer.
    tool.leaveOut('cache_control', 'eager_input_streaming');
    // All tools are told at once: those that would be found later too.
    tool.leaveOut('defer_loading');
    tool.refuseUnless('allowed_callers', 'it is called at Anthropic', ['direct']);
    tool.refuseUnless('input_examples', 'functions have no examples', []);
    tool.end();
    return { type: 'function', function: given({ name, description, parameters, strict }) };
  });
}

/** Undefined without tools. */
export function toolsToMessages(
  tools: readonly unknown[],
  path: string,
  names: ToolNames,
  model: string,
): JsonObject[] | undefined {
  if (tools.length === 0) return undefined;
  return eachOnce(tools, (value, index) => {
    const tool = new Fields(value, `${path}[${index}]`);
    // As for Anthropic's API: Cursor's agent writes tools for Claude models so.
    const isOwn = tool.object.input_schema !== undefined;
    tool.refuseUnless('type', 'only functions can be translated', isOwn ? 'custom' : 'function');
    // Some clients write tools as for the Responses API, without an object of their own.
    const called = tool.fields('function') ?? tool;
    const name = names.portable(called.requiredText('name'));
    const description = called.text('description');
    const input_schema = schemaOf(called, isOwn ? 'input_schema' : 'parameters');
    const isStrict = strictOf(called, input_schema) && keepsNoBounds(input_schema);
    const strict = isStrict && knowsStrict(model) ? true : undefined;
    const cache_control = tool.take('cache_control');
    called.end();
    tool.end();
    return given({ name, description, input_schema, strict, cache_control });
  });
}

/** Clients that gather tools from several servers tell some twice; the other API refuses a name that comes again. */
function eachOnce(
  tools: readonly unknown[],
  translated: (tool: unknown, index: number) => JsonObject,
): JsonObject[] {
  const names = new Set<unknown>();
  return tools.map(translated).filter((tool) => {
    const name = asObject(tool.function)?.name ?? tool.name;
    if (names.has(name)) return false;
    names.add(name);
    return true;
  });
}

function schemaOf(tool: Fields, field: string): JsonObject {
  return portableParameters(tool.take(field)) ?? tool.refuse(field, 'it is no JSON schema of an object');
}

/** A promise to keep to the schema, where the schema is one that OpenAI's API makes it for; else nothing. */
function strictOf(tool: Fields, schema: JsonObject): true | undefined {
  return tool.take('strict') === true && allowsStrict(schema) ? true : undefined;
}

/** Claude models from before 4.1 refuse the field. */
function knowsStrict(model: string): boolean {
  return !/claude-(?:(?:\w+-)?[123](?:-|$)|instant|(?:opus|sonnet|haiku)-4(?:-0)?$)/.test(model);
}

/** OpenAI's models that never call several at once, and do not take the field. */
const ONE_BY_ONE = /^o\d/;
const CHOICES = ['auto', 'any', 'tool', 'none'];
const CHAT_CHOICES: ReadonlyMap<string, string> = new Map([
  ['auto', 'auto'],
  ['any', 'required'],
  ['none', 'none'],
]);

/** `tool_choice` and `parallel_tool_calls` of a Chat Completions request. Without tools there is nothing to choose. */
export function toolChoiceToChat(
  choice: Fields | undefined,
  hasTools: boolean,
  names: ToolNames,
  model: string,
): JsonObject {
  if (choice === undefined) return {};
  const type = choice.requiredText('type');
  const name = type === 'tool' ? names.portable(choice.requiredText('name')) : undefined;
  const oneByOne = choice.flag('disable_parallel_tool_use') && !ONE_BY_ONE.test(model);
  const parallel = oneByOne ? { parallel_tool_calls: false } : {};
  choice.end();
  if (!hasTools && CHOICES.includes(type)) return {};
  if (name !== undefined) return { tool_choice: { type: 'function', function: { name } }, ...parallel };
  const word = CHAT_CHOICES.get(type);
  if (word === undefined) choice.refuse('type', `"${type}" is neither auto, any, tool nor none`);
  return { tool_choice: word, ...parallel };
}

/** Other servers' words for `required`, and the objects that some clients write for words. */
const WORDS: Readonly<Record<string, string>> = { auto: 'auto', none: 'none', required: 'any', any: 'any' };

/** `tool_choice` of a Messages request; undefined where there is nothing to say. */
export function toolChoiceToMessages(
  choice: unknown,
  isParallel: unknown,
  names: ToolNames,
): JsonObject | undefined {
  const parallel = isParallel === false ? { disable_parallel_tool_use: true } : {};
  if (choice === undefined) return isParallel === false ? { type: 'auto', ...parallel } : undefined;
  if (typeof choice === 'string') {
    const type = Object.hasOwn(WORDS, choice) ? WORDS[choice] : undefined;
    if (type === undefined) throw notTranslatable('tool_choice', `"${choice}" is no known choice`);
    return type === 'none' ? { type } : { type, ...parallel };
  }
  const named = new Fields(choice, 'tool_choice');
  const type = named.requiredText('type');
  if (Object.hasOwn(WORDS, type)) {
    named.end();
    return toolChoiceToMessages(type, isParallel, names);
  }
  if (type !== 'function' && type !== 'tool') named.refuse('type', `a choice of type "${type}" has no equal`);
  const called = named.fields('function') ?? named;
  const name = names.portable(called.requiredText('name'));
  called.end();
  named.end();
  return { type: 'tool', name, ...parallel };
}

/** Without what is not given. */
export function given(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
