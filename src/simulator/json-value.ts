// Reads fields of parsed JSON of unknown shape, as a provider must: whatever a client sent.

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value where it is an object, else an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** The value where it is an array, else an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** Every string inside a content value: a plain string, or blocks with `text`, `content`, `output` … */
export function contentText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(contentText).filter(Boolean).join('\n');
  if (!isObject(value)) return '';
  const parts = [value.text, value.content, value.output, value.thinking, value.arguments].map(contentText);
  if (isObject(value.input)) parts.push(JSON.stringify(value.input));
  return parts.filter(Boolean).join('\n');
}
