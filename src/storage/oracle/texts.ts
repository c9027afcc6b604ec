// What Oracle would not keep as it is, in one place: an empty text (which is null there), a text longer than its
// column, and half a surrogate pair.

import { storedName } from '../../core/stored-name.ts';

/** Of a name that is compared, in characters: `catalogue/step.ts` says the same to the database. */
export const NAME_CHARACTERS = 600;
/** Of a text that is shown: 4,000 bytes, whatever the characters. */
export const TEXT_CHARACTERS = 1000;
/** Of a list: a bind of more bytes is no VARCHAR2. */
const LIST_BYTES = 4000;
/** Stands for the empty text; a text of nothing but this sign becomes one longer. */
const EMPTY = '\u0001';

/** The same for the same text, so that what was stored is found. */
export function storedText(text: string, charactersMax = Number.MAX_SAFE_INTEGER): string {
  const whole = text.toWellFormed().replaceAll('\u0000', '\uFFFD');
  return storedName(isOfSigns(whole) ? `${whole}${EMPTY}` : whole, charactersMax);
}

export function textOfStored(stored: string): string {
  return stored !== '' && isOfSigns(stored) ? stored.slice(EMPTY.length) : stored;
}

const isOfSigns = (text: string): boolean => text.replaceAll(EMPTY, '') === '';

/** As JSON arrays, each no longer than a bind may be. */
export function listsOf(items: readonly (string | readonly (string | number)[])[]): readonly string[] {
  const lists: string[] = [];
  let list: string[] = [];
  let bytes = 2;
  for (const item of items) {
    const text = JSON.stringify(
      typeof item === 'string' ? storedText(item, NAME_CHARACTERS) : item.map(storedItem),
    );
    const size = Buffer.byteLength(text) + 1;
    if (list.length > 0 && bytes + size > LIST_BYTES) {
      lists.push(`[${list.join(',')}]`);
      list = [];
      bytes = 2;
    }
    list.push(text);
    bytes += size;
  }
  if (list.length > 0) lists.push(`[${list.join(',')}]`);
  return lists;
}

const storedItem = (item: string | number): string | number =>
  typeof item === 'string' ? storedText(item, NAME_CHARACTERS) : item;

/** Of a pattern in which only `*` is special: LIKE gives meaning to `%`, `_` and the escape sign. */
export function likePattern(pattern: string): string {
  return pattern.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%');
}
