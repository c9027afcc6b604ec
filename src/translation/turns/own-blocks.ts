// Blocks of Anthropic's own in a Chat Completions request, as Cursor's agent and others write them for Claude models
// wherever these are asked: they go along.

import { asObject, type JsonObject } from '../../protocols/json/json-value.ts';
import { type Fields, notTranslatable } from '../fields/fields.ts';
import type { ToolNames } from '../tools/tool-names.ts';
import type { HistoryIds } from './call-id.ts';

const ATTACHMENTS: ReadonlySet<unknown> = new Set(['image', 'document', 'search_result']);

/** A picture, a document or what a search found: Anthropic's API judges it. */
export function isAttachment(part: unknown): boolean {
  return ATTACHMENTS.has(asObject(part)?.type);
}

export function isResult(part: unknown): boolean {
  return asObject(part)?.type === 'tool_result';
}

export function isCall(part: unknown): boolean {
  return asObject(part)?.type === 'tool_use';
}

/** `told` is what its content is in a Messages request. */
export function ownResult(block: Fields, ids: HistoryIds, told: (content: unknown) => unknown): JsonObject {
  block.take('type');
  const tool_use_id = ids.ofResult(block.text('tool_use_id') ?? '');
  const content = told(block.take('content'));
  const is_error = block.flag('is_error');
  const cache_control = block.take('cache_control');
  block.end();
  return {
    type: 'tool_result',
    tool_use_id,
    ...(is_error ? { is_error } : {}),
    ...(cache_control === undefined ? {} : { cache_control }),
    ...(content === undefined ? {} : { content }),
  };
}

export function ownCall(block: Fields, ids: HistoryIds, names: ToolNames): JsonObject {
  block.take('type');
  const id = ids.ofCall(block.text('id') ?? '');
  const name = names.portable(block.requiredText('name'));
  const input = block.take('input') ?? {};
  if (asObject(input) === null) throw notTranslatable(block.at('input'), 'it is no object');
  const cache_control = block.take('cache_control');
  // Notes of libraries, and who called.
  block.leaveOut('caller', 'index', 'partial_json');
  block.end();
  return { type: 'tool_use', id, name, input, ...(cache_control === undefined ? {} : { cache_control }) };
}
