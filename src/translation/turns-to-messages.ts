// The messages of a Chat Completions request as system prompt and messages of a Messages request.

import { asArray, asObject, type JsonObject, parseJson } from '../protocols/json-value.ts';
import { fileToMessages, imageToMessages } from './attachments.ts';
import { portableCallId } from './call-id.ts';
import { Fields, notTranslatable } from './fields.ts';
import type { ToolNames } from './tool-names.ts';

export interface Turns {
  /** What instructs the model before the conversation begins; undefined where nothing does. */
  readonly system: unknown;
  readonly messages: JsonObject[];
  /** The tools that were called in the conversation. */
  readonly called: ReadonlySet<string>;
}

/** Anthropic's API refuses texts and turns that hold nothing, which say nothing: they are left out. */
export function turnsToMessages(messages: readonly unknown[], names: ToolNames): Turns {
  const instructions: unknown[] = [];
  const turns: JsonObject[] = [];
  const called = new Set<string>();
  for (const [index, value] of messages.entries()) {
    const turn = new Fields(value, `messages[${index}]`);
    const role = turn.requiredText('role');
    if (role === 'system' || role === 'developer') {
      const content = withoutBlank(instruction(turn));
      if (content === undefined) continue;
      if (turns.length === 0) instructions.push(content);
      // Later ones keep their place: Anthropic's API takes them among the messages.
      else turns.push({ role: 'system', content });
    } else if (role === 'user') addUser(turns, withoutBlank(userContent(turn)));
    else if (role === 'tool') addUser(turns, [toolResult(turn)]);
    else if (role === 'assistant') addAssistant(turns, assistantContent(turn, names, called));
    else turn.refuse('role', `messages of role "${role}" have no equal`);
  }
  if (turns.length === 0 && messages.length > 0)
    throw notTranslatable('messages', 'nothing is said in them, which Anthropic’s API refuses');
  return { system: joined(instructions), messages: withoutTrailingSpace(turns), called };
}

/** Undefined where nothing but blank is left. */
function withoutBlank(content: unknown): unknown {
  if (typeof content === 'string') return isBlank(content) ? undefined : content;
  if (!Array.isArray(content)) return content;
  const blocks = content.filter((block) => {
    const { type, text } = asObject(block) ?? {};
    return type !== 'text' || typeof text !== 'string' || !isBlank(text);
  });
  return blocks.length === 0 ? undefined : blocks;
}

const isBlank = (text: string): boolean => text.trim() === '';

function addAssistant(turns: JsonObject[], content: unknown): void {
  if (content !== undefined) turns.push({ role: 'assistant', content });
}

/** An answer that Claude is to continue must not end in a space. */
function withoutTrailingSpace(turns: JsonObject[]): JsonObject[] {
  const last = turns.at(-1);
  if (last?.role !== 'assistant') return turns;
  if (typeof last.content === 'string') {
    return [...turns.slice(0, -1), { ...last, content: last.content.trimEnd() }];
  }
  const blocks = asArray(last.content);
  const text = asObject(blocks.at(-1))?.text;
  if (typeof text !== 'string') return turns;
  const content = [...blocks.slice(0, -1), { type: 'text', text: text.trimEnd() }];
  return [...turns.slice(0, -1), { ...last, content }];
}

function joined(instructions: readonly unknown[]): unknown {
  if (instructions.length <= 1) return instructions[0];
  return instructions.flatMap(blocksOf);
}

/** Results of tools and what the user says after them are one turn in Anthropic's API. */
function addUser(turns: JsonObject[], content: unknown): void {
  if (content === undefined) return;
  const last = turns.at(-1);
  const results = last?.role === 'user' && startsWithResult(last.content) ? last.content : null;
  if (results === null) turns.push({ role: 'user', content });
  else turns[turns.length - 1] = { role: 'user', content: [...(results as unknown[]), ...blocksOf(content)] };
}

function startsWithResult(content: unknown): boolean {
  return Array.isArray(content) && asObject(content.at(-1))?.type === 'tool_result';
}

function blocksOf(content: unknown): unknown[] {
  return Array.isArray(content) ? content : [{ type: 'text', text: content }];
}

function instruction(turn: Fields): unknown {
  const content = turn.take('content');
  withoutName(turn);
  return texts(content, turn.at('content'));
}

function withoutName(turn: Fields): void {
  turn.refuseUnless('name', 'Anthropic’s API does not name who speaks');
  turn.end();
}

function texts(content: unknown, path: string): unknown {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw notTranslatable(path, 'it is neither a text nor a list');
  return content.map((value, index) => textBlock(new Fields(value, `${path}[${index}]`)));
}

function userContent(turn: Fields): unknown {
  const content = turn.take('content');
  withoutName(turn);
  return typeof content === 'string' ? content : parts(content, turn.at('content'));
}

/** Texts, pictures and files. */
function parts(content: unknown, path: string): unknown[] {
  if (!Array.isArray(content)) throw notTranslatable(path, 'it is neither a text nor a list');
  return content.map((value, index) => {
    const part = new Fields(value, `${path}[${index}]`);
    const type = part.requiredText('type');
    if (type === 'text') return textBlock(part);
    if (type === 'image_url') return imageToMessages(part);
    return type === 'file'
      ? fileToMessages(part)
      : part.refuse('type', `parts of type "${type}" have no equal`);
  });
}

function toolResult(turn: Fields): JsonObject {
  const tool_use_id = portableCallId(turn.requiredText('tool_call_id'));
  const content = turn.take('content') ?? '';
  // Some clients repeat the tool's name, which its id tells.
  turn.leaveOut('name');
  turn.end();
  const told = withoutBlank(typeof content === 'string' ? content : parts(content, turn.at('content')));
  const result = { type: 'tool_result', tool_use_id };
  return told === undefined ? result : { ...result, content: compact(told) };
}

/** One text is the same as a list of it. */
function compact(content: unknown): unknown {
  const [only, ...others] = Array.isArray(content) ? content : [];
  const text = others.length === 0 ? asObject(only)?.text : undefined;
  return typeof text === 'string' ? text : content;
}

/** Undefined where it says nothing. */
function assistantContent(turn: Fields, names: ToolNames, called: Set<string>): unknown {
  const content = turn.take('content');
  const refusal = turn.text('refusal');
  const calls = turn.list('tool_calls');
  // Thoughts come without the signature that Anthropic's API wants; models get on without them.
  turn.leaveOut('reasoning_content', 'reasoning', 'reasoning_details');
  turn.refuseUnless('annotations', 'quotations have no equal', []);
  turn.refuseUnless('audio', 'Anthropic’s API does not speak');
  turn.refuseUnless('function_call', 'it is old; tool_calls can be translated');
  withoutName(turn);
  const path = turn.at('content');
  const said = content === undefined || typeof content === 'string' ? content : spoken(content, path);
  const words = withoutBlank(said) ?? withoutBlank(refusal);
  const blocks = (calls ?? []).map((call, index) =>
    toolUse(new Fields(call, `${turn.at('tool_calls')}[${index}]`), names),
  );
  for (const { name } of blocks) called.add(String(name));
  if (blocks.length === 0) return words;
  return words === undefined ? blocks : [...blocksOf(words), ...blocks];
}

function spoken(content: unknown, path: string): unknown {
  if (!Array.isArray(content)) throw notTranslatable(path, 'it is neither a text nor a list');
  return content.map((value, index) => {
    const part = new Fields(value, `${path}[${index}]`);
    if (asObject(value)?.type !== 'refusal') return textBlock(part);
    part.take('type');
    const text = part.requiredText('refusal');
    part.end();
    return { type: 'text', text };
  });
}

function toolUse(call: Fields, names: ToolNames): JsonObject {
  const id = portableCallId(call.requiredText('id'));
  call.refuseUnless('type', 'only functions can be translated', 'function');
  const called = call.fields('function') ?? call.refuse('function', 'it is missing');
  const name = names.portable(called.requiredText('name'));
  const text = called.text('arguments') ?? '';
  const input = text.trim() === '' ? {} : asObject(parseJson(text));
  if (input === null) called.refuse('arguments', 'they are not a JSON object');
  called.end();
  call.leaveOut('index');
  call.end();
  return { type: 'tool_use', id, name, input };
}

function textBlock(part: Fields): JsonObject {
  part.refuseUnless('type', 'only text can stand here', 'text');
  const text = part.requiredText('text');
  part.leaveOut('prompt_cache_breakpoint');
  part.end();
  return { type: 'text', text };
}
