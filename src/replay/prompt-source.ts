// The stored prompts that a replay chooses from.

import { allItems } from '../archive/all-items.ts';
import type { Archivist } from '../archive/archivist.ts';
import type { ItemContent } from '../archive/item-content.ts';
import type { ItemFacts, ItemQuery, PromptArchive } from '../archive/ports.ts';
import { TokenWatchError } from '../core/errors.ts';

export type PromptChoice = Omit<ItemQuery, 'order' | 'limit' | 'afterId'>;

export interface PromptSource {
  /** Every prompt that was asked for, the oldest first. */
  items(choice: PromptChoice): AsyncIterable<ItemFacts>;
  /** Those of the ids that there are. */
  itemsOf(ids: readonly string[]): Promise<readonly ItemFacts[]>;
  /** Throws `no_data` for one that is gone. */
  content(id: string): Promise<ItemContent>;
}

/** `archivist` throws for an archive of another key. */
export function promptSource(archive: PromptArchive, archivist: () => Promise<Archivist>): PromptSource {
  return {
    items: (choice) => allItems(archive, { ...choice, order: 'oldest' }),
    itemsOf: async (ids) => {
      const found = await Promise.all(ids.map((id) => archive.item(id)));
      return found.filter((item) => item !== null);
    },
    content: async (id) => {
      const item = await archive.item(id);
      if (item === null) throw new TokenWatchError('no_data', `The stored prompt ${id} is gone.`);
      return (await archivist()).read(item);
    },
  };
}
