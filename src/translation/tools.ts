// Tool definitions and the choice among them, in both directions.

import type { JsonObject } from '../protocols/json-value.ts';
import { Fields, notTranslatable } from './fields.ts';
import type { ToolNames } from './tool-names.ts';
import { allowsStrict, portableParameters } from './tool-schemas.ts';

/** Undefined without tools: OpenAI's API refuses an empty list. */
export function toolsToChat(
  tools: readonly unknown[],
  path: string,
  names: ToolNames,
): JsonObject[] | undefined {
  if (tools.length === 0) return undefined;
  return tools.map((value, index) => {
    const tool = new Fields(value, `${path}[${index}]`);
    tool.refuseUnless('type', 'it is a tool that runs at Anthropic', 'custom');
    const name = names.portable(tool.requiredText('name'));
    const description = tool.text('description');
    const parameters = schemaOf(tool, 'input_schema');
    const strict = strictOf(tool, parameters);
    // How its input arrives, and where the prompt is cached, changes no answer.
    tool.leaveOut('cache_control', 'eager_input_streaming');
    tool.refuseUnless('allowed_callers', 'it is called at Anthropic', ['direct']);
    tool.refuseUnless('defer_loading', 'tools are searched at Anthropic', false);
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
  return tools.map((value, index) => {
    const tool = new Fields(value, `${path}[${index}]`);
    tool.refuseUnless('type', 'only functions can be translated', 'function');
    const called = tool.fields('function') ?? tool.refuse('function', 'it is missing');
    const name = names.portable(called.requiredText('name'));
    const description = called.text('description');
    const input_schema = schemaOf(called, 'parameters');
    const isStrict = strictOf(called, input_schema);
    const strict = knowsStrict(model) ? isStrict : undefined;
    called.end();
    tool.end();
    return given({ name, description, input_schema, strict });
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
  return !/claude-(?:[123](?:[.-]|$)|instant|(?:opus|sonnet|haiku)-4(?:-0)?(?:[@-]\d{8})?$)/i.test(model);
}

const CHOICES = ['auto', 'any', 'tool', 'none'];

/** `tool_choice` and `parallel_tool_calls` of a Chat Completions request. Without tools there is nothing to choose. */
export function toolChoiceToChat(
  choice: Fields | undefined,
  hasTools: boolean,
  names: ToolNames,
): JsonObject {
  if (choice === undefined) return {};
  const type = choice.requiredText('type');
  const name = type === 'tool' ? names.portable(choice.requiredText('name')) : undefined;
  const parallel = choice.flag('disable_parallel_tool_use') ? { parallel_tool_calls: false } : {};
  choice.end();
  if (!hasTools && CHOICES.includes(type)) return {};
  if (name !== undefined) return { tool_choice: { type: 'function', function: { name } }, ...parallel };
  const word = { auto: 'auto', any: 'required', none: 'none' }[type];
  if (word === undefined) choice.refuse('type', `"${type}" is neither auto, any, tool nor none`);
  return { tool_choice: word, ...parallel };
}

/** `tool_choice` of a Messages request; undefined where there is nothing to say. */
export function toolChoiceToMessages(
  choice: unknown,
  isParallel: unknown,
  names: ToolNames,
): JsonObject | undefined {
  const parallel = isParallel === false ? { disable_parallel_tool_use: true } : {};
  if (choice === undefined) return isParallel === false ? { type: 'auto', ...parallel } : undefined;
  if (choice === 'none') return { type: 'none' };
  if (choice === 'auto') return { type: 'auto', ...parallel };
  if (choice === 'required') return { type: 'any', ...parallel };
  if (typeof choice === 'string') throw notTranslatable('tool_choice', `"${choice}" is no known choice`);
  const named = new Fields(choice, 'tool_choice');
  const type = named.requiredText('type');
  if (type !== 'function') named.refuse('type', `a choice of type "${type}" has no equal`);
  const called = named.fields('function') ?? named.refuse('function', 'it is missing');
  const name = names.portable(called.requiredText('name'));
  called.end();
  named.end();
  return { type: 'tool', name, ...parallel };
}

/** Without what is not given. */
export function given(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
