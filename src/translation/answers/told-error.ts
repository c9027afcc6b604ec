// What a server says went wrong, whatever form it gives it: `{error: {message}}`, `{message}`, `{error: "…"}`, `{detail}`,
// Gemini's list of one, FastAPI's list of details, Cloudflare's `errors`, MiniMax's `base_resp`, AWS's `Message`,
// OpenRouter's `metadata.raw` with the words of whoever it asked.

import { asArray, asObject, asText, type JsonObject, parseJson } from '../../protocols/json/json-value.ts';

/** Where one says it: the first that holds a text. */
const WORDS = [
  ...['message', 'msg', 'detail', 'error_msg', 'error_message', 'errorMessage', 'Message', 'status_msg'],
  ...['error_description', 'title'],
];
const WITHIN = ['error', 'base_resp', 'errors', 'detail'];
const DEPTH_MAX = 4;
const RAW_CHARACTERS_MAX = 500;

/** Null where it says nothing. */
export function toldError(value: unknown, depth = 0): string | null {
  if (typeof value === 'string') return value.trim() === '' ? null : value;
  if (depth > DEPTH_MAX) return null;
  if (Array.isArray(value)) return value.length === 0 ? null : toldError(value[0], depth + 1);
  const object = asObject(value);
  if (object === null) return null;
  for (const name of WITHIN) {
    const inner =
      typeof object[name] === 'string' && name !== 'error' ? null : toldError(object[name], depth + 1);
    if (inner !== null) return inner;
  }
  const words =
    WORDS.map((name) => asText(object[name])).find((text) => text !== null && text !== '') ?? null;
  return words === null ? null : withOrigin(words, object);
}

function withOrigin(words: string, object: JsonObject): string {
  const place = asArray(object.loc).join('.');
  if (place !== '') return `${words} (${place})`;
  const raw = asText(asObject(object.metadata)?.raw);
  const told = raw === null ? null : (toldError(parseJson(raw)) ?? raw);
  return told === null || told.includes(words)
    ? (told ?? words)
    : `${words}: ${told.slice(0, RAW_CHARACTERS_MAX)}`;
}
