// Gathers the text of a prompt for an estimate: every string that the model reads, in the body's order.
// Images, audio and files are left out: their tokens depend on what they show, not on their bytes.

import { asObject } from '../json/json-value.ts';

const DEPTH_MAX = 64;

/** Fields whose strings are data or references, not text to read. */
const NOT_TEXT = new Set([
  'data',
  'image_url',
  'file_data',
  'url',
  'file_id',
  'signature',
  'encrypted_content',
  'id',
  'media_type',
]);

/** The protocol's own words (`user`, `text`, `function`), where they are texts: nobody wrote them. */
const PROTOCOL_WORDS = new Set(['role', 'type']);

/** Where the APIs that are known here keep what a model reads, in an order that suits them all. */
const PROMPT_FIELDS = [
  'instructions',
  'system',
  'systemInstruction',
  'system_instruction',
  'preamble',
  'chat_history',
  'messages',
  'contents',
  'message',
  'content',
  'request',
  'requests',
  'input',
  'inputs',
  'inputText',
  'texts',
  'prompt',
  'suffix',
  'query',
  'documents',
  'tools',
  'toolConfig',
];

/** The text of a request's body, whichever API it is for: clouds are reached through either mount. */
export function promptTextOf(body: unknown): string {
  const request = asObject(body);
  return request === null ? '' : collectText(PROMPT_FIELDS.map((name) => request[name]));
}

/** What may be written as the numbers of tokens, where it is text elsewhere. */
const TOKEN_FIELDS = ['prompt', 'input'];

/** Tokens that a request names by their numbers: each is one, and no text. */
export function promptTokenIds(body: unknown): number {
  const request = asObject(body);
  return request === null ? 0 : TOKEN_FIELDS.reduce((sum, name) => sum + idsIn(request[name], 0), 0);
}

/** A list of numbers, or one of such lists. */
function idsIn(value: unknown, depth: number): number {
  if (!Array.isArray(value) || depth > 1) return 0;
  if (value.every(Number.isInteger)) return value.length;
  return value.reduce((sum: number, item) => sum + idsIn(item, depth + 1), 0);
}

export function collectText(value: unknown): string {
  const parts: string[] = [];
  visit(value, parts, 0);
  return parts.join('\n');
}

function visit(value: unknown, parts: string[], depth: number): void {
  if (typeof value === 'string') parts.push(value);
  else if (depth > DEPTH_MAX) return;
  else if (Array.isArray(value)) for (const item of value) visit(item, parts, depth + 1);
  else {
    const object = asObject(value);
    if (object === null) return;
    for (const [name, member] of Object.entries(object)) {
      const isWord = typeof member === 'string' && PROTOCOL_WORDS.has(name);
      if (!isWord && !NOT_TEXT.has(name)) visit(member, parts, depth + 1);
    }
  }
}
