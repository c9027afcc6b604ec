// The messages of a Chat Completions request as system prompt and messages of a Messages request.

import { asArray, asObject, type JsonObject } from '../../protocols/json/json-value.ts';
import { Fields, notTranslatable } from '../fields/fields.ts';
import type { ToolNames } from '../tools/tool-names.ts';
import { given } from '../tools/tools.ts';
import { fileToMessages, imageToMessages } from './attachments.ts';
import { blocksOf } from './blocks.ts';
import { HistoryIds } from './call-id.ts';
import { callInput } from './call-input.ts';
import { placeInstructions } from './instructions.ts';
import { isAttachment, isCall, isResult, ownCall, ownResult } from './own-blocks.ts';
import { leaveOutNotes } from './turn-notes.ts';

export interface Turns {
  /** What instructs the model before the conversation begins; undefined where nothing does. */
  readonly system: unknown;
  readonly messages: JsonObject[];
  /** The tools that were called in the conversation. */
  readonly called: ReadonlySet<string>;
}

/** Anthropic's API refuses texts and turns that hold nothing, which say nothing: they are left out. */
export function turnsToMessages(messages: readonly unknown[], names: ToolNames, model: string): Turns {
  const instructions: unknown[] = [];
  const turns: JsonObject[] = [];
  const called = new Set<string>();
  const ids = new HistoryIds();
  let before = '';
  for (const [index, value] of messages.entries()) {
    const turn = new Fields(value, `messages[${index}]`);
    const role = turn.requiredText('role');
    if (role === 'assistant' && before !== 'assistant') ids.next();
    before = role;
    if (role === 'system' || role === 'developer') {
      const content = withoutBlank(instruction(turn));
      if (content === undefined) continue;
      if (turns.length === 0) instructions.push(content);
      else turns.push({ role: 'system', content });
    } else if (role === 'user') {
      const { results, content } = userContent(turn, ids);
      for (const result of results) addResult(turns, result);
      addUser(turns, withoutBlank(content));
    } else if (role === 'tool') addResult(turns, toolResult(turn, ids));
    else if (role === 'assistant') addAssistant(turns, assistantContent(turn, names, called, ids));
    else turn.refuse('role', `messages of role "${role}" have no equal`);
  }
  if (turns.length === 0 && instructions.length === 0 && messages.length > 0)
    throw notTranslatable('messages', 'nothing is said in them, which Anthropic’s API refuses');
  const placed = placeInstructions(instructions, turns, model);
  return { system: placed.system, messages: withoutTrailingSpace(placed.messages), called };
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

/** So many turns may stand between a call and one of its results. */
const TURNS_BETWEEN_MAX = 100;

/**
 * A result joins those of the same calls, before whatever was said since: Anthropic's API wants all of them in the turn
 * behind the calls, and one for each call.
 */
function addResult(turns: JsonObject[], result: JsonObject): void {
  const from = Math.max(0, turns.length - TURNS_BETWEEN_MAX);
  let at = turns.length - 1;
  while (at >= from && turns[at]?.role !== 'assistant' && !holdsResult(turns[at])) at -= 1;
  const turn = turns[at];
  if (at < from || !holdsResult(turn)) {
    const isCalled =
      at >= from && asArray(turn?.content).some((block) => asObject(block)?.type === 'tool_use');
    turns.splice(isCalled ? at + 1 : turns.length, 0, { role: 'user', content: [result] });
    return;
  }
  const blocks = asArray(turn?.content);
  const same = blocks.findIndex((block) => asObject(block)?.tool_use_id === result.tool_use_id);
  const behind = blocks.findLastIndex((block) => asObject(block)?.type === 'tool_result') + 1;
  const content =
    same === -1
      ? blocks.toSpliced(behind, 0, result)
      : blocks.with(same, joinedResults(asObject(blocks[same]) ?? {}, result));
  turns[at] = { role: 'user', content };
}

function holdsResult(turn: JsonObject | undefined): boolean {
  return turn?.role === 'user' && asObject(asArray(turn.content)[0])?.type === 'tool_result';
}

function joinedResults(one: JsonObject, other: JsonObject): JsonObject {
  const told = [one, other].flatMap(({ content }) => (content === undefined ? [] : blocksOf(content)));
  return { ...one, ...other, ...(told.length === 0 ? {} : { content: told }) };
}

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

function instruction(turn: Fields): unknown {
  const content = turn.take('content');
  const mark = turn.take('cache_control');
  turn.leaveOut('name');
  leaveOutNotes(turn);
  turn.end();
  return marked(texts(content, turn.at('content')), mark);
}

/** A mark of the prompt cache on the whole of a turn, as clients of other gateways write it, is one on its end. */
function marked(content: unknown, mark: unknown): unknown {
  if (mark === undefined || content === undefined) return content;
  const blocks = blocksOf(content);
  return [...blocks.slice(0, -1), { ...asObject(blocks.at(-1)), cache_control: mark }];
}

function texts(content: unknown, path: string): unknown {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw notTranslatable(path, 'it is neither a text nor a list');
  return content.map((value, index) => textBlock(new Fields(value, `${path}[${index}]`)));
}

/** Some clients write results of tools among what the user says, as for Anthropic's API. */
function userContent(
  turn: Fields,
  ids: HistoryIds,
): { readonly results: readonly JsonObject[]; readonly content: unknown } {
  const content = turn.take('content');
  const name = turn.text('name')?.trim() || undefined;
  const mark = turn.take('cache_control');
  leaveOutNotes(turn);
  turn.end();
  const path = turn.at('content');
  const results = asArray(content).flatMap((value, index) =>
    isResult(value)
      ? [ownResult(new Fields(value, `${path}[${index}]`), ids, (told) => resultContent(told, path))]
      : [],
  );
  const told = typeof content === 'string' ? content : parts(content, path, isResult);
  const isNothing = results.length > 0 && asArray(told).length === 0;
  const named = isNothing ? undefined : name === undefined ? told : spokenBy(name, told);
  return { results, content: marked(named, mark) };
}

/** Anthropic's API does not name who speaks: the text says it. */
function spokenBy(name: string, told: unknown): unknown {
  if (typeof told === 'string') return told === '' ? told : `${name}: ${told}`;
  return [{ type: 'text', text: `${name}:` }, ...blocksOf(told)];
}

/** Texts, pictures and files, without those that are told elsewhere. */
function parts(
  content: unknown,
  path: string,
  isElsewhere: (part: unknown) => boolean = () => false,
): unknown[] {
  if (!Array.isArray(content)) throw notTranslatable(path, 'it is neither a text nor a list');
  return content.flatMap((value, index) => {
    if (isElsewhere(value)) return [];
    if (isAttachment(value)) return [value];
    const part = new Fields(value, `${path}[${index}]`);
    const type = part.requiredText('type');
    if (TEXTS.includes(type)) return textBlock(part);
    const mark = part.take('cache_control');
    const isImage = type === 'image_url' || type === 'input_image';
    if (!isImage && type !== 'file' && type !== 'input_file')
      return part.refuse('type', `parts of type "${type}" have no equal`);
    const block = isImage ? imageToMessages(part) : fileToMessages(part);
    return mark === undefined ? block : { ...block, cache_control: mark };
  });
}

function toolResult(turn: Fields, ids: HistoryIds): JsonObject {
  const tool_use_id = ids.ofResult(turn.text('tool_call_id') ?? '');
  const content = turn.take('content');
  // Some clients repeat the tool's name, which its id tells.
  turn.leaveOut('name');
  const mark = turn.take('cache_control');
  // Anthropic's word, as clients of both APIs write it.
  const is_error = turn.flag('is_error') || undefined;
  leaveOutNotes(turn);
  turn.end();
  const told = resultContent(content, turn.at('content'));
  return given({ type: 'tool_result', tool_use_id, is_error, cache_control: mark, content: told });
}

/** Undefined where it says nothing. */
function resultContent(content: unknown = '', path: string): unknown {
  const told = withoutBlank(typeof content === 'string' ? content : parts(content, path));
  return told === undefined ? undefined : compact(told);
}

/** One text is the same as a list of it. */
function compact(content: unknown): unknown {
  const [only, ...others] = Array.isArray(content) ? content : [];
  const { text, cache_control } = others.length === 0 ? (asObject(only) ?? {}) : {};
  return typeof text === 'string' && cache_control === undefined ? text : content;
}

/** Undefined where it says nothing. */
function assistantContent(turn: Fields, names: ToolNames, called: Set<string>, ids: HistoryIds): unknown {
  const content = turn.take('content');
  const refusal = turn.text('refusal');
  const calls = turn.list('tool_calls');
  // Thoughts come without the signature that Anthropic's API wants; models get on without them.
  turn.leaveOut('reasoning_content', 'reasoning', 'reasoning_details', 'reasoning_text', 'reasoning_opaque');
  // Notes on an answer, of its server or of the client's own library, and what it drew.
  turn.leaveOut('annotations', 'provider_specific_fields', 'thinking_blocks', 'parsed', 'name', 'images');
  turn.refuseUnless('audio', 'Anthropic’s API does not speak');
  turn.refuseUnless('function_call', 'it is old; tool_calls can be translated');
  const mark = turn.take('cache_control');
  leaveOutNotes(turn);
  turn.end();
  const path = turn.at('content');
  const said = content === undefined || typeof content === 'string' ? content : spoken(content, path);
  const words = withoutBlank(said) ?? withoutBlank(refusal);
  const told = (calls ?? []).map((call, index) =>
    toolUse(new Fields(call, `${turn.at('tool_calls')}[${index}]`), names, ids),
  );
  // LangChain tells a call twice: among the parts, as Claude said it, and among the calls.
  const toldIds = new Set((calls ?? []).map((call) => asObject(call)?.id));
  const own = asArray(content).flatMap((part, index) =>
    isCall(part) && !toldIds.has(asObject(part)?.id)
      ? [ownCall(new Fields(part, `${path}[${index}]`), ids, names)]
      : [],
  );
  const blocks = [...own, ...told];
  for (const { name } of blocks) called.add(String(name));
  if (blocks.length === 0) return marked(words, mark);
  return marked(words === undefined ? blocks : [...blocksOf(words), ...blocks], mark);
}

/** As Mistral and others write them among the words. */
const THOUGHTS = ['thinking', 'redacted_thinking', 'reasoning'];

function spoken(content: unknown, path: string): unknown {
  if (!Array.isArray(content)) throw notTranslatable(path, 'it is neither a text nor a list');
  return content.map((value, index) => {
    const part = new Fields(value, `${path}[${index}]`);
    const type = asObject(value)?.type;
    if (THOUGHTS.includes(String(type)) || type === 'reference' || isCall(value))
      return { type: 'text', text: '' };
    if (type !== 'refusal') return textBlock(part);
    part.take('type');
    const text = part.requiredText('refusal');
    part.end();
    return { type: 'text', text };
  });
}

function toolUse(call: Fields, names: ToolNames, ids: HistoryIds): JsonObject {
  const id = ids.ofCall(call.text('id') ?? '');
  call.refuseUnless('type', 'only functions can be translated', 'function');
  const called = call.fields('function') ?? call.refuse('function', 'it is missing');
  const name = names.portable(called.requiredText('name'));
  const told = called.take('arguments') ?? '';
  const input = asObject(told) ?? callInput(typeof told === 'string' ? told : JSON.stringify(told));
  called.leaveOut('parsed_arguments');
  called.end();
  // What a server keeps there of its own is for itself.
  call.leaveOut('index', 'extra_content', 'provider_specific_fields');
  call.end();
  return { type: 'tool_use', id, name, input };
}

/** The second and the third are the Responses API's. */
const TEXTS = ['text', 'input_text', 'output_text'];

function textBlock(part: Fields): JsonObject {
  part.refuseUnless('type', 'only text can stand here', ...TEXTS);
  // None is an empty one.
  const text = part.text('text') ?? '';
  const mark = part.take('cache_control');
  part.leaveOut('prompt_cache_breakpoint', 'annotations', 'logprobs');
  part.end();
  return given({ type: 'text', text, cache_control: mark });
}
