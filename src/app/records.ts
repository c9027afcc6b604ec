// Records of requests: the journal that takes them, the store that keeps them, and the feed that tells of them.

import { counted } from '../core/counted.ts';
import type { EndedSums } from '../core/ended-sums.ts';
import { type Check, degraded, WELL } from '../core/readiness.ts';
import type { RequestEnd, RequestStart } from '../core/record.ts';
import { recordInFlight } from '../core/record-in-flight.ts';
import type { RequestSight } from '../core/request-sight.ts';
import { KeptChargedLines } from '../record/charged-lines.ts';
import { claimFolder } from '../record/folder-claim.ts';
import { FolderWatch } from '../record/folder-watch.ts';
import { SpoolJournal } from '../record/journal.ts';
import { InProcessFeed } from '../record/live-feed.ts';
import { processOwner, SpoolWriter } from '../record/spool.ts';
import { openStore } from '../storage/registry.ts';
import type { Store } from '../storage/store.ts';
import type { Ground } from './ground.ts';

export interface Records {
  /** Names this process. */
  readonly owner: string;
  readonly store: Store;
  readonly journal: SpoolJournal;
  readonly folder: FolderWatch;
  readonly feed: InProcessFeed;
  /** Hands every line to one reader as it is written, with the sums of what has ended; null: to none. */
  readLines(reader: LineReader | null): void;
  readonly chargedLines: KeptChargedLines;
  /** Tells of every request from now on, once its answer is out. One that throws is dropped and reported. */
  watch(watcher: RequestWatcher): void;
  /** For watchers, and the feed's subscribers, if there are any. */
  tellStarted(start: RequestStart): void;
  tellSettled(start: RequestStart, end: RequestEnd, sight: RequestSight): void;
}

export type LineReader = (lines: string, ended: EndedSums) => void;

/** Sees each request as it is settled, without a copy of its own. It must be quick. */
export interface RequestWatcher {
  settled(start: RequestStart, end: RequestEnd, sight: RequestSight): void;
}

/** Returns when what has happened is in the store, or when the store takes nothing just now. */
export async function catchUp({ store, journal }: Records): Promise<void> {
  journal.flush();
  // A store that takes nothing has said so already; it may still answer.
  await store.load().catch(() => undefined);
}

export async function startRecords({ settings, warn, opened }: Ground): Promise<Records> {
  const dataDir = settings.TOKENWATCH_DATA_DIR;
  const owner = processOwner();
  opened.defer(claimFolder(dataDir, owner));
  const requiresDatabase = settings.TOKENWATCH_REQUIRE_DATABASE;
  const store = await openStore(settings, { owner, warn, requiresDatabase });
  opened.defer(() => store.close());
  let reader: LineReader | null = null;
  const journal = new SpoolJournal({
    spool: new SpoolWriter(dataDir, owner),
    onWritten: (lines, ended) => {
      store.nudge();
      reader?.(lines, ended);
    },
    warn,
  });
  opened.defer(() => journal.close());
  const folder = new FolderWatch(dataDir, warn);
  folder.start();
  opened.defer(() => folder.close());
  const feed = new InProcessFeed(warn);
  const watchers = new Set<RequestWatcher>();
  return {
    owner,
    store,
    journal,
    folder,
    feed,
    readLines: (next) => {
      reader = next;
    },
    chargedLines: new KeptChargedLines(dataDir, warn),
    watch: (watcher) => watchers.add(watcher),
    tellStarted: (start) => {
      if (feed.hasSubscribers) feed.publish({ type: 'started', record: recordInFlight(start) });
    },
    tellSettled: (start, end, sight) => {
      for (const watcher of watchers) {
        try {
          watcher.settled(start, end, sight);
        } catch (error) {
          watchers.delete(watcher);
          warn(`What watched the requests failed and was dropped: ${String(error)}`);
        }
      }
      if (feed.hasSubscribers) feed.publish({ type: 'settled', record: { ...start, ...end } });
    },
  };
}

/** Neither stops traffic: records wait. */
export function recordsChecks({ store, journal, folder }: Records): readonly Check[] {
  return [
    {
      name: 'store',
      silence: { state: 'degraded', about: 'the database takes no records; they wait in the spool' },
      async look() {
        if (folder.isGone)
          return degraded('the data folder was deleted: what is recorded ends with this process');
        await store.load();
        return WELL;
      },
    },
    {
      name: 'spool',
      silence: { state: 'degraded', about: 'nothing is known of the spool' },
      look() {
        const { lastError, waitingLines, droppedLines } = journal.status();
        if (lastError === null) return WELL;
        return degraded(
          `${lastError}: ${counted(waitingLines, 'line waits', 'lines wait')} in memory, ${counted(droppedLines, 'was', 'were')} dropped since the start`,
        );
      },
    },
  ];
}
