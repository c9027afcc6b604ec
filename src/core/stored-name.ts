// Names that others choose freely, as tables keep them: whole up to a bound, beyond it cut, with a hash that tells apart
// what begins alike.

import { hash } from 'node:crypto';

/** Of a model's name. */
export const MODEL_CHARACTERS_MAX = 512;
/** Of a path under a mount. */
const PATH_CHARACTERS_MAX = 1000;
/** Of a word or an id in which somebody says what something is. */
const WORD_CHARACTERS_MAX = 256;
const HASH_CHARACTERS = 16;

/** No longer than `charactersMax`; the same for the same name. */
export function storedName(name: string, charactersMax: number): string {
  if (name.length <= charactersMax) return name;
  const digest = hash('sha256', name).slice(0, HASH_CHARACTERS);
  // Never half a surrogate pair.
  const kept = name.slice(0, charactersMax - HASH_CHARACTERS - 1).replace(/[\ud800-\udbff]$/, '');
  return `${kept}#${digest}`;
}

export function storedModel(model: string | null): string | null {
  return model === null ? null : storedName(model, MODEL_CHARACTERS_MAX);
}

export function storedPath(path: string): string {
  return storedName(path, PATH_CHARACTERS_MAX);
}

export function storedWord<T extends string | null>(word: T): T | string {
  return word === null ? word : storedName(word, WORD_CHARACTERS_MAX);
}
