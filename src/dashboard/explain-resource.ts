// `POST /api/explain`: what would become of a request. Sends and changes nothing.

import type { ExplainQuestion, Explanation } from '../core/explanation.ts';
import { assertFields, choiceField, type Document, isObject, optionalText, wrong } from './fields.ts';
import type { Resource } from './resource.ts';

const FIELDS = ['api', 'method', 'path', 'headers', 'body', 'app', 'tag', 'session', 'id'];
const APIS = ['anthropic', 'openai'] as const;
const STANDARD_PATHS = { anthropic: '/v1/messages', openai: '/v1/chat/completions' } as const;
/** Fields that stand for a header. */
const LABELS = ['app', 'tag', 'session'] as const;

export function explainResource(explain: (question: ExplainQuestion) => Promise<Explanation>): Resource {
  return { add: (document) => explain(explainQuestion(document)) };
}

/** Reads what a client asks; throws `invalid_argument`. */
export function explainQuestion(document: Document): ExplainQuestion {
  assertFields(document, FIELDS);
  if (document.api === undefined) throw wrong('api', undefined, `one of ${APIS.join(', ')}`);
  const api = choiceField(document, 'api', APIS, 'anthropic');
  const path = optionalText(document, 'path') ?? STANDARD_PATHS[api];
  if (!path.startsWith('/')) throw wrong('path', path, "a path that begins with /, below the API's mount");
  const labels = LABELS.flatMap((label): [string, string][] => {
    const text = optionalText(document, label);
    return text === null ? [] : [[`x-tokenwatch-${label}`, text]];
  });
  return {
    api,
    method: optionalText(document, 'method')?.toUpperCase() ?? 'POST',
    path,
    // A label's field goes before a header of that name: the first one counts.
    headers: [...labels, ...headersOf(document.headers, labels)],
    body: bodyOf(document.body),
    id: optionalText(document, 'id'),
  };
}

/** An object of texts or lists of texts, by name; names that a label has set are left out. */
function headersOf(
  value: unknown,
  labels: readonly (readonly [string, string])[],
): readonly (readonly [string, string])[] {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) throw wrong('headers', value, 'an object of header names and texts');
  return Object.entries(value).flatMap(([name, given]) => {
    const texts = Array.isArray(given) ? given : [given];
    if (!texts.every((text) => typeof text === 'string'))
      throw wrong('headers', { [name]: given }, 'an object of header names and texts');
    const isSet = labels.some(([label]) => label === name.toLowerCase());
    return isSet ? [] : texts.map((text): [string, string] => [name, text]);
  });
}

/** A text is the body as it is; any other JSON is written as text. */
function bodyOf(value: unknown): Buffer | null {
  if (value === undefined || value === null) return null;
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}
