// Tool definitions and the choice among them, in both directions.

import type { JsonObject } from '../protocols/json-value.ts';
import { Fields, notTranslatable } from './fields.ts';

export function toolsToChat(tools: readonly unknown[], path: string): JsonObject[] {
  return tools.map((value, index) => {
    const tool = new Fields(value, `${path}[${index}]`);
    tool.refuseUnless('type', 'it is a tool that runs at Anthropic', 'custom');
    const name = tool.requiredText('name');
    const description = tool.text('description');
    const parameters = tool.take('input_schema');
    const strict = tool.take('strict');
    // How its input arrives, and where the prompt is cached, changes no answer.
    tool.leaveOut('cache_control', 'eager_input_streaming');
    tool.refuseUnless('allowed_callers', 'it is called at Anthropic', ['direct']);
    tool.refuseUnless('defer_loading', 'tools are searched at Anthropic', false);
    tool.refuseUnless('input_examples', 'functions have no examples', []);
    tool.end();
    return { type: 'function', function: given({ name, description, parameters, strict }) };
  });
}

export function toolsToMessages(tools: readonly unknown[], path: string): JsonObject[] {
  return tools.map((value, index) => {
    const tool = new Fields(value, `${path}[${index}]`);
    tool.refuseUnless('type', 'only functions can be translated', 'function');
    const called = tool.fields('function') ?? tool.refuse('function', 'it is missing');
    const name = called.requiredText('name');
    const description = called.text('description');
    const input_schema = called.take('parameters') ?? { type: 'object', properties: {} };
    const strict = called.take('strict');
    called.end();
    tool.end();
    return given({ name, description, input_schema, strict });
  });
}

/** `tool_choice` and `parallel_tool_calls` of a Chat Completions request. */
export function toolChoiceToChat(choice: Fields | undefined): JsonObject {
  if (choice === undefined) return {};
  const type = choice.requiredText('type');
  const name = type === 'tool' ? choice.requiredText('name') : undefined;
  const parallel = choice.flag('disable_parallel_tool_use') ? { parallel_tool_calls: false } : {};
  choice.end();
  if (name !== undefined) return { tool_choice: { type: 'function', function: { name } }, ...parallel };
  const word = { auto: 'auto', any: 'required', none: 'none' }[type];
  if (word === undefined) choice.refuse('type', `"${type}" is neither auto, any, tool nor none`);
  return { tool_choice: word, ...parallel };
}

/** `tool_choice` of a Messages request; undefined where there is nothing to say. */
export function toolChoiceToMessages(choice: unknown, isParallel: unknown): JsonObject | undefined {
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
  const name = called.requiredText('name');
  called.end();
  named.end();
  return { type: 'tool', name, ...parallel };
}

/** Without what is not given. */
export function given(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
