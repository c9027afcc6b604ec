// How Alibaba's own API tells what an answer used: OpenAI's figures, under an output of its own.

import { asArray, asObject, asText, type JsonObject } from '../json/json-value.ts';
import { asFigure } from '../meters/figure.ts';
import { usesUnpricedChatTools } from '../openai/tool-charges.ts';
import { tokenUsage } from '../openai/usage.ts';
import type { PlainFormat } from './plain-reader.ts';

const choicesOf = (document: JsonObject): readonly (JsonObject | null)[] =>
  asArray(asObject(document.output)?.choices).map(asObject);

/** It writes the word until there is a reason. */
const isReason = (word: string | null): boolean => word !== null && word !== 'null';

function textsOf(choice: JsonObject | null): readonly unknown[] {
  const message = asObject(choice?.message);
  const parts = asArray(message?.content).map((part) => asObject(part)?.text);
  const calls = asArray(message?.tool_calls).map((call) => asObject(call)?.function);
  return [asText(message?.content), ...parts, message?.reasoning_content, ...calls];
}

/** Charged by the piece, the character or the second. */
const OTHER_UNITS = ['image_count', 'characters', 'seconds', 'duration', 'video_count', 'video_duration'];

export const DASHSCOPE: PlainFormat = {
  figures: (document) => asObject(document.usage),
  usage: (figures) => tokenUsage(figures),
  finishReason(document) {
    const words = [asObject(document.output), ...choicesOf(document)].map((said) =>
      asText(said?.finish_reason),
    );
    return words.find(isReason) ?? null;
  },
  text: (document) => [asObject(document.output)?.text, ...choicesOf(document).flatMap(textsOf)],
  isUnpriced: (_document, figures) =>
    usesUnpricedChatTools(null, figures) || OTHER_UNITS.some((name) => (asFigure(figures?.[name]) ?? 0) > 0),
};
