// What a model calls a tool with, as it wrote it: most servers send it as a text, some as the object that it stands for.

const EMPTY: ReadonlySet<string> = new Set(['{}', '[]', 'null']);

/** Empty for what says nothing: servers leave an empty object where the pieces follow. */
export function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value;
  const text = JSON.stringify(value) ?? '';
  return EMPTY.has(text) ? '' : text;
}
