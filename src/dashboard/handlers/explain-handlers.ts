// What would become of a request. Sends and changes nothing.

import type { ExplainQuestion, Explanation } from '../../core/explanation.ts';
import type { HandlersOf, Input } from './handlers.ts';

const STANDARD_PATHS = { anthropic: '/v1/messages', openai: '/v1/chat/completions' } as const;
/** Fields that stand for a header. */
const LABELS = ['app', 'tag', 'session'] as const;

export function explainHandlers(
  explain: (question: ExplainQuestion) => Promise<Explanation>,
): HandlersOf<'explain'> {
  return { explain: (input) => explain(explainQuestion(input)) };
}

export function explainQuestion(input: Input<'explain'>): ExplainQuestion {
  const { api, method, path, id } = input;
  const labels = LABELS.flatMap((label): [string, string][] => {
    const text = input[label];
    return text == null ? [] : [[`x-tokenwatch-${label}`, text]];
  });
  return {
    api,
    method: method?.toUpperCase() ?? 'POST',
    path: path ?? STANDARD_PATHS[api],
    // A label's field goes before a header of that name: the first one counts.
    headers: [...labels, ...headersOf(input.headers, labels)],
    body: bodyOf(input.body),
    id: id ?? null,
  };
}

/** By name, a text or several; names that a label has set are left out. */
function headersOf(
  headers: Input<'explain'>['headers'],
  labels: readonly (readonly [string, string])[],
): readonly (readonly [string, string])[] {
  return Object.entries(headers ?? {}).flatMap(([name, given]) => {
    const isSet = labels.some(([label]) => label === name.toLowerCase());
    return isSet ? [] : [given].flat().map((text): [string, string] => [name, text]);
  });
}

/** A text is the body as it is; any other JSON is written as text. */
function bodyOf(value: unknown): Buffer | null {
  if (value === undefined || value === null) return null;
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}
