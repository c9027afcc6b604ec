// Every item that was asked for, one page after the other.

import type { ItemFacts, ItemQuery, PromptArchive } from './ports.ts';

const PAGE = 200;

export async function* allItems(
  archive: PromptArchive,
  query: Omit<ItemQuery, 'limit' | 'afterId'>,
): AsyncGenerator<ItemFacts> {
  let afterId: string | undefined;
  for (;;) {
    const page = await archive.items({
      ...query,
      limit: PAGE,
      ...(afterId === undefined ? {} : { afterId }),
    });
    yield* page;
    afterId = page.at(-1)?.id;
    if (page.length < PAGE) return;
  }
}
