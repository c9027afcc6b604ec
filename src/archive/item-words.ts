// What archived items are found by, made anew from the items themselves: an index of words cannot be read back.

import { Archivist } from './archivist.ts';
import { KeyRing } from './cipher.ts';
import type { PromptArchive } from './ports.ts';

/**
 * Of items that are not encrypted: others are in no index. Null for one that cannot be unpacked any more: it is kept as
 * it is, and found by its facts.
 */
export function wordsReader(
  archive: PromptArchive,
  secret: Uint8Array,
): (id: string) => Promise<string | null> {
  const keys = new KeyRing([], secret, {});
  const archivist = new Archivist({ archive, keys, secret, redactor: null, itemBytesMax: 0 });
  return async (id) => {
    const item = await archive.item(id);
    if (item === null || item.keyId !== null) return null;
    try {
      return await archivist.words(item);
    } catch {
      // A damaged item is moved damaged.
      return null;
    }
  };
}
