// Which of an object's members is its only text.

import type { JsonObject } from './json-value.ts';

/** Members that say what kind of thing it is, and never what was generated. */
const KINDS: ReadonlySet<string> = new Set(['role', 'type']);

/** Its name, if it is one of `names` and nothing else says anything; null otherwise. */
export function onlyText(object: JsonObject, names: ReadonlySet<string>): string | null {
  let found: string | null = null;
  for (const [name, value] of Object.entries(object)) {
    if (value === null || value === '' || KINDS.has(name)) continue;
    if (found !== null || typeof value !== 'string' || !names.has(name)) return null;
    found = name;
  }
  return found;
}
