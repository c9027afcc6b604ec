// Blocks of earlier turns that tell of tools which ran at Anthropic. They stay in the history, so a refusal would end the
// conversation: what they found is told as a text, as far as it can be read.

import { asArray, asObject, asText, type JsonObject } from '../protocols/json-value.ts';

const CALLS = new Set(['server_tool_use', 'mcp_tool_use']);
/** Of a result: it is long, and the answer behind it says what matters. */
const RESULT_CHARACTERS_MAX = 2000;

/** Null for any other block; an empty text where there is nothing to tell. */
export function serverBlockText(block: JsonObject): string | null {
  const type = asText(block.type) ?? '';
  if (CALLS.has(type)) return '';
  if (type === 'container_upload' || !type.endsWith('_tool_result'))
    return type === 'container_upload' ? '' : null;
  const found = textsIn(block.content).join('\n');
  return found === '' ? '' : `(A tool found:\n${found.slice(0, RESULT_CHARACTERS_MAX)})`;
}

/** Titles and addresses, what a command printed, texts. What is encrypted is for Anthropic alone. */
function textsIn(content: unknown): readonly string[] {
  if (typeof content === 'string') return [content];
  if (Array.isArray(content)) return content.flatMap(textsIn);
  const object = asObject(content);
  if (object === null) return [];
  const address = [asText(object.title), asText(object.url)].filter((text) => text !== null);
  const words = ['text', 'stdout', 'stderr', 'data'].flatMap((name) => asText(object[name])?.trim() || []);
  const inner = [...asArray(object.content), asObject(object.content), asObject(object.source)];
  return [...(address.length === 0 ? [] : [address.join(': ')]), ...words, ...inner.flatMap(textsIn)];
}
