// The archive of prompts: a thread that stores them, and the step of a request that copies them for it.

import { ArchiveQueue } from '../archive/archive-queue.ts';
import type { Archivist } from '../archive/archivist.ts';
import { conversationOf } from '../archive/conversation.ts';
import type { ItemContent } from '../archive/item-content.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { StoredConversation, StoredRequest } from '../core/stored-conversation.ts';
import { ArchiveStep } from '../proxy/archive/archive-step.ts';
import { loadAhead } from '../runtime/load-ahead.ts';
import { startThread } from '../runtime/thread.ts';
import type { ArchiveWorkerData } from './archive-worker.ts';
import type { Ground } from './ground.ts';
import type { Records } from './records.ts';
import type { Rules } from './rules.ts';

export interface Archive {
  readonly step: ArchiveStep;
  /** What was said in a request; null where it is not stored. */
  conversation(id: string): Promise<StoredConversation | null>;
  request(id: string): Promise<StoredRequest | null>;
  /** Opened when it is first asked for: most servers are never asked. Throws for an archive of another key. */
  archivist(): Promise<Archivist>;
}

/**
 * The thread runs from the start where prompts are stored, or old ones must go; otherwise from the moment in which a rule
 * wants one stored. Throws for a key that is not the stored prompts'.
 */
export async function startArchive(
  { settings, warn, opened }: Ground,
  { store }: Records,
  rules: Rules,
): Promise<Archive> {
  const itemBytesMax = settings.TOKENWATCH_PROMPT_MAX_BYTES;
  const stores = settings.TOKENWATCH_STORE_PROMPTS;
  const workerData: ArchiveWorkerData = {
    // Named one by one: the thread gets copies, and a new one is missing here until it is named.
    store: {
      TOKENWATCH_DATA_DIR: settings.TOKENWATCH_DATA_DIR,
      TOKENWATCH_DATABASE_URL: settings.TOKENWATCH_DATABASE_URL,
      TOKENWATCH_ORACLE_DSN: settings.TOKENWATCH_ORACLE_DSN,
      TOKENWATCH_ORACLE_USER: settings.TOKENWATCH_ORACLE_USER,
      TOKENWATCH_ORACLE_PASSWORD: settings.TOKENWATCH_ORACLE_PASSWORD,
    },
    redacts: settings.TOKENWATCH_REDACT_STORED_PROMPTS,
    retentionDays: settings.TOKENWATCH_PROMPT_RETENTION_DAYS,
    itemBytesMax,
    keys: settings.TOKENWATCH_PROMPT_KEY,
  };
  const openWorker = () => startThread(new URL('./archive-worker', import.meta.url), { workerData });
  const queue = new ArchiveQueue({ openWorker, itemBytesMax, warn });
  opened.defer(() => queue.close());
  // With all that redacts: a start waits for none of it.
  const load = () => import('../archive/open-archivist.ts');
  const isWanted = stores || rules.watch.current.archives.some(({ store }) => store);
  if (isWanted || (await hasItems(store))) {
    await queue.start().catch((error: unknown) => {
      const isOfDatabase =
        error instanceof TokenWatchError && /^storage_failed$|^database_(?:damaged|older)$/.test(error.code);
      if (!isOfDatabase) throw error;
      warn(`Prompts are not stored until the next start: ${error.message}`);
    });
    // Somebody will read one.
    opened.defer(loadAhead(load));
  }
  const open = async (): Promise<Archivist> => {
    const { openArchivist } = await load();
    return openArchivist(store.prompts, {
      redacts: settings.TOKENWATCH_REDACT_STORED_PROMPTS,
      itemBytesMax,
      keys: settings.TOKENWATCH_PROMPT_KEY,
    });
  };
  let opening: Promise<Archivist> | null = null;
  const archivist = (): Promise<Archivist> => {
    opening ??= open().catch((error: unknown) => {
      opening = null;
      throw error;
    });
    return opening;
  };
  const read = async <T>(
    id: string,
    as: (content: ItemContent, isRedacted: boolean) => T,
  ): Promise<T | null> => {
    const item = await store.prompts.item(id);
    return item === null ? null : as(await (await archivist()).read(item), item.redacted);
  };
  return {
    archivist,
    conversation: (id) => read(id, conversationOf),
    request: (id) =>
      read(id, ({ request }, isRedacted) => ({ isRedacted, request: JSON.stringify(request) })),
    step: new ArchiveStep({ queue, stores, rules: () => rules.watch.current.archives }),
  };
}

/** Of a database that is away nothing is known: what is old goes when a server starts that can ask. */
async function hasItems({ prompts }: Records['store']): Promise<boolean> {
  const state = await prompts.archiveState().catch(() => null);
  return (state?.items ?? 0) > 0;
}
