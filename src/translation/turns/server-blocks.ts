// Blocks of earlier turns that tell of tools which ran at Anthropic, or of what else happened there. They stay in the history, so a refusal would end the
// conversation: what they found is told as a text, as far as it can be read.

import { asArray, asObject, asText, type JsonObject } from '../../protocols/json/json-value.ts';

/** They ask, or tell what was given or who goes on: there is nothing that was found. */
const UNTOLD = new Set(['server_tool_use', 'mcp_tool_use', 'container_upload', 'fallback']);
/** Of a result: it is long, and the answer behind it says what matters. */
const RESULT_CHARACTERS_MAX = 2000;
const DEPTH_MAX = 8;

/** Null for any other block; an empty text where there is nothing to tell. */
export function serverBlockText(block: JsonObject): string | null {
  const type = asText(block.type) ?? '';
  if (UNTOLD.has(type)) return '';
  if (type === 'compaction') return summaryText(asText(block.content));
  if (!type.endsWith('_tool_result')) return null;
  const found = textsIn(block.content, 0).join('\n');
  return found === '' ? '' : `(A tool found:\n${found.slice(0, RESULT_CHARACTERS_MAX)})`;
}

/** Of the conversation before it, which Anthropic's API would not read any more. */
const summaryText = (summary: string | null): string =>
  summary === null ? '' : `(The conversation so far, in short:\n${summary})`;

/** Titles and addresses, what a command printed, texts. What is encrypted is for Anthropic alone. */
function textsIn(content: unknown, depth: number): readonly string[] {
  if (typeof content === 'string') return [content];
  if (depth > DEPTH_MAX) return [];
  const within = (values: readonly unknown[]) => values.flatMap((one) => textsIn(one, depth + 1));
  if (Array.isArray(content)) return within(content);
  const object = asObject(content);
  if (object === null) return [];
  const address = [asText(object.title), asText(object.url)].filter((text) => text !== null);
  const words = ['text', 'stdout', 'stderr', 'data'].flatMap((name) => asText(object[name])?.trim() || []);
  const inner = [...asArray(object.content), asObject(object.content), asObject(object.source)];
  return [...(address.length === 0 ? [] : [address.join(': ')]), ...words, ...within(inner)];
}
