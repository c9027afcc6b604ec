// The text of a stored answer, for comparing two. Null where it is more than text: a tool call is no answer to read.

import type { CachedAnswer } from '../../cache/ports.ts';
import type { Endpoint, Protocol } from '../../core/protocol.ts';

type Json = Readonly<Record<string, unknown>>;

export function answerText(protocol: Protocol, endpoint: Endpoint, answer: CachedAnswer): string | null {
  try {
    const body = protocol.replay(endpoint, answer, { stream: false, streamUsage: false });
    if (body === null) return null;
    const document = JSON.parse(Buffer.from(body).toString('utf8')) as Json;
    if (endpoint.name === 'messages') return joined(listOf(document.content).map(blockText));
    if (endpoint.name === 'chat/completions') return joined(listOf(document.choices).map(choiceText));
    if (endpoint.name === 'responses') return joined(listOf(document.output).map(outputText));
    return null;
  } catch {
    // An answer that cannot be read cannot be compared.
    return null;
  }
}

function blockText(block: Json): string | null {
  if (block.type === 'thinking' || block.type === 'redacted_thinking' || block.type === 'reasoning')
    return '';
  const isText = block.type === 'text' || block.type === 'output_text';
  return isText && typeof block.text === 'string' ? block.text : null;
}

function choiceText({ message }: Json): string | null {
  const { content, tool_calls } = message as Json;
  return typeof content === 'string' && listOf(tool_calls).length === 0 ? content : null;
}

function outputText(item: Json): string | null {
  if (item.type === 'reasoning') return '';
  return item.type === 'message' ? joined(listOf(item.content).map(blockText)) : null;
}

function joined(texts: readonly (string | null)[]): string | null {
  return texts.includes(null) ? null : texts.filter((text) => text !== '').join('\n');
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
