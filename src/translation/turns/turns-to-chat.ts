// The messages of a Messages request as those of a Chat Completions request.

import { withoutBillingHeader } from '../../core/billing-header.ts';
import { asObject, asText, type JsonObject, parseJson } from '../../protocols/json/json-value.ts';
import { Fields, notTranslatable } from '../fields/fields.ts';
import { FOREIGN_SIGNATURE } from '../fields/reasoning.ts';
import type { ToolNames } from '../tools/tool-names.ts';
import { documentToChat, imageToChat, searchResultToChat } from './attachments.ts';
import { portableCallId } from './call-id.ts';
import { serverBlockText } from './server-blocks.ts';
import { leaveOutNotes } from './turn-notes.ts';

/** Turns that hold nothing say nothing: they are left out. */
export function turnsToChat(messages: readonly unknown[], names: ToolNames): JsonObject[] {
  const turns = resultsFirst(
    messages
      .flatMap((value, index) => turnToChat(new Fields(value, `messages[${index}]`), names))
      .filter((turn) => !isEmpty(turn)),
  );
  if (turns.at(-1)?.role === 'assistant')
    throw notTranslatable(
      `messages[${messages.length - 1}]`,
      'the model is to continue an answer of its own, which OpenAI’s API does not do',
    );
  // Many servers refuse a conversation in which nobody asks.
  const isAsked = turns.some(({ role }) => role === 'user' || role === 'system');
  return isAsked || turns.length === 0 ? turns : [OPENING, ...turns];
}

const OPENING: JsonObject = { role: 'user', content: '(The conversation begins.)' };

/** So many turns of the user's may stand between a call and one of its results. */
const TURNS_BETWEEN_MAX = 100;

/** Results may come in several turns of the user's: in OpenAI's API they follow the calls, before anything else is said. */
function resultsFirst(turns: readonly JsonObject[]): JsonObject[] {
  const ordered: JsonObject[] = [];
  for (const turn of turns) {
    let at = ordered.length;
    if (turn.role === 'tool') {
      while (ordered[at - 1]?.role === 'user' && ordered.length - at < TURNS_BETWEEN_MAX) at -= 1;
      if (ordered[at - 1]?.role !== 'tool')
        at = ordered[at - 1]?.tool_calls === undefined ? ordered.length : at;
    }
    ordered.splice(at, 0, turn);
  }
  return ordered;
}

const isEmpty = ({ role, content, tool_calls, reasoning_content }: JsonObject): boolean =>
  role !== 'tool' &&
  tool_calls === undefined &&
  reasoning_content === undefined &&
  (content === '' || (Array.isArray(content) && content.length === 0));

/** Without what Claude Code says to Anthropic alone; undefined where nothing is left. */
export function systemToChat(system: unknown): unknown {
  if (system === undefined) return undefined;
  if (typeof system === 'string') return withoutBillingHeader(system) || undefined;
  if (!Array.isArray(system)) return textsToChat(system, 'system');
  const blocks = system.flatMap((value) => {
    const text = asText(asObject(value)?.text);
    const rest = text === null ? null : withoutBillingHeader(text);
    if (text === null || rest === text) return [value];
    return rest === null ? [] : [{ ...asObject(value), text: rest }];
  });
  return textsToChat(blocks, 'system') || undefined;
}

/** A system prompt, or a turn that holds text only. */
function textsToChat(content: unknown, path: string): unknown {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw notTranslatable(path, 'it is neither a text nor a list');
  return compact(content.map((value, index) => textPart(new Fields(value, `${path}[${index}]`))));
}

function turnToChat(turn: Fields, names: ToolNames): JsonObject[] {
  const role = turn.requiredText('role');
  const content = turn.take('content');
  leaveOutNotes(turn);
  turn.end();
  const path = turn.at('content');
  if (role === 'system') return [{ role, content: textsToChat(content, path) }];
  if (role !== 'user' && role !== 'assistant') turn.refuse('role', `"${role}" is no role`);
  if (typeof content === 'string') return [{ role, content }];
  if (!Array.isArray(content)) throw notTranslatable(path, 'it is neither a text nor a list');
  const blocks = content.map((value, index) => new Fields(value, `${path}[${index}]`));
  return role === 'user' ? userTurns(blocks) : [assistantTurn(blocks, names)];
}

/**
 * Results of tools are messages of their own, before what the user says, wherever they stand. They hold text only in
 * OpenAI's API: pictures and documents of theirs follow as the user's.
 */
function userTurns(blocks: readonly Fields[]): JsonObject[] {
  const results: JsonObject[] = [];
  const ofResults: JsonObject[] = [];
  const parts: JsonObject[] = [];
  for (const block of blocks) {
    if (block.requiredText('type') !== 'tool_result') {
      parts.push(userPart(block));
      continue;
    }
    const { turn, attachments } = toolTurn(block);
    results.push(turn);
    if (attachments.length > 0) {
      const label = `From the result of the tool call ${turn.tool_call_id}:`;
      ofResults.push({ type: 'text', text: label }, ...attachments);
    }
  }
  const said = [...ofResults, ...parts];
  if (said.length === 0 && results.length > 0) return results;
  return [...results, { role: 'user', content: compact(said) }];
}

function userPart(block: Fields): JsonObject {
  const type = block.requiredText('type');
  if (type === 'text') return textPart(block);
  return attachment(block, type) ?? block.refuse('type', `blocks of type "${type}" have no equal`);
}

/** Null for what is neither a picture nor a document nor found by a search. */
function attachment(block: Fields, type: string): JsonObject | null {
  if (type === 'image') return imageToChat(withoutTransformations(block));
  if (type === 'search_result') return searchResultToChat(block);
  return type === 'document' ? documentToChat(withoutContext(block)) : null;
}

function withoutTransformations(block: Fields): Fields {
  block.refuseUnless('transformations', 'OpenAI’s API does not transform images');
  return block;
}

function withoutContext(block: Fields): Fields {
  block.refuseUnless('context', 'files have no context of their own');
  return block;
}

interface ToolTurn {
  readonly turn: JsonObject;
  readonly attachments: readonly JsonObject[];
}

function toolTurn(block: Fields): ToolTurn {
  const tool_call_id = portableCallId(block.requiredText('tool_use_id'));
  const content = block.take('content') ?? '';
  // OpenAI's API has no flag for it: the text says so.
  const isError = block.flag('is_error');
  block.leaveOut('cache_control');
  block.refuseUnless('toolset_name', 'OpenAI’s API has no toolsets');
  block.end();
  const { told, attachments } =
    typeof content === 'string'
      ? { told: content, attachments: [] }
      : resultParts(content, block.at('content'));
  return { turn: { role: 'tool', tool_call_id, content: isError ? `Error: ${told}` : told }, attachments };
}

function resultParts(content: unknown, path: string): { told: string; attachments: readonly JsonObject[] } {
  if (!Array.isArray(content)) throw notTranslatable(path, 'it is neither a text nor a list');
  const texts: JsonObject[] = [];
  const attachments: JsonObject[] = [];
  for (const [index, value] of content.entries()) {
    const block = new Fields(value, `${path}[${index}]`);
    const type = block.requiredText('type');
    const part = type === 'text' ? textPart(block) : type === 'tool_reference' ? toolFound(block) : null;
    const told = part ?? attachment(block, type) ?? refuseResult(block, type);
    if (told.type === 'text') texts.push(told);
    else attachments.push(told);
  }
  if (texts.length > 0) return { told: String(compact(texts)), attachments };
  return { told: attachments.length === 0 ? '' : 'It follows in the next message.', attachments };
}

/** An agent that looks for its tools itself: all of them are in the request. */
function toolFound(block: Fields): JsonObject {
  const name = block.requiredText('tool_name');
  block.leaveOut('type', 'cache_control');
  block.end();
  return { type: 'text', text: `The tool ${name} can be called now.` };
}

function refuseResult(block: Fields, type: string): never {
  return block.refuse('type', `a result of a tool cannot hold a block of type "${type}" in OpenAI’s API`);
}

/** Text behind a call comes before it: OpenAI's API has one place for each. */
function assistantTurn(blocks: readonly Fields[], names: ToolNames): JsonObject {
  const parts: JsonObject[] = [];
  const tool_calls: JsonObject[] = [];
  let reasoning = '';
  for (const block of blocks) {
    const type = block.requiredText('type');
    if (type === 'text') parts.push(textPart(block));
    else if (type === 'tool_use') tool_calls.push(toolCall(block, names));
    // Signed thoughts can be read by the model alone that had them: to another one, Anthropic does not show them.
    else if (type === 'thinking') reasoning += foreignThought(block);
    else if (type !== 'redacted_thinking') {
      const text = serverBlockText(block.object);
      if (text === null) block.refuse('type', `blocks of type "${type}" have no equal`);
      parts.push({ type: 'text', text });
    }
  }
  const said = compact(parts);
  const content = said === '' && tool_calls.length > 0 ? null : said;
  return {
    role: 'assistant',
    content,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(tool_calls.length === 0 ? {} : { tool_calls }),
  };
}

function foreignThought(block: Fields): string {
  const thought = block.text('thinking') ?? '';
  return block.text('signature') === FOREIGN_SIGNATURE ? thought : '';
}

function toolCall(block: Fields, names: ToolNames): JsonObject {
  const id = portableCallId(block.requiredText('id'));
  const name = names.portable(block.requiredText('name'));
  const input = block.take('input') ?? {};
  const written = typeof input === 'string' && asObject(parseJson(input)) !== null;
  block.leaveOut('cache_control');
  const caller = block.fields('caller');
  caller?.refuseUnless('type', 'it was called at Anthropic', 'direct');
  block.refuseUnless('toolset_name', 'OpenAI’s API has no toolsets');
  block.end();
  return { id, type: 'function', function: { name, arguments: written ? input : JSON.stringify(input) } };
}

/** What an answer quoted is a note on its words. */
function textPart(block: Fields): JsonObject {
  block.refuseUnless('type', 'only text can stand here', 'text');
  const text = block.requiredText('text');
  block.leaveOut('cache_control', 'citations');
  block.end();
  return { type: 'text', text };
}

/** Texts alone are one text, with a blank line between: every server takes that, and many take no lists. */
function compact(parts: JsonObject[]): string | JsonObject[] {
  const told = parts.filter(({ type, text }) => type !== 'text' || text !== '');
  if (told.some(({ type }) => type !== 'text')) return told;
  return told.map(({ text }) => String(text)).join('\n\n');
}
